"""OpenAI's API, but for the paths whose bytes are passed on (gateway/openai/front.py mounts these)."""

from typing import Annotated

from fastapi import APIRouter, Path

from gateway.openai.models import ModelCard, ModelList
from gateway.parts import Wired
from mesh.openai_errors import OpenAIRoute

routes = APIRouter(route_class=OpenAIRoute, tags=["openai"])


@routes.get("/v1/models", summary="The models that there are")
async def models(parts: Wired) -> ModelList:
    return await parts.front.listing.all()


@routes.get("/v1/models/{model:path}", summary="One model; its name may have slashes")
async def model(model: Annotated[str, Path(max_length=256)], parts: Wired) -> ModelCard:
    return await parts.front.listing.one(model)
