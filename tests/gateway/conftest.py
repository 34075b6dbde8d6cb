"""A gateway with scenarios of its own, over the services of the mesh."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from gateway.config import Settings
from gateway.main import build
from simulator.processes import Mesh

PEERS = ("stt", "lang", "gpt", "tts", "lead_sender", "logger", "storage", "call_handler", "admin_panel", "accounts")
Talk = Callable[[str], Awaitable[dict[str, Any]]]


def text(english: str) -> dict[str, str]:
    return {"en": english}


def field(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "label": text(name), "ask": text(f"Your {name}?"), **more}


def scenario(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    speech = {"greeting": "Hello.", "prompt": "Be kind.", "done": "Thank you. Goodbye!"}
    return {"name": "own", "default_language": "en", "languages": {"en": speech}, "fields": list(fields), **more}


@pytest.fixture
def gateway_at(mesh: Mesh, serve_app: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Starts a gateway with one scenario; `settings` may name other peers (`gpt_url`)."""

    async def start(own: dict[str, Any], **settings: Any) -> str:
        (tmp_path / "own.yaml").write_text(yaml.safe_dump(own, allow_unicode=True), encoding="utf-8")
        urls = {f"{peer}_url": mesh.url(peer) for peer in PEERS}
        made = Settings(**{"scenarios_dir": tmp_path, "default_scenario": "own", **urls, **settings})
        return str(await serve_app(build(made)))

    return start


@pytest.fixture
def talker(http: httpx2.AsyncClient) -> Callable[[str, str], Talk]:
    """Says lines to a session of a gateway, after its greeting."""

    def begin(url: str, session_id: str) -> Talk:
        greeted = False

        async def say(line: str) -> dict[str, Any]:
            nonlocal greeted
            if not greeted:
                (await http.post(f"{url}/v1/sessions", json={"session_id": session_id})).raise_for_status()
                greeted = True
            reply = await http.post(f"{url}/process", json={"session_id": session_id, "text": line, "language": "en"})
            assert reply.status_code == 200, reply.text
            turn: dict[str, Any] = reply.json()
            return turn

        return say

    return begin
