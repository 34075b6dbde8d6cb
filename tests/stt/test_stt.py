import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from mesh.errors import BadInput
from simulator.clouds import SpeechServer, tone
from stt.config import Settings
from stt.main import build
from tests import audio_files
from tests.stt.tiny_whisper import make_tiny_whisper

ALLISON = Path("/usr/share/asterisk/sounds/en_US_f_Allison")


@pytest.fixture
def at(serve_app: Callable[..., Any]) -> Callable[..., Any]:
    """An stt with these settings, on a real port."""

    async def start(**settings: Any) -> str:
        return await serve_app(build(Settings(**settings)))

    return start


@pytest.mark.parametrize("name", audio_files.FORMATS)
async def test_every_format_is_decoded(at: Callable[..., Any], http: httpx2.AsyncClient, name: str) -> None:
    url = await at()
    reply = await http.post(f"{url}/process", files={"file": (f"a.{name}", audio_files.make(name))})
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert body["engine"] == "pocketsphinx"
    assert abs(body["duration_s"] - 1.0) < 0.15


async def test_raw_mulaw_is_known_by_its_content_type_or_name(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    url = await at()
    for name, kind in (("a.ulaw", "application/octet-stream"), ("blob", "audio/basic")):
        reply = await http.post(f"{url}/process", files={"file": (name, b"\xff" * 8000, kind)})
        assert reply.json()["duration_s"] == 1.0


async def test_the_weak_recogniser_says_so_and_refuses_other_languages(
    at: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    url = await at()
    health = (await http.get(f"{url}/health")).json()
    assert health["status"] == "degraded"
    weak = "pocketsphinx; weak: English only, about half the words; ./start_all.sh models"
    assert health["checks"]["engine"]["detail"].startswith(weak)
    assert "openai: neither STT_BASE_URL nor OPENAI_API_KEY is set" in health["checks"]["engine"]["detail"]
    audio = {"file": ("a.wav", audio_files.make("wav"))}
    for language in ({"language": "ru"}, {"expected_language": "ru"}):
        refused = await http.post(f"{url}/process", files=audio, data=language)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "language_not_supported")
        assert "./start_all.sh models" in refused.json()["error"]["message"]
    both = {"language": "en", "expected_language": "ru"}
    assert (await http.post(f"{url}/process", files=audio, data=both)).status_code == 200
    assert (await http.post(f"{url}/process", files=audio, data={"expected_language": "en"})).status_code == 200


async def test_pocketsphinx_gives_words_with_times(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    """It is weak: what is asserted is that a human's words come out as words, in order, within the audio."""
    if not ALLISON.exists():
        pytest.skip("apt-get install asterisk-core-sounds-en-wav")
    url = await at()
    audio = next(ALLISON.rglob("vm-goodbye.wav")).read_bytes()
    body = (await http.post(f"{url}/process", files={"file": ("a.wav", audio)}, data={"language": "en"})).json()
    assert body["language"] == "en"
    assert body["text"] == " ".join(segment["text"] for segment in body["segments"])
    ends = [segment["end_s"] for segment in body["segments"]]
    assert ends
    assert ends == sorted(ends)
    assert ends[-1] <= body["duration_s"] + 0.02


async def test_a_language_without_an_engine_names_the_remedy(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    url = await at()
    reply = await http.post(
        f"{url}/process", files={"file": ("a.wav", audio_files.make("wav"))}, data={"language": "ru"}
    )
    assert reply.status_code == 422
    assert reply.json()["error"]["code"] == "language_not_supported"
    assert "start_all.sh models" in reply.json()["error"]["message"]


async def test_dev_mode_answers_the_test_address(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    url = await at(is_dev=True)
    body = (await http.post(f"{url}/process", json={"audio_url": "test.mp3", "language": "ru"})).json()
    assert body["engine"] == "dev"
    assert "забронировать" in body["text"]
    plain = await at()
    assert (await http.post(f"{plain}/process", json={"audio_url": "test.mp3"})).status_code == 422


async def test_an_openai_compatible_server_is_used_and_told_the_trace(
    at: Callable[..., Any], serve_app: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    server = SpeechServer()
    base = await serve_app(server.app)
    url = await at(stt_base_url=f"{base}/v1", stt_model="whisper-large", openai_api_key="sk-x")
    trace = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
    reply = await http.post(
        f"{url}/process", files={"file": ("a.mp3", audio_files.make("mp3"))}, headers={"traceparent": trace}
    )
    body = reply.json()
    assert (body["text"], body["language"], body["engine"]) == ("Hello there.", "en", "openai")
    form, size, head = server.requests[0][1]
    assert form["model"] == "whisper-large"
    assert size > 30000
    assert head == b"RIFF"
    assert server.headers[0]["authorization"] == "Bearer sk-x"
    assert server.headers[0]["traceparent"].split("-")[1] == "ab" * 16


async def test_a_server_that_knows_no_verbose_json(
    at: Callable[..., Any], serve_app: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    server = SpeechServer()
    server.verbose = False
    url = await at(stt_base_url=f"{await serve_app(server.app)}/v1")
    for _ in range(2):
        reply = await http.post(
            f"{url}/process", files={"file": ("a.wav", audio_files.make("wav"))}, data={"language": "en"}
        )
        assert reply.json()["text"] == "Hello there."
    assert [kind for kind, _ in server.requests] == ["verbose_json", "json", "json"]


async def test_a_failing_engine_is_followed_by_the_next_and_rests(
    at: Callable[..., Any], serve_app: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    server = SpeechServer()
    server.fail = True
    url = await at(stt_base_url=f"{await serve_app(server.app)}/v1")
    for _ in range(3):
        reply = await http.post(f"{url}/process", files={"file": ("a.wav", audio_files.make("wav"))})
        assert reply.json()["engine"] == "pocketsphinx"
    assert len(server.requests) == 1
    health = (await http.get(f"{url}/health")).json()
    assert health["status"] == "degraded"
    detail = health["checks"]["engine"]["detail"]
    assert re.search(
        r"failing: openai \(EngineError: The speech server answered HTTP 5\d\d\., since 20\d\d-.*Z\)", detail
    )


async def test_google(at: Callable[..., Any], serve_app: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    server = SpeechServer()
    url = await at(stt_engine="google", google_api_key="g-key", google_stt_url=await serve_app(server.app))
    body = (await http.post(f"{url}/process", files={"file": ("a.wav", audio_files.make("wav"))})).json()
    assert (body["text"], body["language"]) == ("привет", "ru")
    assert body["segments"] == [{"start_s": 0.0, "end_s": 0.48, "text": "привет"}]
    sent = json.loads(server.requests[0][1])
    assert sent["config"]["languageCode"] == "en-US"
    assert "ru-RU" in sent["config"]["alternativeLanguageCodes"]
    assert server.headers[0]["x-goog-api-key"] == "g-key"


async def test_faster_whisper_loads_a_model_from_disk(
    at: Callable[..., Any], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    """The real loading and decoding code on a random model: what it says is noise, that it says something is not."""
    make_tiny_whisper(tmp_path / "whisper" / "tiny-random")
    url = await at(models_dir=tmp_path, stt_engine="auto")
    health = (await http.get(f"{url}/health")).json()
    assert health["checks"]["engine"]["detail"].startswith("faster-whisper; then pocketsphinx")
    speech = await audio_files.speak("Good morning, this is a test.", "en")
    reply = await http.post(f"{url}/process", files={"file": ("a.wav", speech)}, data={"language": "en"})
    assert reply.status_code == 200, reply.text
    assert (reply.json()["engine"], reply.json()["language"]) == ("faster-whisper", "en")
    # Its vocabulary makes it an English-only model: another language is refused, not transcribed as English.
    refused = await http.post(f"{url}/process", files={"file": ("a.wav", speech)}, data={"language": "ru"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "language_not_supported")


async def test_a_model_that_is_not_there_is_named(
    at: Callable[..., Any], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    make_tiny_whisper(tmp_path / "whisper" / "tiny-random")
    url = await at(models_dir=tmp_path, stt_engine="faster-whisper", stt_model="large")
    reply = await http.post(
        f"{url}/process", files={"file": ("a.wav", audio_files.make("wav"))}, data={"language": "en"}
    )
    assert reply.status_code == 502
    assert "tiny-random" in reply.json()["error"]["message"]


async def test_a_full_queue_is_503_with_retry_after_and_the_rest_is_answered(
    at: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    url = await at(stt_queue=1)
    audio = audio_files.make("wav", seconds=4)
    calls = [http.post(f"{url}/process", files={"file": ("a.wav", audio)}) for _ in range(8)]
    replies = await asyncio.gather(*calls)
    codes = [reply.status_code for reply in replies]
    assert set(codes) == {200, 503}
    busy = next(reply for reply in replies if reply.status_code == 503)
    assert int(busy.headers["retry-after"]) >= 1
    assert busy.json()["error"]["code"] == "busy"
    assert (await http.post(f"{url}/process", files={"file": ("a.wav", audio)})).status_code == 200


async def test_transcribing_does_not_block_the_loop(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    url = await at()
    audio = audio_files.make("wav", seconds=8)
    work = asyncio.create_task(http.post(f"{url}/process", files={"file": ("a.wav", audio)}))
    answered = 0
    while not work.done():
        assert (await http.get(f"{url}/health")).status_code == 200
        answered += 1
    assert answered >= 3


async def test_too_long_audio(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    url = await at(stt_max_audio_s=1)
    for name, data in (("a.wav", audio_files.make("wav", seconds=3)), ("a.ulaw", b"\xff" * 30000)):
        reply = await http.post(f"{url}/process", files={"file": (name, data)})
        assert reply.status_code == 413
        assert reply.json()["error"]["code"] == "too_long"


def test_an_unknown_engine_stops_the_start() -> None:
    with pytest.raises(ValueError, match="no such stt engine: wisper"):
        build(Settings(stt_engine="wisper"))


def test_models_in_memory_are_limited_and_the_least_used_goes() -> None:
    from stt.models import ModelCache

    loaded: list[str] = []

    def load(path: Path) -> str:
        loaded.append(path.name)
        return path.name

    cache = ModelCache(2, load)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert cache.get(Path(name)) == name
    assert loaded == ["a", "b", "c", "b"]


def test_decoding_is_exact_in_length() -> None:
    from mesh import audio
    from stt.decoding import decode

    pcm = decode(audio_files.make("wav", seconds=2), 16000, max_s=10)
    assert pcm.shape == (32000,)
    assert 8500 < abs(pcm).max() < 9500
    with pytest.raises(BadInput):
        decode(b"this is a text file, not audio" * 50, 16000, max_s=10)
    assert np.abs(audio.decode_mulaw(audio.encode_mulaw(np.frombuffer(tone(0.1, 8000), np.int16)), 8000)).max() > 8000
