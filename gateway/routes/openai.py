"""OpenAI's API, but for the paths whose bytes are passed on (gateway/openai/front.py mounts these)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from gateway.openai.client_secrets import SecretReply, SecretRequest
from gateway.openai.models import ModelCard, ModelList
from gateway.openai.stored import owner_of
from gateway.parts import Asking, Wired
from mesh.auth.guard import credential
from mesh.auth.keys import EPHEMERAL
from mesh.errors import ApiError
from mesh.openai_errors import OpenAIRoute

routes = APIRouter(route_class=OpenAIRoute, tags=["openai"])

ResponseId = Annotated[str, Path(max_length=128)]


class Deleted(BaseModel):
    """What was deleted."""

    id: str
    object: str = "response"
    deleted: bool = True


@routes.get("/v1/responses/{response_id}", summary="A stored response")
async def response(response_id: ResponseId, asking: Asking, parts: Wired) -> dict[str, Any]:
    kept = await parts.front.stored.get(owner_of(asking), response_id)
    if kept is None:
        raise _not_found(response_id)
    return kept.response


@routes.delete("/v1/responses/{response_id}", summary="Delete a stored response")
async def delete_response(response_id: ResponseId, asking: Asking, parts: Wired) -> Deleted:
    if not await parts.front.stored.delete(owner_of(asking), response_id):
        raise _not_found(response_id)
    return Deleted(id=response_id)


def _not_found(response_id: str) -> ApiError:
    return ApiError(404, "response_not_found", f"Response with id {response_id!r} not found.")


@routes.post("/v1/realtime/client_secrets", summary="A short-lived secret for a browser's realtime session")
async def client_secret(wanted: SecretRequest, request: Request, asking: Asking, parts: Wired) -> SecretReply:
    if credential(request.scope).startswith(EPHEMERAL):
        raise ApiError(403, "forbidden", "A client secret makes no other: ask with what it was made of.")
    value = parts.keyring.client_secret(asking, wanted.expires_after.seconds)[0] if parts.keyring else ""
    return parts.front.client_secrets.make(wanted, asking, value)


@routes.get("/v1/models", summary="The models that there are")
async def models(parts: Wired) -> ModelList:
    return await parts.front.listing.all()


@routes.get("/v1/models/{model:path}", summary="One model; its name may have slashes")
async def model(model: Annotated[str, Path(max_length=256)], parts: Wired) -> ModelCard:
    return await parts.front.listing.one(model)
