from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from accounts import store
from accounts.config import Settings
from accounts.main import build
from tests.postgres import drop, postgres

SECRET = "s" * 32
PASSWORD = "correct horse battery"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, migrated: Callable[..., str], tmp_path: Path) -> Any:
    if request.param == "sqlite":
        yield migrated("accounts", tmp_path / "a.db")
        return
    url = postgres()
    if url is None:
        pytest.skip("no PostgreSQL")
    yield url
    drop(url)


class Api:
    """accounts as its callers see it. `address` is whence they come."""

    def __init__(self, app: FastAPI) -> None:
        self.app, self.address = app, "192.0.2.1"
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:8011", timeout=30
        )

    async def register(self, name: str = "anna", **changes: Any) -> httpx2.Response:
        body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD, **changes}
        return await self.http.post("/auth/register", json=body)

    async def token(self, name: str = "anna", password: str = PASSWORD) -> httpx2.Response:
        from mesh.auth.tokens import Tokens

        shown = Tokens(SECRET).make("mesh", "service:gateway", "service", 60)
        headers = {"x-client-address": self.address, "x-service-pass": shown}
        return await self.http.post("/auth/token", data={"username": name, "password": password}, headers=headers)

    async def refresh(self, token: str) -> httpx2.Response:
        return await self.http.post("/auth/token", data={"grant_type": "refresh_token", "refresh_token": token})

    async def user(self, name: str = "anna") -> dict[str, str]:
        """A user who has registered and logged in: the header of their requests."""
        made = await self.register(name)
        assert made.status_code == 201, made.text
        return await self.login(name)

    async def admin(self) -> dict[str, str]:
        from mesh.kept.db import Database

        parts = self.app.state.parts
        assert isinstance(parts.db, Database)
        made = await self.register("boss")
        await store.change(parts.db, made.json()["id"], {"role": "admin"})
        return await self.login("boss")

    async def login(self, name: str, password: str = PASSWORD) -> dict[str, str]:
        reply = await self.token(name, password)
        assert reply.status_code == 200, reply.text
        return {"authorization": f"Bearer {reply.json()['access_token']}"}


@pytest.fixture
def api_of() -> Any:
    """Serves accounts over a database; settings may differ."""

    @asynccontextmanager
    async def start(url: str, **settings: Any) -> AsyncIterator[Api]:
        given = {"jwt_secret": SecretStr(SECRET), "gateway_url": "http://127.0.0.1:9", **settings}
        app = build(Settings(database_url=SecretStr(url), **given))
        async with app.router.lifespan_context(app):
            api = Api(app)
            yield api
            await api.http.aclose()

    return start


@pytest.fixture
async def api(api_of: Any, migrated: Callable[..., str], tmp_path: Path) -> AsyncIterator[Api]:
    async with api_of(migrated("accounts", tmp_path / "a.db")) as made:
        yield made
