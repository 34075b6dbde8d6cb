"""GET /v1/models: the names that we serve, and what servers list that take any name."""

import asyncio
import time
from typing import Any

import aiohttp
import orjson
from pydantic import BaseModel

from gateway.openai.catalogue import ANY
from gateway.openai.router import Router, Server
from gateway.openai.upstream import Upstream
from mesh import logs
from mesh.errors import ApiError

LISTED_FOR_S, AGAIN_S, ASK_S, MAX_LIST = 30.0, 2.0, 3.0, 4 << 20
log = logs.get("openai")


class ModelCard(BaseModel):
    """One model, as OpenAI describes it."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "voiceblock"


class ModelList(BaseModel):
    """All models."""

    object: str = "list"
    data: list[ModelCard]


class Listing:
    """What there is, as the servers say."""

    def __init__(self, router: Router, upstream: Upstream) -> None:
        self._router, self._upstream = router, upstream
        self._seen: dict[int, tuple[float, list[ModelCard]]] = {}

    async def all(self) -> ModelList:
        """Names and aliases, then what is listed by servers that are asked for any name."""
        cards = {name: ModelCard(id=name) for name, _ in self._router.names() if name != ANY}
        open_ones = [s for name, servers in self._router.names() if name == ANY for s in servers]
        for listed in await asyncio.gather(*(self._listed(server) for server in open_ones)):
            cards |= {card.id: card for card in listed if card.id not in cards}
        return ModelList(data=list(cards.values()))

    async def one(self, name: str) -> ModelCard:
        """A model. Raises ApiError 404."""
        found = next((card for card in (await self.all()).data if card.id == name), None)
        if found is None:
            raise ApiError(
                404, "model_not_found", f"The model {name[:100]!r} does not exist; GET /v1/models lists all."
            )
        return found

    async def refresh(self, server: Server) -> None:
        """Let it be known what a server lists now."""
        server.listed = tuple(card.id for card in await self._listed(server))

    async def _listed(self, server: Server) -> list[ModelCard]:
        until, known = self._seen.get(id(server), (0.0, []))
        if time.monotonic() < until:
            return known
        valid_s = AGAIN_S
        try:
            known, valid_s = await self._asked(server), LISTED_FOR_S
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, LookupError, TypeError) as error:
            log.warning("models not listed", url=server.entry.base_url, error=f"{type(error).__name__}: {error}")
        self._seen[id(server)] = (time.monotonic() + valid_s, known)
        return known

    async def _asked(self, server: Server) -> list[ModelCard]:
        headers = self._upstream.credential(server.entry.base_url, server.key)
        async with asyncio.timeout(ASK_S):
            url = server.entry.base_url.rstrip("/") + "/models"
            async with self._upstream.http.get(url, headers=headers, allow_redirects=False) as reply:
                reply.raise_for_status()
                listed: dict[str, Any] = orjson.loads(await reply.content.read(MAX_LIST))
        return [
            ModelCard(id=str(one["id"]), created=int(one.get("created") or 0), owned_by=str(one.get("owned_by", "")))
            for one in listed["data"]
        ]
