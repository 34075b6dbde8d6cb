"""OpenAI's Whisper on a random model; needs PyTorch, which run_tests.sh does not install: see the skip's reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from stt.config import Settings
from stt.main import build
from tests import audio_files

whisper = pytest.importorskip("whisper", reason="uv pip install torch openai-whisper (several GB on Linux)")


async def test_openai_whisper_loads_a_checkpoint_from_disk(
    serve_app: Callable[..., Any], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    import torch

    dims = whisper.model.ModelDimensions(80, 1500, 32, 2, 1, 51865, 448, 32, 2, 1)
    model = whisper.model.Whisper(dims)
    (tmp_path / "whisper").mkdir()
    torch.save({"dims": dims.__dict__, "model_state_dict": model.state_dict()}, tmp_path / "whisper" / "tiny-random.pt")
    url = await serve_app(build(Settings(models_dir=tmp_path, stt_engine="openai-whisper")))
    assert (await http.get(f"{url}/health")).json()["checks"]["engine"]["detail"].startswith("openai-whisper")
    reply = await http.post(
        f"{url}/process", files={"file": ("a.wav", audio_files.make("wav"))}, data={"language": "ru"}
    )
    assert reply.status_code == 200, reply.text
    assert (reply.json()["engine"], reply.json()["language"]) == ("openai-whisper", "ru")
    form = {"response_format": "verbose_json", "timestamp_granularities[]": "word", "temperature": "0.2"}
    audio = {"file": ("a.wav", await audio_files.speak("Good morning", "en"))}
    timed = (await http.post(f"{url}/v1/audio/transcriptions", files=audio, data={**form, "language": "en"})).json()
    assert timed["task"] == "transcribe"
    assert all(word["start"] <= word["end"] for word in timed["words"])
    form = {"response_format": "verbose_json", "temperature": "0.2", "language": "ru"}
    english = (await http.post(f"{url}/v1/audio/translations", files=audio, data=form)).json()
    assert (english["task"], english["language"]) == ("translate", "english")
