"""Tunnels, by scripts that stand in for cloudflared and ngrok: where they point, and what is open then."""

import os
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from twilio.request_validator import RequestValidator

from tests.launcher.checkout import Checkout

pytestmark = pytest.mark.slow
TOKEN = "t" * 32
NAMED_TOKEN = "eyJhIjoiMDEyMzQ1Njc4OWFiY2RlZiIsInQiOiIwMTIzIiwicyI6Ik1ERXlNelExTmpjNE9XRmlZMlJsWmc9PSJ9"
QUICK = "INF Requesting new quick Tunnel on https://api.trycloudflare.com ...\nINF |  https://some-words-here.trycloudflare.com  |"
Stand = Callable[[str, str], str]


@pytest.fixture
def stand_in(tmp_path: Path) -> Stand:
    """Makes a program that keeps what it was started with, and prints; the PATH that has it."""

    def make(name: str, prints: str) -> str:
        script = tmp_path / name
        script.write_text(
            f'#!/bin/sh\necho "$*" > {tmp_path}/arguments\necho "$TUNNEL_TOKEN" > {tmp_path}/token\n'
            f"cat >&2 <<'END'\n{prints}\nEND\nexec sleep 100\n"
        )
        script.chmod(0o755)
        return f"{tmp_path}:{os.environ['PATH']}"

    return make


def world(checkout: Checkout) -> str:
    return f"http://127.0.0.1:{8009 + checkout.offset}"


def test_a_tunnel_points_at_the_worlds_port(checkout: Checkout, tmp_path: Path, stand_in: Stand) -> None:
    path = stand_in("cloudflared", QUICK)
    refused = checkout.run("--only", "call_handler", TUNNEL="cloudflared", PATH=path)
    assert refused.returncode == 1
    assert "TWILIO_AUTH_TOKEN" in refused.stderr
    missing = checkout.run("--only", "call_handler", TUNNEL="ngrok", TWILIO_AUTH_TOKEN="t")
    assert "ngrok is not installed" in missing.stderr
    running = checkout.start("--only", "call_handler", TUNNEL="cloudflared", TWILIO_AUTH_TOKEN=TOKEN, PATH=path)
    text = running.until("Ctrl-C stops everything.")
    assert "https://some-words-here.trycloudflare.com/twilio/voice" in text
    assert (tmp_path / "arguments").read_text().strip() == f"tunnel --no-autoupdate --url {world(checkout)}"
    with httpx2.Client(trust_env=False) as http:
        for path_ in ("/health", "/metrics", "/docs", "/calls", "/process", "/browser"):
            assert http.post(world(checkout) + path_).status_code == 404
        assert http.post(world(checkout) + "/twilio/voice", data={"CallSid": "CA1"}).status_code == 403
        form = {"CallSid": "CA1", "CallStatus": "ringing"}
        address = "https://some-words-here.trycloudflare.com/twilio/status"
        headers = {"x-twilio-signature": RequestValidator(TOKEN).compute_signature(address, form)}
        assert http.post(world(checkout) + "/twilio/status", data=form, headers=headers).status_code == 204
        # Our lines want a token from now on: one was made, where its owner alone reads it.
        kept = checkout.folder / "run" / "calls_token"
        assert str(kept.relative_to(checkout.folder)) in text
        assert kept.stat().st_mode & 0o777 == 0o600
        body, calls = {"to": "+14155550150"}, checkout.url("call_handler") + "/calls"
        assert http.post(calls, json=body).status_code == 401
        bearer = {"authorization": f"Bearer {kept.read_text()}"}
        assert http.post(calls, json=body, headers=bearer).status_code == 409, "no account here: but let in"
        assert kept.read_text() not in text
    assert running.interrupt() == 0


def test_a_named_tunnel_has_an_address_of_its_own(
    checkout: Checkout,
    tmp_path: Path,
    stand_in: Stand,
) -> None:
    path = stand_in("cloudflared", "INF Registered tunnel connection connIndex=0 location=fra01")
    base = {"TWILIO_AUTH_TOKEN": TOKEN, "CALLS_TOKEN": "mine", "PATH": path}
    for named, wanted, token in (
        ("voice", f"tunnel --no-autoupdate --url {world(checkout)} run voice", ""),
        (NAMED_TOKEN, "tunnel --no-autoupdate run", NAMED_TOKEN),
    ):
        refused = checkout.run("--only", "call_handler", CLOUDFLARED_TUNNEL=named, **base)
        assert refused.returncode == 1
        assert "CLOUDFLARED_TUNNEL needs PUBLIC_URL" in refused.stderr
        public = {"PUBLIC_URL": "https://calls.example.com"}
        running = checkout.start("--only", "call_handler", CLOUDFLARED_TUNNEL=named, **base, **public)
        text = running.until("Ctrl-C stops everything.")
        assert "https://calls.example.com/twilio/voice" in text
        assert "calls_token" not in text
        assert (tmp_path / "arguments").read_text().strip() == wanted
        assert (tmp_path / "token").read_text().strip() == token
        assert running.interrupt() == 0


def test_ngrok(checkout: Checkout, tmp_path: Path, stand_in: Stand) -> None:
    path = stand_in("ngrok", "lvl=info msg=started url=https://1a2b.ngrok-free.app")
    running = checkout.start("--only", "call_handler", TUNNEL="ngrok", TWILIO_AUTH_TOKEN=TOKEN, PATH=path)
    assert "https://1a2b.ngrok-free.app/twilio/voice" in running.until("Ctrl-C stops everything.")
    assert (tmp_path / "arguments").read_text().strip() == f"http {world(checkout)} --log stdout"
    assert running.interrupt() == 0
