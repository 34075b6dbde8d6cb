"""A gateway in front of model servers, and OpenAI's own client."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import openai
import pytest
import yaml

from gateway.config import Settings
from gateway.main import build
from simulator.model_server import ModelServer

Start = Callable[..., Awaitable[Any]]


@pytest.fixture
async def model(serve_app: Start) -> ModelServer:
    return await served(serve_app)


async def served(serve_app: Start, name: str = "tiny-model", reply: str | None = None) -> ModelServer:
    server = ModelServer(name, reply) if reply else ModelServer(name)
    server.base = f"{await serve_app(server)}/v1"  # type: ignore[attr-defined]
    return server


@pytest.fixture
def gateway(serve_app: Start, tmp_path: Path) -> Start:
    """Starts a gateway; `serve` is the section of models.yaml, `settings` are its own."""

    async def start(serve: dict[str, Any] | None = None, **settings: Any) -> str:
        file = tmp_path / "models.yaml"
        file.write_text(yaml.safe_dump({"serve": serve} if serve else {}), encoding="utf-8")
        made = {"models_file": file, "scenarios_kept_dir": tmp_path / "kept", "spool_dir": tmp_path / "spool"}
        made["responses_file"] = tmp_path / "responses.db"
        app = build(Settings(**{**made, **settings}))
        url = str(await serve_app(app))
        APPS[url] = app
        return url

    return start


APPS: dict[str, Any] = {}
"""The app behind an address."""


@pytest.fixture
async def client() -> AsyncIterator[Callable[[str], openai.AsyncOpenAI]]:
    """OpenAI's client for a gateway; it does not try again."""
    async with AsyncExitStack() as stack:
        made: list[openai.AsyncOpenAI] = []

        def make(url: str, **more: Any) -> openai.AsyncOpenAI:
            found = openai.AsyncOpenAI(**{"base_url": f"{url}/v1", "api_key": "k", "max_retries": 0, **more})
            made.append(found)
            return found

        yield make
        for one in made:
            await one.close()
        await stack.aclose()
