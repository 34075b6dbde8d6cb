"""OpenAI's API as one thing of the process: wired from the settings, and mounted."""

import time

from fastapi import FastAPI

from gateway.config import Settings
from gateway.openai import catalogue, shown
from gateway.openai.door import Door, Models
from gateway.openai.models import Listing
from gateway.openai.mount import mount
from gateway.openai.router import Router
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
        self.ledger = ledger
        self.upstream = Upstream(settings.model_connect_s, settings.model_first_byte_s, settings.model_deadline_s)
        self.router = Router(catalogue.read(settings.models_file, alone), alone.key_of, time.monotonic)
        self.models = Models(self.router, self.upstream, self.ledger, settings.model_stall_s, settings.model_deadline_s)
        self.listing = Listing(self.router, self.upstream)

    def mount(self, app: FastAPI) -> None:
        """Put the raw routes in front of all others: they are the ones whose time counts."""
        mount(
            app,
            "/v1/chat/completions",
            Door("/chat/completions", self.models),
            summary="Chat, streamed or not; passed to a model's server",
            body=shown.CHAT,
        )
        mount(
            app,
            "/v1/completions",
            Door("/completions", self.models),
            summary="Complete a text",
            body=shown.COMPLETIONS,
        )
        mount(app, "/v1/embeddings", Door("/embeddings", self.models), summary="Embed texts", body=shown.EMBEDDINGS)

    def check(self) -> Check:
        """Which servers answer; not ok while one is down."""
        now = time.monotonic()
        down = [f"{s.entry.base_url} ({s.why})" for s in self.router.servers if s.down_until > now]
        up = [s.entry.base_url for s in self.router.servers if s.down_until <= now]
        return Check(ok=not down, detail=", ".join(up) + (f"; down: {', '.join(down)}" if down else ""))

    async def aclose(self) -> None:
        """Close what is open."""
        await self.upstream.aclose()
