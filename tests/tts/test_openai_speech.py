"""POST /v1/audio/speech, by openai's own client."""

import asyncio
import base64
import io
import json
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from itertools import chain
from typing import Any

import av
import httpx2
import numpy as np
import openai
import pytest

from simulator.clouds import SpeechServer, tone
from tts.config import Settings
from tts.engines import Pcm, Utterance
from tts.engines.espeak import Espeak
from tts.main import build
from tts.voices import guess

NOWHERE = "http://127.0.0.1:9"
TEXT = "Good morning, how can I help? I can book a room for you, or a table for dinner."
FORMATS = {
    "mp3": ("mp3", "audio/mpeg"),
    "opus": ("ogg", "audio/opus"),
    "aac": ("aac", "audio/aac"),
    "flac": ("flac", "audio/flac"),
    "wav": ("wav", "audio/wav"),
}


@pytest.fixture
async def at(serve_app: Callable[..., Any]) -> AsyncIterator[Callable[..., Any]]:
    """A tts with these settings; gives its address and openai's client of it."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> tuple[str, openai.AsyncOpenAI]:
            url = await serve_app(build(Settings(**{"storage_url": NOWHERE, **settings})))
            client = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="-", max_retries=0)
            return url, await stack.enter_async_context(client)

        yield start


def seconds(data: bytes, form: str) -> tuple[float, int]:
    """How long a file is, and its loudest sample."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=24_000)
    with av.open(io.BytesIO(data), format=form) as container:
        frames = [out for frame in chain(container.decode(audio=0), (None,)) for out in resampler.resample(frame)]
    pcm = np.concatenate([np.frombuffer(bytes(f.planes[0])[: f.samples * 2], np.int16) for f in frames])
    return len(pcm) / 24_000, int(np.abs(pcm.astype(int)).max())


async def test_each_format_is_decoded_to_the_same_speech(at: Callable[..., Any]) -> None:
    _, client = await at()
    pcm = await client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT, response_format="pcm")
    assert pcm.response.headers["content-type"] == "audio/pcm"
    length = len(pcm.content) / 2 / 24_000
    assert 3 < length < 9
    for form, (container, kind) in FORMATS.items():
        made = await client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT, response_format=form)
        assert made.response.headers["content-type"] == kind
        found, loudest = seconds(made.content, container)
        assert found == pytest.approx(length, abs=0.15), form
        assert loudest > 8000, form


async def test_a_streamed_wav_says_that_its_length_is_not_known(at: Callable[..., Any]) -> None:
    _, client = await at()
    made = (await client.audio.speech.create(model="", voice="alloy", input=TEXT, response_format="wav")).content
    assert made[4:8] == b"\xff\xff\xff\xff"
    assert int.from_bytes(made[24:28], "little") == 24_000
    with wave.open(io.BytesIO(made)) as file:
        assert len(file.readframes(1 << 30)) == len(made) - 44


class Scripted:
    """Stands in for espeak: says a word at a time, when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, broken: bool = False) -> None:
        self.gate, self._broken = asyncio.Event(), broken
        self.said: list[Utterance] = []
        monkeypatch.setattr(Espeak, "speak", lambda _, utterance: self.speak(utterance))

    async def speak(self, utterance: Utterance) -> Pcm:
        self.said.append(utterance)
        return Pcm(22_050, self._pieces())

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield tone(1.0, 22_050)
        await self.gate.wait()
        if self._broken:
            raise RuntimeError("espeak broke")
        yield tone(1.0, 22_050)


@pytest.mark.parametrize("form", [*FORMATS, "pcm"])
async def test_it_is_heard_before_it_is_made(
    at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """The second half of the speech is made only when the first has been read."""
    scripted = Scripted(monkeypatch)
    _, client = await at()
    create = client.audio.speech.with_streaming_response.create
    async with asyncio.timeout(10), create(model="", voice="alloy", input="Hello.", response_format=form) as reply:
        heard = b""
        pieces = reply.iter_bytes()
        least = {"pcm": 40_000, "wav": 40_000, "flac": 9_000}.get(form, 3_000)
        while len(heard) < least:
            heard += await anext(pieces)
        scripted.gate.set()
        async for piece in pieces:
            heard += piece
    length = len(heard) / 48_000 if form == "pcm" else seconds(heard, FORMATS[form][0])[0]
    assert length == pytest.approx(2.0, abs=0.15)


async def test_events(at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(monkeypatch)
    _, client = await at()
    create = client.audio.speech.with_streaming_response.create
    audio, usage = b"", None
    async with create(model="", voice="alloy", input="Hello.", response_format="pcm", stream_format="sse") as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        async for line in reply.iter_lines():
            scripted.gate.set()
            event = json.loads(line.removeprefix("data: ")) if line else {}
            if event.get("type") == "speech.audio.delta":
                audio += base64.b64decode(event["audio"])
            elif event:
                assert event["type"] == "speech.audio.done"
                usage = event["usage"]
    assert len(audio) == pytest.approx(2 * 48_000, abs=200)
    assert usage == {"input_tokens": 6, "output_tokens": 0, "total_tokens": 6}


async def test_what_breaks_off_is_said(at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(monkeypatch, broken=True)
    scripted.gate.set()
    url, client = await at()
    body = {"input": "Hello.", "voice": "alloy", "stream_format": "sse"}
    async with httpx2.AsyncClient(trust_env=False) as http:
        last = (await http.post(f"{url}/v1/audio/speech", json=body)).text.strip().splitlines()[-1]
    assert json.loads(last.removeprefix("data: "))["error"]["type"] == "server_error"
    with pytest.raises(openai.APIConnectionError):
        await client.audio.speech.create(model="", voice="alloy", input="Hello again.")


async def test_the_synchronous_client(at: Callable[..., Any], tmp_path: Any) -> None:
    url, _ = await at()

    def create() -> int:
        path = tmp_path / "a.mp3"
        with (
            openai.OpenAI(base_url=f"{url}/v1", api_key="-", max_retries=0) as client,
            client.audio.speech.with_streaming_response.create(model="tts-1", voice="nova", input=TEXT) as reply,
        ):
            reply.stream_to_file(path)
            with pytest.raises(openai.BadRequestError):
                client.audio.speech.create(model="tts-1", voice="nobody", input=TEXT)
        return len(path.read_bytes())

    assert await asyncio.to_thread(create) > 20_000


async def test_voices(at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenAI's names speak the text's language; a code and a name of ours do as they say."""
    scripted = Scripted(monkeypatch)
    scripted.gate.set()
    _, client = await at()
    for voice, text in (
        ("alloy", "Good morning"),
        ("nova", "Доброе утро, меня зовут Анна"),
        ("nova", "Добрий ранок, їжак і ґава"),
        ("de", "Guten Morgen"),
        ("en-gb", "Good day"),
        ({"id": "ru"}, "Hi"),
        ("fr-fr+f2", "Bonjour"),
    ):
        await client.audio.speech.create(model="tts-1-hd", voice=voice, input=text)
    assert [(one.language, one.voice) for one in scripted.said] == [
        ("en", "en-us"),
        ("ru", "ru+f3"),
        ("uk", "uk+f3"),
        ("de", "de"),
        ("en", "en-gb"),
        ("ru", "ru"),
        ("fr", "fr-fr+f2"),
    ]


async def test_each_of_openais_voices_sounds(at: Callable[..., Any]) -> None:
    _, client = await at()
    made = [
        (await client.audio.speech.create(model="", voice=voice, input="Hello there", response_format="pcm")).content
        for voice in ("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage")
    ]
    assert len(set(made)) == len(made)
    assert min(map(len, made)) > 10_000


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Good morning", "en"),
        ("Où est le café ?", "en"),
        ("Доброе утро", "ru"),
        ("Який сьогодні день? Її їжа", "uk"),
        ("iPhone 15 за 90 000 рублей", "ru"),
        ("The word спасибо means thank you", "en"),
        ("こんにちは", "en"),
        ("123", "en"),
    ],
)
def test_the_script_tells_the_language(text: str, language: str) -> None:
    assert guess(text) == language


async def test_speed(at: Callable[..., Any]) -> None:
    """0.25 to 4, though espeak does not go so far: at the same pitch, and as long as it should be."""
    _, client = await at()

    async def length(speed: float) -> float:
        made = await client.audio.speech.create(model="", voice="alloy", input=TEXT, response_format="pcm", speed=speed)
        return len(made.content) / 48_000

    slowest, slow, fast, fastest = [await length(speed) for speed in (0.25, 0.5, 2.0, 4.0)]
    assert slowest == pytest.approx(2 * slow, rel=0.05)
    assert fastest == pytest.approx(fast / 2, rel=0.05)


@pytest.mark.parametrize(
    ("change", "error", "param"),
    [
        ({"voice": "nobody"}, openai.BadRequestError, "voice"),
        ({"model": "gpt-99"}, openai.NotFoundError, "model"),
        ({"input": "a" * 4097}, openai.BadRequestError, "input"),
        ({"input": ""}, openai.BadRequestError, "input"),
        ({"input": "!!!"}, openai.BadRequestError, None),
        ({"response_format": "mp4"}, openai.BadRequestError, "response_format"),
        ({"speed": 0.2}, openai.BadRequestError, "speed"),
        ({"speed": 4.1}, openai.BadRequestError, "speed"),
        ({"stream_format": "websocket"}, openai.BadRequestError, "stream_format"),
        ({"instructions": "a" * 5000}, openai.BadRequestError, "instructions"),
    ],
)
async def test_errors_are_openais(
    at: Callable[..., Any], change: dict[str, Any], error: type[openai.APIStatusError], param: str | None
) -> None:
    _, client = await at()
    with pytest.raises(error) as caught:
        await client.audio.speech.create(**{"model": "tts-1", "voice": "alloy", "input": TEXT, **change})
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"
    if change.get("voice"):
        assert "GET /voices" in caught.value.message


async def test_unknown_fields_are_not_looked_at(at: Callable[..., Any]) -> None:
    _, client = await at()
    made = await client.audio.speech.create(
        model="tts-1", voice="alloy", input=TEXT, instructions="Softly", extra_body={"seed": 3, "sample_rate": 1}
    )
    assert (made.response.headers["x-engine"], made.response.headers["x-characters"]) == ("espeak", str(len(TEXT)))


async def test_speech_is_made_once_in_whatever_order_it_is_asked_for(
    at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = Scripted(monkeypatch)
    scripted.gate.set()
    url, client = await at()
    one = await client.audio.speech.create(model="", voice="en", input=TEXT)
    async with httpx2.AsyncClient(trust_env=False) as http:
        other = await http.post(f"{url}/process", json={"text": TEXT, "language": "en"})
    assert other.content == one.content
    for _ in range(3):
        await client.audio.speech.create(model="", voice="en", input=TEXT, response_format="opus")
    assert len(scripted.said) == 2


async def test_a_server_is_told_openais_voice_and_how_to_speak(
    at: Callable[..., Any], serve_app: Callable[..., Any]
) -> None:
    server = SpeechServer()
    _, client = await at(tts_base_url=f"{await serve_app(server.app)}/v1", tts_model="kokoro")
    made = await client.audio.speech.create(
        model="tts-1", voice="af_heart", input=TEXT, instructions="Softly", response_format="pcm"
    )
    assert len(made.content) == 24_000
    body = json.loads(server.requests[0][1])
    assert (body["voice"], body["instructions"], body["model"]) == ("af_heart", "Softly", "kokoro")
    only = await client.audio.speech.create(model="espeak", voice="alloy", input=TEXT)
    assert only.response.headers["x-engine"] == "espeak"


async def test_models(at: Callable[..., Any]) -> None:
    _, client = await at()
    found = {model.id: model.owned_by async for model in client.models.list()}
    assert found == {"tts-1": "espeak", "tts-1-hd": "espeak", "gpt-4o-mini-tts": "espeak", "espeak": "espeak"}


async def test_formats_are_made_beside_the_loop(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    """While a long text becomes Opus, others are served."""
    url, client = await at()
    work = asyncio.create_task(
        client.audio.speech.create(model="", voice="alloy", input=f"{TEXT} " * 12, response_format="opus")
    )
    answered = 0
    while not work.done():
        assert (await http.get(f"{url}/health")).status_code == 200
        answered += 1
    assert answered > 10
    assert len((await work).content) > 50_000
