"""A call_handler of a test's own, over the services of the mesh; and Twilio's signature, by Twilio's own package."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from twilio.request_validator import RequestValidator

from call_handler.config import Settings
from call_handler.main import build
from simulator.processes import Mesh, free_port

TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://calls.example.com"
PEERS = ("stt", "lang", "gpt", "tts", "lead_sender", "gateway", "storage", "logger")


class Handler:
    """Its own address, and that of the world's port."""

    def __init__(self, url: str, port: int, lines: int, http: httpx2.AsyncClient) -> None:
        self.url, self.world, self.lines = url, f"http://127.0.0.1:{port}", lines
        self.http = http

    async def signed(self, path: str, *, base: str = "", public: str = PUBLIC, **form: str) -> httpx2.Response:
        """A webhook as Twilio sends it: to PUBLIC_URL, whose other end is the world's port."""
        form = {"From": "+14155550123", "To": "+18005550199", **form}
        signature = RequestValidator(TOKEN).compute_signature(public + path, form)
        return await self.http.post((base or self.world) + path, data=form, headers={"X-Twilio-Signature": signature})


@pytest.fixture
def handler_at(
    mesh: Mesh, serve_app: Callable[..., Any], http: httpx2.AsyncClient, tmp_path: Path
) -> Callable[..., Any]:
    async def start(**settings: Any) -> Handler:
        port, lines = free_port(), free_port()
        urls = {f"{name}_url": mesh.url(name) for name in PEERS}
        made = Settings(
            **{
                "recordings_dir": tmp_path / "recordings",
                "public_port": port,
                "audiosocket_port": lines,
                **urls,
                **settings,
            }
        )
        return Handler(await serve_app(build(made)), port, lines, http)

    return start


@pytest.fixture
async def handler(handler_at: Callable[..., Any]) -> Handler:
    """As it is set up for Twilio."""
    made: Handler = await handler_at(
        twilio_auth_token=TOKEN, public_url=PUBLIC, calls_token="lines", twilio_mode="gather"
    )
    return made
