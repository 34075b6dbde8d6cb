"""The console in a real browser, over the running mesh."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from mesh.settings import ports
from simulator.processes import Mesh
from tests.browser import Page, chromium


@pytest.fixture
async def page(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Page]:
    async with chromium(tmp_path) as opened:
        await opened.send("Page.navigate", url=mesh.url("admin_panel") + "/")
        await opened.until(f"document.querySelectorAll('#services tr').length == {len(ports())}")
        yield opened


async def test_the_table_is_live(mesh: Mesh, page: Page) -> None:
    assert "pocketsphinx" in await page.value("document.getElementById('services').innerText")
    await page.until("document.getElementById('summary').innerText.startsWith('All services answer')")
    mesh.kill("lang")
    try:
        await page.until("document.getElementById('summary').innerText == 'Down: lang'")
    finally:
        mesh.start("lang")
    await page.until("document.getElementById('summary').innerText.startsWith('All services answer')")


async def test_an_operator_talks_to_the_assistant(page: Page) -> None:
    await page.value(
        "document.getElementById('text').value = 'My name is <b>Anna</b> Smith'; document.getElementById('talk').requestSubmit()"
    )
    await page.until("document.querySelectorAll('#turns li.assistant').length == 1")
    assert "<b>" in await page.value("document.querySelector('#turns li.caller').innerText"), (
        "shown as text, not run as markup"
    )
    await page.value(
        "document.getElementById('text').value = '415 555 0123'; document.getElementById('talk').requestSubmit()"
    )
    await page.until("document.getElementById('lead').innerText.includes('+14155550123')")
    # The audio is fetched and decoded by the browser itself: same origin, so its policy lets it.
    await page.until("document.querySelector('audio').duration > 0.5")


async def test_gateway_down_is_said(mesh: Mesh, page: Page) -> None:
    mesh.kill("gateway")
    try:
        await page.until("document.getElementById('summary').innerText.includes('gateway is unavailable')")
        await page.value(
            "document.getElementById('text').value = 'hello'; document.getElementById('talk').requestSubmit()"
        )
        await page.until("document.querySelectorAll('#turns li.error').length == 1")
    finally:
        mesh.start("gateway")
    await page.until("document.getElementById('summary').innerText.startsWith('All services answer')")


async def test_the_page_needs_nothing_from_elsewhere(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    reply = await http.get(mesh.url("admin_panel") + "/")
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    assert "http://" not in reply.text
    assert "https://" not in reply.text
    assert (await http.get(mesh.url("admin_panel") + "/static/../main.py")).status_code == 404
    health = (await http.get(mesh.url("admin_panel") + "/health")).json()
    assert health["checks"]["gateway"]["ok"] is True
