"""What has been used: told by gateways, shown to whose it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from accounts import usage
from accounts.parts import Anyone, Wired
from mesh.errors import ApiError, BadInput
from mesh.service import serve
from mesh.wire.accounts import ADD_USAGE, SPENT, USAGE, Added, Spent, UsageBatch, UsageReply

routes = APIRouter(tags=["accounts"])
DAYS, MAX_DAYS = 30, 400


@serve(routes, ADD_USAGE, summary="Add what was used; a service's", include_in_schema=False)
async def add(body: UsageBatch, asking: Anyone, parts: Wired) -> Added:
    if asking.role not in ("service", "admin"):
        raise ApiError(403, "forbidden", "Only services of the mesh say what was used.")
    return await usage.add(parts.db, body)


@serve(routes, SPENT, summary="What a subject has spent today; a service's", include_in_schema=False)
async def spent(subject: Annotated[str, Query(min_length=1, max_length=80)], parts: Wired) -> Spent:
    return await usage.today_of(parts.db, subject)


@serve(routes, USAGE, summary="What you have used, by day, model and key; for an admin what anybody has")
async def used(
    asking: Anyone,
    parts: Wired,
    *,
    since: Annotated[date | None, Query()] = None,
    until: Annotated[date | None, Query()] = None,
    owner: Annotated[str | None, Query(max_length=80)] = None,
    key_id: Annotated[str | None, Query(max_length=64)] = None,
) -> UsageReply:
    until = until or datetime.now(UTC).date()
    since = since or max(date.min + timedelta(DAYS), until) - timedelta(DAYS - 1)
    if not 0 <= (until - since).days < MAX_DAYS:
        raise BadInput("invalid_request", f"since comes before until, and {MAX_DAYS} days at most.")
    whose = owner if asking.role != "user" else asking.owner
    return await usage.find(parts.db, owner=whose, key_id=key_id, since=since, until=until)
