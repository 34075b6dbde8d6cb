import json
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from gpt.config import Settings
from gpt.main import build
from simulator.clouds import LlmServer


@pytest.fixture
async def llm(serve_app: Callable[..., Any]) -> LlmServer:
    server = LlmServer()
    server.base = f"{await serve_app(server.app)}/v1"  # type: ignore[attr-defined]
    return server


@pytest.fixture
def at(serve_app: Callable[..., Any]) -> Callable[..., Any]:
    async def start(**settings: Any) -> str:
        return await serve_app(build(Settings(**settings)))

    return start


def dialogue(**changes: Any) -> dict[str, Any]:
    return {
        "step": "ask",
        "question": "For which dates?",
        "faq": [
            {"keywords": ["price", "cost"], "answer": "It depends on the dates."},
            {"keywords": ["breakfast"], "answer": "Breakfast is included."},
        ],
        **changes,
    }


async def ask(http: httpx2.AsyncClient, url: str, text: str, **more: Any) -> dict[str, Any]:
    reply = await http.post(f"{url}/process", json={"user_input": text, **more})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def test_scripted_walks_the_form(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    url = await at()
    heard = await ask(http, url, "Yalta", language="en", dialogue=dialogue(heard=True))
    assert (heard["response"], heard["engine"]) == ("For which dates?", "scripted")
    lost = await ask(http, url, "hmm hmm", language="en", dialogue=dialogue())
    assert lost["response"] == "Sorry, I did not catch that. For which dates?"
    first = await ask(http, url, "hi there", language="en", dialogue=dialogue(first=True))
    assert first["response"] == "Hello! For which dates?"
    done = await ask(http, url, "yes", language="en", dialogue=dialogue(step="done", question="Goodbye!"))
    assert done["response"] == "Goodbye!"


async def test_scripted_answers_the_faq_and_comes_back_to_the_form(
    at: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    url = await at()
    answer = await ask(http, url, "And how much does it COST?", language="en", dialogue=dialogue())
    assert answer["response"] == "It depends on the dates. For which dates?"
    inside = await ask(http, url, "the accosted man", language="en", dialogue=dialogue())
    assert "depends" not in inside["response"]


async def test_an_answer_whose_question_follows_later_asks_nothing(
    at: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    url, later = await at(), dialogue() | {"question": "", "later": True}
    said = {
        text: (await ask(http, url, text, language="en", dialogue=later))["response"]
        for text in ("And how much does it COST?", "Zebulon is what they say")
    }
    assert list(said.values()) == ["It depends on the dates.", ""], "what was not understood is not known yet"


@pytest.mark.parametrize(
    ("language", "text", "honest"),
    [
        ("en", "What is the capital of France?", "language model"),
        ("ru", "Какая завтра погода?", "языковой модели"),
        ("de", "Wie wird das Wetter?", "Sprachmodell"),
        ("es", "¿Qué tiempo hace?", "modelo de lenguaje"),
        ("fr", "Quel temps fait-il ?", "modèle de langage"),
    ],
)
async def test_scripted_says_honestly_that_it_can_do_no_more(
    at: Callable[..., Any], http: httpx2.AsyncClient, language: str, text: str, honest: str
) -> None:
    url = await at()
    assert honest in (await ask(http, url, text, language=language, dialogue=dialogue()))["response"]
    assert honest in (await ask(http, url, text, language=language))["response"]


async def test_a_model_gets_prompt_history_and_limits(
    at: Callable[..., Any], http: httpx2.AsyncClient, llm: LlmServer
) -> None:
    url = await at(llm_base_url=llm.base, llm_api_key="k-1", llm_context_chars=500)
    history = [{"role": "user", "content": f"{i} " + "x" * 90} for i in range(10)]
    reply = await ask(
        http,
        url,
        "hello",
        language="de",
        history=history,
        system_prompt="Be a hotel.",
        max_tokens=17,
        temperature=0.9,
        dialogue=dialogue(),
    )
    assert (reply["response"], reply["engine"], reply["model"]) == (llm.reply, "openai", "tiny-model")
    body = llm.bodies[0]
    assert (body["max_tokens"], body["temperature"], body["model"]) == (17, 0.9, "tiny-model")
    system, *rest = body["messages"]
    assert system["content"].startswith("Be a hotel.\nAnswer in Deutsch.")
    assert "For which dates?" in system["content"]
    assert [message["content"][:1] for message in rest] == ["5", "6", "7", "8", "9", "h"]
    assert llm.headers[0]["authorization"] == "Bearer k-1"


async def test_streaming(at: Callable[..., Any], http: httpx2.AsyncClient, llm: LlmServer) -> None:
    url = await at(llm_base_url=llm.base)
    deltas, done = [], {}
    async with http.stream("POST", f"{url}/process", json={"user_input": "hi", "stream": True}) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        async for line in reply.aiter_lines():
            if line.startswith("data: "):
                event = json.loads(line[6:])
                deltas += [event["delta"]] if "delta" in event else []
                done = event.get("done", done)
    assert "".join(deltas) == done["response"] == llm.reply
    assert len(deltas) > 5


@pytest.mark.parametrize("mode", ["500", "garbage", "cut", "hang", "stall"])
async def test_a_model_that_fails_is_followed_by_the_script_within_its_deadline(
    at: Callable[..., Any], http: httpx2.AsyncClient, llm: LlmServer, mode: str
) -> None:
    url = await at(llm_base_url=llm.base, llm_first_token_s=0.3, llm_stall_s=0.3)
    llm.mode = mode
    started = time.monotonic()
    reply = await ask(http, url, "Yalta", language="en", dialogue=dialogue(heard=True))
    assert (reply["engine"], reply["response"]) == ("scripted", "For which dates?")
    assert time.monotonic() - started < 5
    llm.mode = "ok"
    # It rests for a while, so that a dead server is not waited for at every turn.
    assert (await ask(http, url, "Yalta", language="en"))["engine"] == "scripted"
    assert (await http.get(f"{url}/health")).json()["status"] == "degraded"


async def test_a_request_that_is_too_much_for_the_model_does_not_rest_it(
    at: Callable[..., Any], http: httpx2.AsyncClient, llm: LlmServer
) -> None:
    url = await at(llm_base_url=llm.base)
    llm.mode = "400"
    assert (await ask(http, url, "a long story", language="en"))["engine"] == "scripted"
    llm.mode = "ok"
    assert (await ask(http, url, "hi", language="en"))["engine"] == "openai"


async def test_a_stream_that_breaks_says_so(at: Callable[..., Any], http: httpx2.AsyncClient, llm: LlmServer) -> None:
    url = await at(llm_base_url=llm.base)
    llm.mode = "cut"
    reply = await http.post(f"{url}/process", json={"user_input": "hi", "stream": True})
    assert "event: error" in reply.text
    assert '"engine_failed"' in reply.text
    health = (await http.get(f"{url}/health")).json()
    assert "failing: openai (EngineError: The model's server broke off., since " in health["checks"]["engine"]["detail"]
    llm.mode = "ok"
    assert (await ask(http, url, "hi"))["engine"] == "openai", "it does not rest for that"
    assert (await http.get(f"{url}/health")).json()["status"] == "ok"


async def test_without_a_script_to_fall_back_on_the_error_is_honest(
    at: Callable[..., Any], http: httpx2.AsyncClient, llm: LlmServer
) -> None:
    url = await at(llm_engine="openai", llm_base_url=llm.base)
    llm.mode = "500"
    reply = await http.post(f"{url}/process", json={"user_input": "hi"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (502, "engine_failed")
    assert "boom" not in reply.text


async def test_the_token_limit_is_reported(at: Callable[..., Any], http: httpx2.AsyncClient, llm: LlmServer) -> None:
    llm.mode = "length"
    assert (await ask(http, await at(llm_base_url=llm.base), "hi"))["finish"] == "length"


async def test_openais_key_alone_connects_it(at: Callable[..., Any], http: httpx2.AsyncClient, llm: LlmServer) -> None:
    assert Settings(openai_api_key="sk-x").openai_base_url == "https://api.openai.com/v1"
    url = await at(openai_api_key="sk-mine", openai_base_url=llm.base)  # type: ignore[attr-defined]
    answered = await ask(http, url, "hello")
    assert (answered["engine"], answered["model"], answered["response"]) == ("openai", "gpt-5.4-mini", llm.reply)
    assert llm.headers[-1]["authorization"] == "Bearer sk-mine"
    assert not llm.bodies[-1].keys() & {"temperature", "max_tokens"}, "its models since GPT-5 refuse them"
    assert (llm.bodies[-1]["reasoning_effort"], llm.bodies[-1]["max_completion_tokens"]) == ("none", 200)
    named = await at(openai_api_key="sk-mine", openai_base_url=llm.base, llm_model="gpt-5.6-luna")  # type: ignore[attr-defined]
    assert (await ask(http, named, "hello"))["model"] == "gpt-5.6-luna"


async def test_openais_key_goes_to_openai_alone(
    at: Callable[..., Any], http: httpx2.AsyncClient, llm: LlmServer
) -> None:
    url = await at(openai_api_key="sk-mine", llm_base_url=llm.base)  # type: ignore[attr-defined]
    assert (await ask(http, url, "hello"))["model"] == "tiny-model"
    assert "authorization" not in llm.headers[-1]
