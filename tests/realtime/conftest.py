"""A mesh whose recogniser is the ideal one, and the voices that it knows."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from mesh.audio import decode_mulaw
from simulator.clouds import TwilioApi
from simulator.models import Backends
from simulator.processes import Mesh
from simulator.stream import Phone
from simulator.voices import trimmed

LINES = {
    "name": "My name is Catherine Miller.",
    "phone": "four one five five five five zero one two three",
    "city": "I want to go to Yalta.",
    "dates": "From July 1 to July 10.",
    "yes": "Yes, that is right.",
    "stop": "Wait, stop please.",
    "mhm": "Mhm.",
}


TOKEN = "a-token-of-twilio"
LINES_TOKEN = "a-token-of-ours"
BEARER = {"authorization": f"Bearer {LINES_TOKEN}"}
DESK = {
    "name": "desk",
    "default_language": "en",
    "languages": {"en": {"greeting": "Help desk.", "prompt": "Help.", "done": "Thank you. Goodbye!"}},
    "recording": {"consent": {"en": "This call is recorded."}},
    "transfer": {"number": "+14155550177", "keywords": {"en": ["stop"]}, "announce": "text"},
    "machine": {"then": "message", "message": {"en": "Please call the help desk."}},
}


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """An app on a thread of its own; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def backends() -> Iterator[tuple[Backends, str]]:
    made = Backends()
    with serving(made.app) as url:
        yield made, f"{url}/v1"


@pytest.fixture(scope="session")
def twilio_api() -> Iterator[tuple[TwilioApi, str]]:
    made = TwilioApi()
    with serving(made.app) as url:
        yield made, url


@pytest.fixture(scope="session")
def line(
    tmp_path_factory: pytest.TempPathFactory, backends: tuple[Backends, str], twilio_api: tuple[TwilioApi, str]
) -> Iterator[Mesh]:
    """A mesh whose recogniser is the ideal one, with an account at a Twilio of ours."""
    folder = tmp_path_factory.mktemp("calls")
    scenarios = folder / "scenarios"
    shutil.copytree("config/scenarios", scenarios)
    (scenarios / "desk.yaml").write_text(json.dumps(DESK))
    account = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_PHONE_NUMBER": "+18005550199"}
    running = Mesh(folder, STT_BASE_URL=backends[1], TWILIO_API_URL=twilio_api[1], **account)
    running.env |= {
        "PUBLIC_URL": running.world,
        "SCENARIOS_DIR": str(scenarios),
        "CALLS_TOKEN": LINES_TOKEN,
    }
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def phone(line: Mesh) -> Phone:
    return Phone(line.world, TOKEN)


@pytest.fixture(scope="session")
def said(line: Mesh, backends: tuple[Backends, str]) -> dict[str, bytes]:
    """What the caller says, as mu-law; the recogniser learns it."""
    made = {}
    with httpx2.Client(timeout=20, trust_env=False) as http:
        for name, text in LINES.items():
            body = {"text": text, "language": "en", "format": "mulaw", "voice": "en-us+m7"}
            audio = http.post(line.url("tts") + "/process", json=body).raise_for_status().content
            audio = trimmed(decode_mulaw(audio, 8000))
            made[name] = audio
            backends[0].learn(text, decode_mulaw(audio, 16000))
    return made
