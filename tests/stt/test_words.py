"""When each word was said, by the engines that need no Whisper."""

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import orjson
import pytest

from simulator.clouds import SpeechServer
from stt.config import Settings
from stt.engines import Job
from stt.engines.pocketsphinx import PocketSphinx
from stt.main import build
from stt.workers import Workers
from tests import audio_files

FILE = {"file": ("a.wav", audio_files.make("wav", seconds=3))}


class FakeRecogniser:
    """Vosk's: an utterance each second, and none at the end."""

    def __init__(self, *_: object) -> None:
        self._second = -1

    def SetWords(self, words: bool) -> None:  # noqa: N802 (Vosk's name), FBT001
        assert words

    def AcceptWaveform(self, data: bytes) -> bool:  # noqa: N802
        assert len(data) == 32_000
        self._second += 1
        return True

    def Result(self) -> bytes:  # noqa: N802
        words = [
            {"word": word, "start": self._second + i * 0.3, "end": self._second + i * 0.3 + 0.2, "conf": 1.0}
            for i, word in enumerate(("guten", "tag"))
        ]
        return orjson.dumps({"result": words, "text": "guten tag"})

    def FinalResult(self) -> bytes:  # noqa: N802
        return b'{"text": ""}'


@pytest.fixture
def vosk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A stand-in for the package, and a folder with a German model."""
    fake = ModuleType("vosk")
    fake.__spec__ = ModuleSpec("vosk", None)
    fake.SetLogLevel = fake.Model = lambda _: None  # type: ignore[attr-defined]
    fake.KaldiRecognizer = FakeRecogniser  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "vosk", fake)
    model = tmp_path / "vosk" / "de" / "am" / "final.mdl"
    model.parent.mkdir(parents=True)
    model.touch()
    return tmp_path


async def test_vosk(serve_app: Callable[..., Any], http: httpx2.AsyncClient, vosk: Path) -> None:
    url = await serve_app(build(Settings(models_dir=vosk, stt_engine="vosk")))
    plain = (await http.post(f"{url}/process", files=FILE)).json()
    assert plain["text"] == " ".join(["guten tag"] * 3)
    assert plain["segments"][1] == {"start_s": 1.0, "end_s": 1.5, "text": "guten tag"}
    timed = (await http.post(f"{url}/process", files=FILE, data={"words": "true"})).json()
    assert timed["segments"][1]["words"][1] == {"text": "tag", "start_s": 1.3, "end_s": 1.5}
    stream = await http.post(f"{url}/v1/audio/transcriptions", files=FILE, data={"stream": "true"})
    deltas = [orjson.loads(line[6:]).get("delta") for line in stream.text.split("\n\n") if line]
    assert deltas == ["guten tag", " guten tag", " guten tag", None]
    refused = await http.post(f"{url}/v1/audio/translations", files=FILE)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "cannot_translate")


async def test_google(serve_app: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    server = SpeechServer()
    address = await serve_app(server.app)
    url = await serve_app(build(Settings(stt_engine="google", google_api_key="k", google_stt_url=address)))
    form = {"response_format": "verbose_json", "timestamp_granularities[]": "word"}
    found = (await http.post(f"{url}/v1/audio/transcriptions", files=FILE, data=form)).json()
    assert (found["language"], found["words"]) == ("russian", [{"word": "привет", "start": 0.1, "end": 0.4}])
    assert orjson.loads(server.requests[0][1])["config"]["enableWordTimeOffsets"] is True


async def test_pocketsphinx() -> None:
    """It is weak: what is asserted is that words come in order, parted where there is a pause."""
    from stt.decoding import decode

    speech = await audio_files.speak("Good morning. How are you today, my friend?", "en")
    engine = PocketSphinx(Settings(), Workers(1, 1))
    found = await engine.transcribe(decode(speech, 16_000, max_s=30), Job(words="needed"))
    words = [word for segment in found.segments for word in segment.words or ()]
    assert found.text == " ".join(word.text for word in words)
    starts = [word.start_s for word in words]
    assert starts == sorted(starts)
