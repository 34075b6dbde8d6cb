"""POST /v1/audio/transcriptions and /v1/audio/translations, by openai's own client."""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import ctranslate2
import httpx2
import openai
import pytest

from mesh.wire.stt import Segment, Word
from simulator.clouds import SpeechServer
from stt.config import Settings
from stt.engines import Job, Transcript
from stt.engines.pocketsphinx import PocketSphinx
from stt.main import build
from tests import audio_files, hostile_files
from tests.stt.tiny_whisper import make_tiny_whisper

# openai's client says of translations that they will be gone from OpenAI's own API.
pytestmark = pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
WAV = ("a.wav", audio_files.make("wav", seconds=2))
SAID = ["Good morning,", "this is Anna."]


@pytest.fixture
async def at(serve_app: Callable[..., Any]) -> AsyncIterator[Callable[..., Any]]:
    """An stt with these settings; gives its address and openai's client of it."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> tuple[str, openai.AsyncOpenAI]:
            url = await serve_app(build(Settings(**settings)))
            client = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="-", max_retries=0)
            return url, await stack.enter_async_context(client)

        yield start


class Scripted:
    """Stands in for pocketsphinx: hears SAID, the second half when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gate, self.jobs, self.fails, self.stopped = threading.Event(), [], False, threading.Event()
        self.gate.set()
        monkeypatch.setattr(PocketSphinx, "_transcribe", lambda _, _audio, job: self.hear(job))

    def hear(self, job: Job) -> Transcript:
        self.jobs.append(job)
        segments = []
        try:
            for number, text in enumerate(SAID):
                words = [
                    Word(text=word, start_s=number + i * 0.2, end_s=round(number + i * 0.2 + 0.15, 2))
                    for i, word in enumerate(text.split())
                ]
                segment = Segment(start_s=words[0].start_s, end_s=words[-1].end_s, text=text)
                segments.append(segment.model_copy(update={"words": words if job.words else None}))
                job.heard(segments[-1])
                assert self.gate.wait(20)
                if self.fails:
                    raise RuntimeError("broke")
        except Exception:
            self.stopped.set()
            raise
        return Transcript(" ".join(SAID), "en", segments)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    return Scripted(monkeypatch)


async def test_json_and_text(at: Callable[..., Any], scripted: Scripted) -> None:
    _, client = await at()
    raw = await client.audio.transcriptions.with_raw_response.create(model="whisper-1", file=WAV)
    found = raw.parse()
    assert found.text == "Good morning, this is Anna."
    assert (found.usage.type, found.usage.seconds) == ("duration", 2.0)
    assert (raw.headers["x-engine"], raw.headers["x-audio-seconds"]) == ("pocketsphinx", "2")
    assert "models" in raw.headers["x-degraded"]
    text = await client.audio.transcriptions.create(
        model="", file=WAV, response_format="text", language="en", prompt="Anna", temperature=0.3
    )
    assert text == "Good morning, this is Anna.\n"
    job = scripted.jobs[-1]
    assert (job.language, job.prompt, job.temperature, job.words) == ("en", "Anna", 0.3, "")


async def test_verbose_json_has_what_was_asked_for(at: Callable[..., Any], scripted: Scripted) -> None:
    _, client = await at()
    create = client.audio.transcriptions.create
    plain = await create(model="whisper-1", file=WAV, response_format="verbose_json")
    assert (plain.language, plain.duration, plain.words) == ("english", 2.0, None)
    assert [(s.id, s.start, s.end, s.text) for s in plain.segments] == [
        (0, 0.0, 0.35, SAID[0]),
        (1, 1.0, 1.55, SAID[1]),
    ]
    assert (plain.segments[0].tokens, plain.segments[0].avg_logprob) == ([], 0.0)
    both = await create(
        model="whisper-1", file=WAV, response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )
    assert [word.word for word in both.words] == ["Good", "morning,", "this", "is", "Anna."]
    assert (both.words[0].start, both.words[1].end, len(both.segments)) == (0.0, 0.35, 2)
    words = await create(model="whisper-1", file=WAV, response_format="verbose_json", timestamp_granularities=["word"])
    assert (words.segments, len(words.words)) == (None, 5)


async def test_granularities_without_brackets(
    at: Callable[..., Any], scripted: Scripted, http: httpx2.AsyncClient
) -> None:
    """As curl's users write them."""
    url, _ = await at()
    form = {"response_format": "verbose_json", "timestamp_granularities": "word"}
    reply = await http.post(f"{url}/v1/audio/transcriptions", data=form, files={"file": WAV})
    assert len(reply.json()["words"]) == 5


async def test_subtitles(at: Callable[..., Any], scripted: Scripted) -> None:
    _, client = await at()
    srt = await client.audio.transcriptions.create(model="whisper-1", file=WAV, response_format="srt")
    assert srt == (
        "1\n00:00:00,000 --> 00:00:00,350\nGood morning,\n\n2\n00:00:01,000 --> 00:00:01,550\nthis is Anna.\n\n"
    )
    raw = await client.audio.transcriptions.with_raw_response.create(model="whisper-1", file=WAV, response_format="vtt")
    assert raw.headers["content-type"].startswith("text/vtt")
    assert raw.text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:00.350\nGood morning,\n\n")
    assert scripted.jobs[-1].words == "wished"


async def test_a_segment_is_sent_while_the_next_is_made(at: Callable[..., Any], scripted: Scripted) -> None:
    scripted.gate.clear()
    _, client = await at()
    async with asyncio.timeout(10):
        stream = await client.audio.transcriptions.create(model="whisper-1", file=WAV, stream=True)
        events = aiter(stream)
        first = await anext(events)
        assert (first.type, first.delta) == ("transcript.text.delta", "Good morning,")
        scripted.gate.set()
        rest = [event async for event in events]
    assert [event.type for event in rest] == ["transcript.text.delta", "transcript.text.done"]
    assert first.delta + rest[0].delta == rest[1].text
    assert rest[1].usage.seconds == 2.0
    assert stream.response.headers["x-engine"] == "pocketsphinx"


async def test_silence_is_a_done_without_a_delta(at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PocketSphinx, "_transcribe", lambda *_: Transcript("", "en"))
    _, client = await at()
    stream = await client.audio.transcriptions.create(model="", file=WAV, stream=True)
    assert [(event.type, event.text) async for event in stream] == [("transcript.text.done", "")]
    for form, empty in (("srt", ""), ("vtt", "WEBVTT\n\n"), ("text", "\n")):
        assert await client.audio.transcriptions.create(model="", file=WAV, response_format=form) == empty


async def test_what_breaks_off_is_an_error_in_the_stream(
    at: Callable[..., Any], scripted: Scripted, http: httpx2.AsyncClient
) -> None:
    scripted.fails = True
    url, client = await at()
    stream = aiter(await client.audio.transcriptions.create(model="", file=WAV, stream=True))
    assert (await anext(stream)).delta == SAID[0]
    with pytest.raises(openai.APIError, match="broke off"):
        await anext(stream)
    assert (await http.get(f"{url}/health")).json()["checks"]["engine"]["detail"].count("failing") == 1
    with pytest.raises(openai.InternalServerError):
        await client.audio.transcriptions.create(model="", file=WAV)


@pytest.mark.parametrize("stream", ["true", "false"])
async def test_who_leaves_stops_the_work(
    at: Callable[..., Any], scripted: Scripted, http: httpx2.AsyncClient, stream: str
) -> None:
    scripted.gate.clear()
    url, _ = await at()

    async def ask() -> None:
        body = http.stream("POST", f"{url}/v1/audio/transcriptions", data={"stream": stream}, files={"file": WAV})
        async with body as reply:
            await reply.aread()

    asking = asyncio.create_task(ask())
    while not scripted.jobs:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    while (await http.get(f"{url}/metrics")).text.count('mesh_requests_in_flight{service="stt"} 1.0') == 0:
        await asyncio.sleep(0.01)
    scripted.gate.set()
    assert await asyncio.to_thread(scripted.stopped.wait, 10), "the second segment was not made for nobody"


async def test_the_synchronous_client(at: Callable[..., Any], scripted: Scripted) -> None:
    url, _ = await at()

    def ask() -> list[str]:
        with openai.OpenAI(base_url=f"{url}/v1", api_key="-", max_retries=0) as client:
            text = client.audio.transcriptions.create(model="whisper-1", file=WAV).text
            events = [one.type for one in client.audio.transcriptions.create(model="", file=WAV, stream=True)]
            with client.audio.transcriptions.with_streaming_response.create(
                model="", file=WAV, response_format="srt"
            ) as reply:
                lines = list(reply.iter_lines())
            with pytest.raises(openai.NotFoundError):
                client.audio.transcriptions.create(model="nothing", file=WAV)
            return [text, events[-1], lines[0]]

    assert await asyncio.to_thread(ask) == ["Good morning, this is Anna.", "transcript.text.done", "1"]


@pytest.mark.parametrize(
    ("change", "error", "param"),
    [
        ({"model": "whisper-9"}, openai.NotFoundError, "model"),
        ({"model": "../../etc"}, openai.NotFoundError, "model"),
        ({"language": "english"}, openai.BadRequestError, "language"),
        ({"language": "ru"}, openai.BadRequestError, "language"),
        ({"response_format": "docx"}, openai.BadRequestError, "response_format"),
        ({"temperature": 1.5}, openai.BadRequestError, "temperature"),
        ({"temperature": "nan"}, openai.BadRequestError, "temperature"),
        ({"prompt": "a" * 5_000}, openai.BadRequestError, "prompt"),
        ({"prompt": "a" * 70_000}, openai.BadRequestError, None),
        ({"timestamp_granularities": ["word"]}, openai.BadRequestError, "response_format"),
        ({"stream": True, "response_format": "srt"}, openai.BadRequestError, "response_format"),
        ({"include": ["logprobs"]}, openai.BadRequestError, "include[]"),
        ({"file": ("a.wav", b"")}, openai.BadRequestError, "file"),
        ({"file": ("a.wav", b"no audio at all" * 50)}, openai.BadRequestError, None),
    ],
)
async def test_errors_are_openais(
    at: Callable[..., Any], scripted: Scripted, change: dict[str, Any], error: type[openai.APIStatusError], param: str
) -> None:
    _, client = await at()
    with pytest.raises(error) as caught:
        await client.audio.transcriptions.create(**{"model": "whisper-1", "file": WAV, **change})
    assert caught.value.type == "invalid_request_error"
    assert caught.value.param == param
    assert not scripted.jobs


async def test_bounds(at: Callable[..., Any], scripted: Scripted, http: httpx2.AsyncClient) -> None:
    url, client = await at(max_body_mb=1, stt_max_audio_s=1)
    for file in (("a.wav", bytes(3_000_000)), WAV):
        with pytest.raises(openai.APIStatusError) as caught:
            await client.audio.transcriptions.create(model="", file=file)
        assert caught.value.status_code == 413
        assert caught.value.type == "invalid_request_error"
    many = {f"field{i}": "x" for i in range(50)}
    reply = await http.post(f"{url}/v1/audio/transcriptions", data=many, files={"file": WAV})
    assert (reply.status_code, reply.json()["error"]["type"]) == (400, "invalid_request_error")
    reply = await http.post(f"{url}/v1/audio/transcriptions", json={"file": "x"})
    assert (reply.status_code, reply.json()["error"]["type"]) == (415, "invalid_request_error")


async def test_fields_of_other_servers_are_not_looked_at(at: Callable[..., Any], scripted: Scripted) -> None:
    _, client = await at()
    extra = {"vad_filter": True, "hotwords": "Anna"}
    found = await client.audio.transcriptions.create(
        model="whisper-1", file=WAV, chunking_strategy="auto", extra_body=extra
    )
    assert found.text


async def test_hostile_files(at: Callable[..., Any], scripted: Scripted, tmp_path: Path) -> None:
    """What is not audio is refused as everywhere; the next caller is heard."""
    _, client = await at()
    files = hostile_files.elsewhere(tmp_path / "secret.wav") | hostile_files.greedy()
    for name, data in files.items():
        with contextlib.suppress(openai.BadRequestError, openai.APIStatusError):
            await client.audio.transcriptions.create(model="", file=(name, data))
    assert (await client.audio.transcriptions.create(model="", file=WAV)).text


async def test_translations_without_a_translator_name_the_remedy(at: Callable[..., Any]) -> None:
    _, client = await at()
    with pytest.raises(openai.BadRequestError, match=r"start_all\.sh models"):
        await client.audio.translations.create(model="whisper-1", file=WAV)


async def test_a_server_translates(at: Callable[..., Any], serve_app: Callable[..., Any]) -> None:
    server = SpeechServer()
    _, client = await at(stt_base_url=f"{await serve_app(server.app)}/v1", stt_model="whisper-large")
    found = await client.audio.translations.create(model="whisper-large", file=WAV, response_format="verbose_json")
    assert (found.text, found.language, found.segments[0].text) == ("In English.", "english", "In English.")
    assert server.requests[-1][1][0]["model"] == "whisper-large"


async def test_a_servers_words(at: Callable[..., Any], serve_app: Callable[..., Any]) -> None:
    server = SpeechServer()
    _, client = await at(stt_base_url=f"{await serve_app(server.app)}/v1", stt_engine="openai")
    ask = {"model": "", "file": WAV, "response_format": "verbose_json", "timestamp_granularities": ["word"]}
    found = await client.audio.transcriptions.create(**ask)
    assert [(word.word, word.start) for word in found.words] == [("Hello", 0.0), ("there.", 0.3)]
    server.knows_words = False
    text = await client.audio.transcriptions.create(model="", file=WAV, response_format="srt")
    assert text == "1\n00:00:00,000 --> 00:00:00,500\nHello there.\n\n"
    server.verbose = False
    with pytest.raises(openai.BadRequestError, match="times of words"):
        await client.audio.transcriptions.create(**ask)
    text = await client.audio.transcriptions.create(model="", file=WAV, response_format="srt")
    assert text == "1\n00:00:00,000 --> 00:00:02,000\nHello there.\n\n"


async def test_a_servers_events_are_passed_on_as_they_come(
    at: Callable[..., Any], serve_app: Callable[..., Any]
) -> None:
    server = SpeechServer()
    server.gate = asyncio.Event()
    _, client = await at(stt_base_url=f"{await serve_app(server.app)}/v1", stt_engine="openai")
    async with asyncio.timeout(10):
        stream = aiter(await client.audio.transcriptions.create(model="", file=WAV, stream=True, language="en"))
        first = await anext(stream)
        server.gate.set()
        rest = [event async for event in stream]
    assert first.delta == "Hello there,"
    assert rest[-1].text == "Hello there, this is Anna."
    assert first.delta + "".join(event.delta for event in rest[:-1]) == rest[-1].text
    server.gate = None
    whole = [event async for event in await client.audio.transcriptions.create(model="", file=WAV, stream=True)]
    assert [event.type for event in whole] == ["transcript.text.delta", "transcript.text.done"]
    assert whole[1].text == "Hello there."
    assert len(server.requests) == 2, "who does not stream is not asked twice"


async def test_models(at: Callable[..., Any], tmp_path: Path) -> None:
    make_tiny_whisper(tmp_path / "whisper" / "tiny-random")
    _, client = await at(models_dir=tmp_path)
    found = {model.id: model.owned_by async for model in client.models.list()}
    assert found == {
        "whisper-1": "faster-whisper",
        "tiny-random": "faster-whisper",
        "faster-whisper": "faster-whisper",
        "pocketsphinx": "pocketsphinx",
    }
    one = await client.audio.transcriptions.with_raw_response.create(model="pocketsphinx", file=WAV)
    assert one.headers["x-engine"] == "pocketsphinx"


async def test_whisper_gives_words_and_translates(
    at: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real code on random weights: what it says is noise, when each word was said is within the audio."""
    make_tiny_whisper(tmp_path / "whisper" / "tiny-random")
    _, client = await at(models_dir=tmp_path, stt_engine="faster-whisper")
    speech = ("a.wav", await audio_files.speak("Good morning, this is a test.", "en"))
    found = await client.audio.transcriptions.create(
        model="tiny-random",
        file=speech,
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
        temperature=0.2,
        prompt="Hello",
    )
    assert found.words
    assert all(0 <= word.start <= word.end <= found.duration + 0.1 for word in found.words)
    assert found.segments[0].avg_logprob < 0
    with pytest.raises(openai.BadRequestError, match="English only"):
        await client.audio.translations.create(model="tiny-random", file=speech)
    told = []
    whole = ctranslate2.models.Whisper.generate
    monkeypatch.setattr(ctranslate2.models.Whisper, "is_multilingual", True)
    monkeypatch.setattr(ctranslate2.models.Whisper, "generate", lambda *a, **kw: told.append(a[2]) or whole(*a, **kw))
    english = await client.audio.translations.create(
        model="tiny-random", file=speech, response_format="verbose_json", temperature=0.2, extra_body={"language": "ru"}
    )
    assert (english.task, english.language) == ("translate", "english")
    vocabulary = json.loads((tmp_path / "whisper" / "tiny-random" / "vocabulary.json").read_text())
    assert "<|translate|>" in [vocabulary[token] for token in told[0][0]]
