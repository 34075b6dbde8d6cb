import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import onnx
import pytest

from mesh import audio
from mesh.settings import load_config
from mesh.wire.lang import Languages
from simulator.clouds import SpeechServer
from storage.config import Settings as StorageSettings
from storage.main import build as build_storage
from stt.decoding import decode
from tests import audio_files
from tts.config import Settings
from tts.encoding import Encoder
from tts.main import build

COOLDOWN_S = 0.3
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def at(serve_app: Callable[..., Any]) -> Callable[..., Any]:
    """A tts with these settings, on a real port; without a storage unless one is given."""

    async def start(**settings: Any) -> str:
        return await serve_app(build(Settings(**{"storage_url": NOWHERE, **settings})))

    return start


async def say(http: httpx2.AsyncClient, url: str, **request: Any) -> httpx2.Response:
    return await http.post(f"{url}/process", json={"text": "Good morning, how can I help?", **request})


@pytest.mark.parametrize(
    ("form", "kind"), [("mp3", "audio/mpeg"), ("wav", "audio/wav"), ("pcm", "audio/pcm"), ("mulaw", "audio/basic")]
)
async def test_every_format(at: Callable[..., Any], http: httpx2.AsyncClient, form: str, kind: str) -> None:
    reply = await say(http, await at(), format=form)
    assert reply.headers["content-type"].split(";")[0] == kind
    if form == "pcm":
        pcm = decode(audio.wav_header(22050, len(reply.content)) + reply.content, 16000, max_s=30)
    elif form == "mulaw":
        pcm = audio.decode_mulaw(reply.content, 16000)
    else:
        pcm = decode(reply.content, 16000, max_s=30)
    assert 1.2 < len(pcm) / 16000 < 3
    assert np.abs(pcm).max() > 8000


async def test_mp3_is_the_default_and_sample_rates_are_kept(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    url = await at()
    assert (await say(http, url)).headers["content-type"] == "audio/mpeg"
    wav = (await say(http, url, format="wav", sample_rate=8000)).content
    assert int.from_bytes(wav[24:28], "little") == 8000
    assert len(wav) == 44 + int.from_bytes(wav[40:44], "little")


async def test_every_language_of_the_mesh_and_a_hundred_voices(
    at: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    url = await at()
    known = {one.code: one.voices["espeak"] for one in load_config("languages.yaml", Languages).languages}
    assert len(known) >= 7
    for language, voice in known.items():
        reply = await say(http, url, text="Anna 123", language=language, format="pcm")
        assert len(reply.content) > 20000, language
        assert (await say(http, url, text="Anna 123", voice=voice, format="pcm")).status_code == 200, voice
    for language in ("uk", "pl", "tr"):
        reply = await say(http, url, text="Anna 123", language=language, format="pcm")
        assert len(reply.content) > 20000, language
    voices = (await http.get(f"{url}/voices")).json()
    assert voices["engine"] == "espeak"
    assert len(voices["voices"]) >= 100


async def test_health_names_both_settings_that_connect_a_remote_engine(
    at: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    detail = (await http.get(f"{await at()}/health")).json()["checks"]["engine"]["detail"]
    assert "openai: neither TTS_BASE_URL nor OPENAI_API_KEY is set" in detail


async def test_speed(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    url = await at()
    slow, fast = [len((await say(http, url, format="pcm", speed=s)).content) for s in (0.7, 1.6)]
    assert slow > 1.5 * fast


async def test_unknown_voice_and_language_are_clear_errors(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    url = await at()
    reply = await say(http, url, voice="no-such-voice")
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "unknown_voice")
    assert (await http.get(f"{url}/health")).json()["status"] == "ok", "a wrong request is no failure of the engine"
    assert (await say(http, url, language="xx")).status_code == 422
    assert (await say(http, url, text="!!!")).json()["error"]["code"] == "nothing_to_say"


async def test_audio_streams_while_it_is_made(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    """The first piece of a long text comes long before the last."""
    url = await at()
    text = "This is a sentence of a long text. " * 120
    begun = asyncio.get_running_loop().time()
    first = 0.0
    async with http.stream("POST", f"{url}/process", json={"text": text, "format": "mp3"}) as reply:
        async for _ in reply.aiter_bytes():
            first = first or asyncio.get_running_loop().time() - begun
    whole = asyncio.get_running_loop().time() - begun
    assert first < whole / 4


async def test_a_phrase_is_made_once_and_found_in_storage_after_a_restart(
    at: Callable[..., Any], serve_app: Callable[..., Any], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    server = SpeechServer()
    base = f"{await serve_app(server.app)}/v1"
    storage = await serve_app(build_storage(StorageSettings(storage_dir=tmp_path)))
    url = await at(storage_url=storage, tts_base_url=base)
    replies = await asyncio.gather(*(say(http, url) for _ in range(5)))
    replies.append(await say(http, url))
    assert len({reply.content for reply in replies}) == 1
    assert len(server.requests) == 1
    key = replies[0].headers["x-speech-key"]

    async def stored() -> bool:
        return (await http.get(f"{storage}/objects/speech/{key}")).status_code == 200

    from simulator.processes import eventually

    await eventually(stored)
    again = await at(storage_url=storage, tts_base_url=base)
    prepared = (await http.post(f"{again}/speech", json={"text": "Good morning, how can I help?"})).json()
    assert prepared == {"key": key, "content_type": "audio/mpeg", "engine": "cache", "cached": True}
    assert (await http.get(f"{again}/speech/{key}")).content == replies[0].content
    assert len(server.requests) == 1


async def test_speech_of_an_erased_person_leaves_the_memory(
    at: Callable[..., Any], serve_app: Callable[..., Any], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    storage = await serve_app(build_storage(StorageSettings(storage_dir=tmp_path)))
    url = await at(storage_url=storage)
    moment = (await say(http, url, text="My number is 4155550123", keep=False)).headers["x-speech-key"]
    kept = (await say(http, url, text="Thank you, Anna")).headers["x-speech-key"]

    async def stored() -> bool:
        return (await http.get(f"{storage}/objects/speech/{kept}")).status_code == 200

    from simulator.processes import eventually

    await eventually(stored)
    assert (await http.get(f"{url}/speech/{moment}")).status_code == 200
    assert (await http.delete(f"{storage}/objects/speech/{kept}")).json() == {"deleted": True}
    assert (await http.delete(f"{url}/speech")).json()["speeches"] >= 1
    for key in (moment, kept):

        async def forgotten(key: str = key) -> bool:
            return (await http.get(f"{url}/speech/{key}")).status_code == 404

        await eventually(forgotten)


async def test_prepare_gives_an_address_at_once(at: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    url = await at()
    prepared = (await http.post(f"{url}/speech", json={"text": "Hello there", "format": "wav"})).json()
    assert not prepared["cached"]
    reply = await http.get(f"{url}/speech/{prepared['key']}")
    assert reply.content.startswith(b"RIFF")
    missing = await http.get(f"{url}/speech/{'0' * 64}")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "no_such_speech")


@pytest.mark.parametrize(
    ("engine", "settings", "rate"),
    [
        ("openai", {"tts_base_url": "{}/v1", "openai_api_key": "sk-k"}, 24000),
        ("elevenlabs", {"elevenlabs_api_key": "k", "elevenlabs_url": "{}"}, 22050),
        ("azure", {"azure_speech_key": "k", "azure_speech_url": "{}"}, 24000),
        ("google", {"google_api_key": "k", "google_tts_url": "{}"}, 24000),
    ],
)
async def test_the_clouds(
    at: Callable[..., Any],
    serve_app: Callable[..., Any],
    http: httpx2.AsyncClient,
    engine: str,
    settings: dict[str, str],
    rate: int,
) -> None:
    server = SpeechServer()
    base = await serve_app(server.app)
    url = await at(**{name: value.format(base) for name, value in settings.items()})
    reply = await say(http, url, text='Fish & "chips" <b>', language="de", format="pcm", speed=1.1)
    assert reply.headers["x-engine"] == engine
    assert len(reply.content) == rate  # half a second of 16-bit samples
    body = server.requests[0][1].decode()
    assert "chips" in body
    if engine == "azure":
        import xml.etree.ElementTree as ET

        root = ET.fromstring(body)
        assert root[0].attrib["name"] == "de-DE-KatjaNeural"
        assert "".join(root.itertext()) == 'Fish & "chips" <b>'
    else:
        assert "de" in json.dumps(json.loads(body)) or engine == "openai"


async def test_google_translates_mp3_is_spoken(
    at: Callable[..., Any], http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gtts", reason="uv pip install -r tts/requirements-gtts.txt")
    sent = [audio_files.make("mp3", seconds=1), b"an excuse instead of a sound"]
    monkeypatch.setattr("gtts.gTTS.write_to_fp", lambda _, file: file.write(sent.pop(0)))
    url = await at(tts_engine="gtts,espeak")
    reply = await say(http, url, format="pcm")
    assert reply.headers["x-engine"] == "gtts"
    assert abs(len(reply.content) - 2 * 24_000) < 0.2 * 24_000
    assert (await say(http, url, text="And now?")).headers["x-engine"] == "espeak", "what is no mp3 is a failed engine"


async def test_a_failing_cloud_is_covered_by_espeak_and_not_cached_under_its_name(
    monkeypatch: pytest.MonkeyPatch,
    at: Callable[..., Any],
    serve_app: Callable[..., Any],
    http: httpx2.AsyncClient,
    tmp_path: Path,
) -> None:
    server = SpeechServer()
    server.fail = True
    monkeypatch.setattr("mesh.engines.COOLDOWN_S", COOLDOWN_S)
    storage = await serve_app(build_storage(StorageSettings(storage_dir=tmp_path)))
    url = await at(tts_base_url=f"{await serve_app(server.app)}/v1", storage_url=storage)
    reply = await say(http, url)
    assert reply.headers["x-engine"] == "espeak"
    key = reply.headers["x-speech-key"]
    await asyncio.sleep(0.2)
    assert (await http.get(f"{storage}/objects/speech/{key}")).status_code == 404
    assert (await http.get(f"{url}/speech/{key}")).content == reply.content, "its address works all the same"
    server.fail = False
    await asyncio.sleep(COOLDOWN_S + 0.1)
    assert (await say(http, url)).headers["x-engine"] == "openai", "not the stand-in's voice from memory"


async def test_piper_loads_a_voice_from_disk(at: Callable[..., Any], http: httpx2.AsyncClient, tmp_path: Path) -> None:
    """The real loading and phonemising code on a random network with Piper's inputs and outputs."""
    make_piper_voice(tmp_path / "piper" / "en_US-tiny-medium.onnx")
    url = await at(models_dir=tmp_path)
    assert (await http.get(f"{url}/voices")).json()["voices"] == [
        {"name": "en_US-tiny-medium", "language": "en-us", "gender": ""}
    ]
    reply = await say(http, url, format="pcm")
    assert reply.headers["x-engine"] == "piper"
    assert len(reply.content) > 1000
    assert (await say(http, url, language="ru")).headers["x-engine"] == "espeak"


def make_piper_voice(path: Path) -> None:
    """input (1, phonemes) -> 256 samples of noise a phoneme."""
    path.parent.mkdir(parents=True)
    helper, proto = onnx.helper, onnx.TensorProto
    inputs = [
        helper.make_tensor_value_info("input", proto.INT64, [1, "n"]),
        helper.make_tensor_value_info("input_lengths", proto.INT64, [1]),
        helper.make_tensor_value_info("scales", proto.FLOAT, [3]),
    ]
    output = helper.make_tensor_value_info("output", proto.FLOAT, [1, 1, "t"])
    shape = helper.make_tensor("shape", proto.INT64, [3], [1, 1, -1])
    wide = helper.make_tensor("wide", proto.INT64, [2], [1, 256])
    nodes = [
        helper.make_node("Tile", ["input", "wide"], ["tiled"]),
        helper.make_node("Reshape", ["tiled", "shape"], ["shaped"]),
        helper.make_node("Cast", ["shaped"], ["floats"], to=proto.FLOAT),
        helper.make_node("Sin", ["floats"], ["output"]),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, [output], [shape, wide])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    ids = {
        chr(code): [index + 3]
        for index, code in enumerate([*range(32, 127), *range(0x250, 0x2B0), 0x2C8, 0x2CC, 0x2D0, 0xE6, 0xF0, 0x14B])
    }
    config = {
        "audio": {"sample_rate": 22050},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": {"_": [0], "^": [1], "$": [2], **ids},
        "num_symbols": 256,
        "num_speakers": 1,
        "speaker_id_map": {},
    }
    path.with_name(path.name + ".json").write_text(json.dumps(config))


def test_encoding_takes_pieces_of_any_length() -> None:
    data = (np.sin(np.arange(22050) / 20) * 9000).astype(np.int16).tobytes()
    whole = Encoder("mulaw", 22050, None)
    expected = whole.feed(data) + whole.end()
    cut = Encoder("mulaw", 22050, None)
    pieces = b"".join(cut.feed(data[i : i + 333]) for i in range(0, len(data), 333)) + cut.end()
    assert len(pieces) == len(expected)
    apart = audio.decode_mulaw(pieces, 8000).astype(int) - audio.decode_mulaw(expected, 8000)
    assert np.abs(apart).max() <= 512  # one step of the coarsest code
    assert abs(len(expected) - 8000) < 20
