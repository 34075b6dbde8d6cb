"""/docs in a real browser that reaches no other host: log in there, try a path out, with a token and with a key."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from accounts.config import Settings as AccountsSettings
from accounts.main import build as build_accounts
from gateway.config import Settings
from gateway.main import build
from tests.accounts.conftest import PASSWORD, SECRET
from tests.browser import Page, chromium

Serve = Callable[[FastAPI], Awaitable[str]]
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
TYPE = """((where, text) => {
    const input = document.querySelector(where);
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, text);
    input.dispatchEvent(new Event('input', {bubbles: true}));
})"""
"""React looks for its own event."""
BLOCK = "[...document.querySelectorAll('.opblock-{method}')].find(b => b.querySelector('[data-path=\"{path}\"]'))"


@pytest.fixture
async def url(
    serve_app: Serve, migrated: Callable[[str, Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setenv("JWT_SECRET", SECRET)
    database = await asyncio.to_thread(migrated, "accounts", tmp_path / "accounts.db")
    accounts = await serve_app(
        build_accounts(AccountsSettings(database_url=SecretStr(database), jwt_secret=SecretStr(SECRET)))
    )
    return await serve_app(build(Settings(accounts_url=accounts, jwt_secret=SecretStr(SECRET))))


@pytest.fixture
async def page(url: str, tmp_path: Path) -> AsyncIterator[Page]:
    async with chromium(tmp_path / "browser", OFFLINE) as tab:
        await opened(tab, url)
        yield tab


async def opened(page: Page, url: str) -> None:
    await page.send("Page.navigate", url=f"{url}/")
    await page.until("document.querySelectorAll('.opblock').length > 20")


async def authorize(page: Page, **typed: str) -> None:
    """Fill the form of one scheme in the dialogue of Authorize, by the ids of its inputs."""
    await page.value("document.querySelector('.auth-wrapper .authorize').click()")
    for name, text in typed.items():
        where = f"#{name.replace('_', '-') if name.startswith('auth_') else name}"
        await page.until(f"!!document.querySelector('{where}')")
        await page.value(f"{TYPE}({json.dumps(where)}, {json.dumps(text)})")
    form = f"document.querySelector({json.dumps(where)}).closest('.auth-container')"
    await page.value(f"{form}.querySelector('.modal-btn.authorize').click()")
    await page.until("[...document.querySelectorAll('.auth-container button')].some(b => b.innerText == 'Logout')")
    await page.value("document.querySelector('.close-modal').click()")


async def tried_out(page: Page, method: str, path: str) -> int:
    """The status that the page shows after Try it out, and Execute."""
    block = BLOCK.format(method=method, path=path)
    await page.value(f"{block}.querySelector('.opblock-summary-control').click()")
    for button in (".try-out__btn", ".execute"):
        await page.until(f"!!{block}.querySelector('{button}')")
        await page.value(f"{block}.querySelector('{button}').click()")
    shown = f"{block}.querySelector('.live-responses-table .response .response-col_status')"
    await page.until(f"!!{shown}")
    return int(await page.value(f"parseInt({shown}.innerText)"))


@pytest.mark.slow
async def test_authorize_and_try_it_out(url: str, page: Page, http: httpx2.AsyncClient) -> None:
    body = {"username": "anna", "email": "anna@example.org", "password": PASSWORD}
    assert (await http.post(f"{url}/auth/register", json=body)).status_code == 201
    assert await tried_out(page, "get", "/v1/models") == 401
    await authorize(page, oauth_username="anna", oauth_password=PASSWORD)
    assert await tried_out(page, "get", "/users/me") == 200
    assert '"anna@example.org"' in await page.value("document.body.innerText")
    log_in = (await http.post(f"{url}/auth/token", data={"username": "anna", "password": PASSWORD})).json()
    who = {"authorization": f"Bearer {log_in['access_token']}"}
    key = (await http.post(f"{url}/keys", json={"name": "k"}, headers=who)).json()["key"]
    await opened(page, url)
    await authorize(page, auth_bearer_value=key)
    assert await tried_out(page, "get", "/v1/models") == 200
    loaded = await page.value("performance.getEntriesByType('resource').map(e => new URL(e.name).origin)")
    assert set(loaded) == {url}, "nothing comes from elsewhere"


async def test_both_are_offered(url: str, http: httpx2.AsyncClient) -> None:
    document = (await http.get(f"{url}/openapi.json")).json()
    schemes = document["components"]["securitySchemes"]
    assert schemes["log_in"]["flows"]["password"]["tokenUrl"].lstrip("/") == "auth/token"
    assert schemes["key"] == {"type": "http", "scheme": "bearer"}
    assert document["security"] == [{"log_in": []}, {"key": []}]
