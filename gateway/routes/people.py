"""Erasing a person."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from gateway.parts import Wired
from mesh.service import serve
from mesh.wire.common import OWNER
from mesh.wire.gateway import ERASE, ERASE_OWNER, Erased, OwnerErased

routes = APIRouter()


@routes.delete("/people/{phone}", summary="Erase a person, by phone number")
@serve(routes, ERASE, summary="Erase a person, by phone number: leads, sessions, recordings", tags=["v1"])
async def erase_person(
    phone: Annotated[str, Path(max_length=64)],
    response: Response,
    parts: Wired,
    region: Annotated[str | None, Query(pattern="^[A-Z]{2}$")] = None,
) -> Erased:
    erased = await parts.people.erase(phone, region)
    response.status_code = 202 if erased.waiting else 200
    return erased


@serve(
    routes, ERASE_OWNER, summary="Erase what belonged to an account; accounts'", tags=["v1"], include_in_schema=False
)
async def erase_owner(owner: Annotated[str, Path(pattern=OWNER)], parts: Wired) -> OwnerErased:
    await parts.front.stored.forget(owner)  # where it fails, accounts asks again
    return await parts.people.erase_owner(owner)
