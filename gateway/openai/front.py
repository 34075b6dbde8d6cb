"""OpenAI's API as one thing of the process: wired from the settings, and mounted."""

import time
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from gateway.config import Settings
from gateway.openai import catalogue, shown
from gateway.openai.audio import Audio
from gateway.openai.client_secrets import ClientSecrets
from gateway.openai.door import Door, Models
from gateway.openai.models import Listing
from gateway.openai.mount import RawRoute, mount_all
from gateway.openai.responses import Responses
from gateway.openai.router import Router
from gateway.openai.stored import Stored
from gateway.openai.upstream import Upstream
from gateway.usage import Ledger
from mesh.wire.common import Check


class Front:
    """Of one process."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        alone = catalogue.Alone(
            llm_base_url=settings.llm_base_url,
            llm_model=settings.llm_model,
            llm_key=settings.llm_api_key.get_secret_value(),
            openai_base_url=settings.openai_base_url,
            openai_key=settings.openai_api_key.get_secret_value(),
            gpt_url=settings.gpt_url,
        )
        self._settings = settings
        self.ledger, self.client_secrets = ledger, ClientSecrets()
        self.stored = Stored(settings.responses_file, settings.responses_days * 86_400)
        ours = (settings.gpt_url, settings.stt_url, settings.tts_url)
        self.upstream = Upstream(settings.model_connect_s, settings.model_first_byte_s, ours)
        self.router = Router(catalogue.read(settings.models_file, alone), alone.key_of, time.monotonic)
        self.listing = Listing(self.router, self.upstream)
        self.models = Models(
            self.router, self.upstream, self.listing, self.ledger, settings.model_stall_s, settings.model_deadline_s
        )

    def mount(self, app: FastAPI) -> None:
        """Put the raw routes in front of all others: they are the ones whose time counts."""
        posts: list[tuple[str, ASGIApp, str, dict[str, Any]]] = [
            ("chat/completions", Door("/chat/completions", self.models), "Chat, streamed or not", shown.CHAT),
            ("completions", Door("/completions", self.models), "Complete a text", shown.COMPLETIONS),
            ("embeddings", Door("/embeddings", self.models), "Embed texts", shown.EMBEDDINGS),
            ("responses", Responses(self.models, self.stored), "Respond, streamed or not", shown.RESPONSES),
            ("audio/transcriptions", self._audio("stt", "transcriptions"), "Write speech down", shown.TRANSCRIPTIONS),
            ("audio/translations", self._audio("stt", "translations"), "Speech, in English", shown.TRANSLATIONS),
            ("audio/speech", self._audio("tts", "speech"), "Speak a text", shown.SPEECH),
        ]
        mount_all(app, (RawRoute(f"/v1/{path}", raw, summary, body) for path, raw, summary, body in posts))

    def _audio(self, peer: str, path: str) -> Audio:
        base = {"stt": self._settings.stt_url, "tts": self._settings.tts_url}[peer]
        return Audio(peer, f"{base}/v1/audio/{path}", self.upstream, self.ledger, self._settings.model_deadline_s)

    def check(self) -> Check:
        """Which servers answer; not ok while one is down."""
        now = time.monotonic()
        down = [f"{s.entry.base_url} ({s.why})" for s in self.router.servers if s.down_until > now]
        up = [s.entry.base_url for s in self.router.servers if s.down_until <= now]
        return Check(ok=not down, detail=", ".join(up) + (f"; down: {', '.join(down)}" if down else ""))

    async def aclose(self) -> None:
        """Close what is open."""
        await self.upstream.aclose()
        await self.stored.aclose()
