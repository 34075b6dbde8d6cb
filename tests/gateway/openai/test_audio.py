"""Audio passed on to stt and tts, and secrets for browsers."""

import asyncio
import json
import warnings
from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gateway.openai.client_secrets import ClientSecrets, ExpiresAfter, SecretRequest
from tests.gateway.openai.conftest import APPS, Start

JSON = [(b"content-type", b"application/json")]


class Speaks:
    """stt and tts, as far as their OpenAI paths go; raw, to see what comes as it comes."""

    def __init__(self) -> None:
        self.status, self.headers, self.got = 200, JSON, 0
        self.paths: list[str] = []
        self.kinds: list[bytes] = []
        self.first, self.go_on, self.left = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.pieces: list[bytes] = [b'{"text": "Hello."}']

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        self.paths.append(scope["path"])
        self.kinds += [v for k, v in scope["headers"] if k == b"content-type"]
        while (message := await receive())["type"] == "http.request":
            self.got += len(message.get("body", b""))
            self.first.set()
            if not message.get("more_body"):
                break
        else:
            self.left.set()
            return
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        for place, piece in enumerate(self.pieces):
            if place:
                waiting = asyncio.ensure_future(self.go_on.wait())
                gone = asyncio.ensure_future(receive())
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    self.left.set()
                    return
                gone.cancel()
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


@pytest.fixture
async def speaks() -> Speaks:
    return Speaks()


@pytest.fixture
async def url(gateway: Start, serve_app: Start, speaks: Speaks) -> str:
    there = await serve_app(speaks)
    return str(await gateway(stt_url=there, tts_url=there))


async def test_a_transcription(url: str, client: Callable[[str], openai.AsyncOpenAI], speaks: Speaks) -> None:
    found = await client(url).audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFF" * 9))
    assert (found.text, speaks.paths) == ("Hello.", ["/v1/audio/transcriptions"])
    assert speaks.kinds[0].startswith(b"multipart/form-data; boundary=")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # OpenAI's, of its own method
        await client(url).audio.translations.create(model="whisper-1", file=("a.wav", b"RIFF" * 9))
    assert speaks.paths[1] == "/v1/audio/translations"


async def test_a_body_is_passed_on_while_it_comes(url: str, speaks: Speaks) -> None:
    async def slow() -> Any:
        yield b"x" * 100
        await asyncio.wait_for(speaks.first.wait(), 5)
        assert speaks.got == 100, "the service has what has come so far"
        yield b"x" * 50

    async with httpx2.AsyncClient(trust_env=False) as http:
        reply = await http.post(f"{url}/v1/audio/transcriptions", content=slow())
    assert (reply.status_code, speaks.got) == (200, 150)


async def test_speech_is_passed_on_while_it_is_made(
    url: str, client: Callable[[str], openai.AsyncOpenAI], speaks: Speaks
) -> None:
    speaks.headers = [(b"content-type", b"audio/wav"), (b"x-characters", b"5")]
    speaks.pieces = [b"RIFF", b"rest"]
    ask = client(url).audio.speech.with_streaming_response.create(model="tts-1", voice="alloy", input="Hello")
    async with ask as reply:
        assert reply.headers["content-type"] == "audio/wav"
        pieces = reply.iter_bytes()
        assert await anext(pieces) == b"RIFF", "the rest is not there yet"
        speaks.go_on.set()
        assert b"".join([piece async for piece in pieces]) == b"rest"
    used, *_ = APPS[url].state.parts.limits.ledger.waiting
    name = used.model
    assert (name, used.characters) == ("tts", 5)


async def test_a_client_that_leaves_is_seen_by_the_service(url: str, speaks: Speaks) -> None:
    speaks.pieces = [b"RIFF", b"rest"]
    async with httpx2.AsyncClient(trust_env=False) as http, http.stream("POST", f"{url}/v1/audio/speech") as reply:
        assert await anext(reply.aiter_bytes()) == b"RIFF"
    await asyncio.wait_for(speaks.left.wait(), 5)


async def test_the_services_own_errors_are_passed_as_they_are(
    url: str, client: Callable[[str], openai.AsyncOpenAI], speaks: Speaks
) -> None:
    speaks.status = 400
    speaks.pieces = [b'{"error": {"message": "no audio", "type": "t", "param": "file", "code": "empty_file"}}']
    with pytest.raises(openai.BadRequestError) as found:
        await client(url).audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFF"))
    assert (found.value.code, found.value.param) == ("empty_file", "file")
    speaks.status = 401
    with pytest.raises(openai.InternalServerError) as other:
        await client(url).audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFF"))
    assert (other.value.status_code, other.value.code) == (502, "stt_refused_us")


async def test_nobody_is_there(gateway: Start, client: Callable[[str], openai.AsyncOpenAI]) -> None:
    url = await gateway(stt_url="http://127.0.0.1:9", tts_url="http://127.0.0.1:9")
    with pytest.raises(openai.InternalServerError) as found:
        await client(url).audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFF"))
    assert (found.value.status_code, found.value.code) == (503, "stt_unavailable")
    with pytest.raises(openai.InternalServerError):
        await client(url).audio.speech.create(model="tts-1", voice="alloy", input="Hello")


async def test_too_much_audio(url: str, http: httpx2.AsyncClient, speaks: Speaks) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b"x" * (1 << 20)

    reply = await http.post(f"{url}/v1/audio/transcriptions", content=b"x" * (31 << 20))
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large")
    try:
        reply = await http.post(f"{url}/v1/audio/transcriptions", content=endless())
    except (httpx2.WriteError, httpx2.ReadError, httpx2.RemoteProtocolError):
        pass  # closed while we were still sending: refused as well
    else:
        assert reply.status_code == 413
    assert (await http.get(f"{url}/health")).status_code == 200


async def test_speech_already_made_keeps_its_path(url: str, http: httpx2.AsyncClient, speaks: Speaks) -> None:
    key = "0" * 64
    assert (await http.get(f"{url}/v1/audio/{key}")).status_code == 200
    assert speaks.paths == [f"/speech/{key}"]
    assert (await http.get(f"{url}/v1/audio/speech")).status_code == 405


async def test_a_secret_for_a_browser(url: str, client: Callable[[str], openai.AsyncOpenAI]) -> None:
    made = await client(url).realtime.client_secrets.create(
        expires_after={"anchor": "created_at", "seconds": 60},
        session={"type": "realtime", "instructions": "Be kind."},
    )
    assert made.value.startswith("ek_")
    assert made.session.type == "realtime"
    found = APPS[url].state.parts.front.client_secrets.find(made.value)
    assert (found.session.instructions, found.expires_at) == ("Be kind.", made.expires_at)
    for wrong in ({"seconds": 5}, {"seconds": 10_000}):
        with pytest.raises(openai.BadRequestError) as error:
            await client(url).realtime.client_secrets.create(expires_after=wrong)  # type: ignore[arg-type]
        assert error.value.param == "expires_after.seconds"


def test_a_secret_ends() -> None:
    now = [1_000.0]
    store = ClientSecrets(lambda: now[0])
    made = store.make(SecretRequest(expires_after=ExpiresAfter(seconds=60)), None)
    assert made.expires_at == 1_060
    now[0] = 1_059.9
    assert store.find(made.value) is not None
    assert store.find(made.value + "x") is None
    now[0] = 1_060.0
    assert store.find(made.value) is None


async def test_a_browser_comes_with_its_secret(url: str, client: Callable[[str], openai.AsyncOpenAI]) -> None:
    wanted: Any = {"type": "realtime", "instructions": "Be kind.", "output_modalities": ["text"]}
    made = await client(url).realtime.client_secrets.create(session=wanted)
    protocols = [Subprotocol("realtime"), Subprotocol(f"openai-insecure-api-key.{made.value}")]
    address = url.replace("http", "ws") + "/v1/realtime?model=gpt-realtime"
    async with connect(address, subprotocols=protocols) as socket:
        created = json.loads(await asyncio.wait_for(socket.recv(), 5))
        assert (created["type"], created["session"]["instructions"]) == ("session.created", "Be kind.")
        assert created["session"]["output_modalities"] == ["text"]
    other = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=made.value)
    async with other, other.realtime.connect(model="gpt-realtime") as connection:
        event = await asyncio.wait_for(connection.recv(), 5)
        assert event.session.instructions == "Be kind."  # type: ignore[union-attr]
