"""A scenario's tools in a conversation by WS /v1/realtime: done once, when the turn is taken, and spoken of."""

import json
import uuid
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from openai import AsyncOpenAI

from simulator.processes import Mesh, eventually
from tests.gateway.conftest import field, scenario, text
from tests.realtime.conftest import serving


@pytest.fixture
def crm() -> Any:
    app, got = FastAPI(), []

    @app.post("/tickets")
    async def take(request: Request) -> dict[str, int]:
        got.append(await request.json())
        return {"number": 4711}

    with serving(app) as url:
        yield got, url


async def test_a_request_is_made_once_and_its_answer_is_said(line: Mesh, crm: Any) -> None:
    parameters = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    tool = {
        "name": "ticket", "kind": "http", "when": "confirmed", "method": "POST", "url": f"{crm[1]}/tickets",
        "parameters": parameters, "say": text("Your ticket is {number}."),
    }  # fmt: skip
    own = scenario(field("name", "name"), tools=[tool]) | {"name": "tickets"}
    folder = line.env["SCENARIOS_DIR"]
    with open(f"{folder}/tickets.yaml", "w", encoding="utf-8") as file:  # noqa: PTH123 (a test)
        file.write(json.dumps(own))

    async def known() -> bool:
        async with httpx2.AsyncClient(trust_env=False) as http:
            return "tickets" in (await http.get(line.url("gateway") + "/health")).text

    await eventually(known)
    client = AsyncOpenAI(base_url=line.url("gateway") + "/v1", api_key="none")
    async with client.realtime.connect(model="tickets", extra_query={"session_id": uuid.uuid4().hex}) as connection:
        await connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})

        async def say(words: str) -> str:
            item: Any = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}
            await connection.conversation.item.create(item=item)
            return await answered()

        async def answered() -> str:
            await connection.response.create()
            said = ""
            async for event in connection:
                if event.type == "response.output_text.delta":
                    said += event.delta
                if event.type == "response.done":
                    return " ".join(said.split())
            raise AssertionError("the socket was closed")

        assert await answered() == "Hello."
        await say("Anna Lee")
        assert crm[0] == []
        said = await say("yes, that is right")
    assert said == "One moment, please. Your ticket is 4711. Thank you. Goodbye!"
    assert crm[0] == [{"name": "Anna Lee"}]
