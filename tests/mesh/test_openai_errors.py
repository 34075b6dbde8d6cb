"""Errors on OpenAI's paths, as its own client reads them."""

from collections.abc import Callable
from typing import Any

import openai
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from mesh.errors import ApiError, BadInput
from mesh.openai_errors import OpenAIRoute
from mesh.service import serve
from mesh.wire.route import Route
from tests.mesh.test_mesh import make


class Part(BaseModel):
    kind: str


class Ask(BaseModel):
    model: str
    messages: list[Part] = []


class Said(BaseModel):
    id: str = "x"


CHAT = Route("POST", "/v1/chat/completions", Ask, Said)
FAILURES: dict[str, Exception] = {
    "bad": BadInput("no_good", "That is no good."),
    "missing": ApiError(404, "model_not_found", "There is no such model."),
    "many": ApiError(429, "rate_limit_exceeded", "Too much.", retry_after_s=0),
    "busy": ApiError(503, "busy", "Too much to do.", retry_after_s=0),
    "crash": RuntimeError("a secret"),
}


def app() -> FastAPI:
    made = make()
    routes = APIRouter(route_class=OpenAIRoute)

    @serve(routes, CHAT)
    async def chat(ask: Ask) -> Said:
        if ask.model in FAILURES:
            raise FAILURES[ask.model]
        return Said()

    made.include_router(routes)
    return made


@pytest.mark.parametrize(
    ("model", "raised", "status", "code"),
    [
        ("bad", openai.BadRequestError, 400, "no_good"),
        ("missing", openai.NotFoundError, 404, "model_not_found"),
        ("many", openai.RateLimitError, 429, "rate_limit_exceeded"),
        ("busy", openai.InternalServerError, 503, "busy"),
        ("crash", openai.InternalServerError, 500, "internal"),
    ],
)
async def test_an_error_is_raised_as_openais_own_class(
    serve_app: Callable[..., Any], model: str, raised: type[openai.APIStatusError], status: int, code: str
) -> None:
    async with openai.AsyncOpenAI(base_url=f"{await serve_app(app())}/v1", api_key="k", max_retries=0) as client:
        with pytest.raises(raised) as found:
            await client.chat.completions.create(model=model, messages=[])
    assert (found.value.status_code, found.value.code) == (status, code)
    assert "secret" not in str(found.value)
    assert found.value.request_id


async def test_what_is_wrong_is_named(serve_app: Callable[..., Any]) -> None:
    async with openai.AsyncOpenAI(base_url=f"{await serve_app(app())}/v1", api_key="k", max_retries=0) as client:
        with pytest.raises(openai.BadRequestError) as found:
            await client.chat.completions.create(model="m", messages=[{"role": "user"}])  # type: ignore[list-item]
    assert (found.value.param, found.value.type) == ("messages[0].kind", "invalid_request_error")


async def test_what_no_route_has_seen_is_said_alike(serve_app: Callable[..., Any], http: Any) -> None:
    url = await serve_app(app())
    wrong = {
        status: reply.json()["error"]
        for status, reply in [
            (405, await http.get(f"{url}/v1/chat/completions")),
            (404, await http.get(f"{url}/v1/models/none")),
            (413, await http.post(f"{url}/v1/chat/completions", content=b"x" * 3_000_000)),
            (421, await http.get(f"{url}/v1/models", headers={"host": "elsewhere.example"})),
            (
                400,
                await http.post(
                    f"{url}/v1/chat/completions", content=b"{", headers={"content-type": "application/json"}
                ),
            ),
        ]
        if reply.status_code == status
    }
    assert sorted(wrong) == [400, 404, 405, 413, 421]
    assert {frozenset(error) for error in wrong.values()} == {frozenset({"message", "type", "param", "code"})}
    other = await http.get(f"{url}/v1/other")
    assert set(other.json()["error"]) == {"code", "message", "request_id"}, "all else keeps the mesh's envelope"
