"""Twilio's webhooks over the running mesh, signed and checked by Twilio's own package."""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response
from twilio.request_validator import RequestValidator

from call_handler.config import Settings
from call_handler.main import build
from simulator.processes import Mesh, eventually
from simulator.webhooks import Twilio
from tests import audio_files

TOKEN = "0123456789abcdef0123456789abcdef"


def sid() -> str:
    return "CA" + uuid.uuid4().hex


async def post(http: httpx2.AsyncClient, url: str, call: str, **form: str) -> ET.Element:
    reply = await http.post(url, data={"CallSid": call, "From": "+14155550123", "To": "+18005550199", **form})
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("application/xml")
    return ET.fromstring(reply.text)


def action(document: ET.Element) -> str:
    gather = document.find("Gather")
    assert gather is not None
    return gather.attrib["action"]


async def test_a_whole_call_by_gather(mesh: Mesh) -> None:
    lines = iter(["Hello, my name is Anna", "", "4155550123", "Yalta", "from 1 to 10 July", "yes"])
    twilio = Twilio(mesh.url("call_handler"))
    call = await twilio.call(lambda: next(lines, None))
    await twilio.aclose()
    assert call.hung_up_by == "us"
    assert all(said.audio for said in call.said if said.who == "assistant"), "in our own voice"
    async with httpx2.AsyncClient(trust_env=False) as http:
        lead = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": call.sid})).json()["leads"][0]
        events = (await http.get(mesh.url("logger") + f"/sessions/{call.sid}/events")).json()["events"]
    assert (lead["partial"], lead["fields"]["name"], lead["fields"]["phone"]) == (False, "Anna", "+14155550123")
    assert [e["type"] for e in events if e["type"] not in ("timings", "summary")] == [  # these come when they come
        "opened",
        "turn",
        "silence",
        *["turn"] * 4,
        "closed",
    ]


async def test_a_caller_who_hangs_up_leaves_a_partial_lead(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    lines = iter(["меня зовут Анна", None])
    twilio = Twilio(mesh.url("call_handler"), caller="+79031234567")
    call = await twilio.call(lambda: next(lines), query="?language=ru")
    await twilio.aclose()
    lead = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": call.sid})).json()["leads"][0]
    assert (lead["partial"], lead["fields"]) == (True, {"name": "Анна", "caller": "+79031234567"})


async def test_gather_is_what_twilio_documents(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    document = await post(http, mesh.url("call_handler") + "/twilio/voice?language=de", sid())
    gather = document.find("Gather")
    assert gather is not None
    assert gather.attrib["input"] == "dtmf speech"
    assert gather.attrib["language"] == "de-DE"
    assert gather.attrib["actionOnEmptyResult"] == "true"
    play = gather.find("Play")
    assert play is not None
    audio = await http.get(mesh.url("call_handler") + (play.text or ""))
    assert (audio.status_code, audio.headers["content-type"]) == (200, "audio/mpeg")


async def test_silence_is_asked_about_and_ends_the_call(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    base, call = mesh.url("call_handler"), sid()
    document = await post(http, base + "/twilio/voice", call)
    for _ in range(2):
        document = await post(http, base + action(document), call)
    last = await post(http, base + action(document), call)
    assert [element.tag for element in last] == ["Say", "Hangup"]
    document = await post(http, base + action(document), call, SpeechResult="Anna")
    assert "silences=0" in action(document)


async def test_record_mode(mesh: Mesh, http: httpx2.AsyncClient, serve_app: Callable[..., Any]) -> None:
    """Twilio records, we fetch with the account's credentials and let our stt hear it."""
    cloud, asked = FastAPI(), []

    @cloud.get("/2010-04-01/Accounts/AC1/Recordings/RE1")
    async def recording(request: Request) -> Response:
        asked.append(request.headers.get("authorization"))
        if len(asked) == 1:
            return Response(status_code=404)  # not ready yet
        return Response(await audio_files.speak("yes", "en"), media_type="audio/wav")

    api = await serve_app(cloud)
    settings = Settings(
        twilio_api_url=api,
        twilio_account_sid="AC1",
        twilio_auth_token=TOKEN,
        gateway_url=mesh.url("gateway"),
        twilio_mode="record",
    )
    base = await serve_app(build(settings))
    twilio = SignedPoster(http, base)
    call = sid()
    document = await twilio.post("/twilio/voice", CallSid=call)
    record, redirect = document.find("Record"), document.find("Redirect")
    assert record is not None
    assert redirect is not None
    assert record.attrib["playBeep"] == "false"
    heard = await twilio.post(
        record.attrib["action"], CallSid=call, RecordingUrl=f"{api}/2010-04-01/Accounts/AC1/Recordings/RE1"
    )
    assert heard.find("Record") is not None
    assert len(asked) == 2
    assert asked[0].startswith("Basic ")
    elsewhere = await twilio.post(record.attrib["action"], CallSid=call, RecordingUrl="http://127.0.0.1:1/x")
    assert elsewhere.find("Say") is not None, "an apology, and no request to an address that is not Twilio's"
    assert list(await twilio.post(record.attrib["action"], CallSid=call, Digits="hangup")) == []


class SignedPoster:
    """Posts as Twilio does, signed by Twilio's own package."""

    def __init__(self, http: httpx2.AsyncClient, base: str, public: str | None = None) -> None:
        self._http, self._base, self._public = http, base, public or base

    async def send(self, path: str, token: str = TOKEN, **form: str) -> httpx2.Response:
        signature = RequestValidator(token).compute_signature(self._public + path, form)
        return await self._http.post(self._base + path, data=form, headers={"X-Twilio-Signature": signature})

    async def post(self, path: str, **form: str) -> ET.Element:
        reply = await self.send(path, **form)
        assert reply.status_code == 200, reply.text
        return ET.fromstring(reply.text)


@pytest.fixture
async def signed(mesh: Mesh, serve_app: Callable[..., Any]) -> str:
    settings = Settings(
        twilio_auth_token=TOKEN, public_url="https://calls.example.com", gateway_url=mesh.url("gateway")
    )
    url: str = await serve_app(build(settings))
    return url


async def test_signatures_are_checked_as_twilio_makes_them(signed: str, http: httpx2.AsyncClient) -> None:
    """Behind a proxy the signature is over the public address, query included."""
    twilio = SignedPoster(http, signed, "https://calls.example.com")
    path = "/twilio/voice?language=ru&mode=gather"
    assert (await twilio.send(path, CallSid=sid(), From="+79031234567")).status_code == 200
    for reply in (
        await twilio.send(path, token="f" * 32, CallSid=sid()),
        await http.post(signed + path, data={"CallSid": sid()}),
        await SignedPoster(http, signed).send(path, CallSid=sid()),
    ):
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "bad_signature")
    for path in ("/twilio/turn", "/twilio/recording", "/twilio/status"):
        assert (await http.post(signed + path, data={"CallSid": sid()})).status_code == 403


@pytest.mark.parametrize("headers", [{"x-forwarded-for": "203.0.113.9"}, {"cf-connecting-ip": "203.0.113.9"}])
async def test_without_a_token_only_this_machine_is_served(
    mesh: Mesh, http: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    url = mesh.url("call_handler") + "/twilio/voice"
    assert (await http.post(url, data={"CallSid": sid()})).status_code == 200
    reply = await http.post(url, data={"CallSid": sid()}, headers=headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "loopback_only")


@pytest.fixture
def without_gateway(mesh: Mesh) -> Iterator[Mesh]:
    mesh.kill("gateway")
    yield mesh
    mesh.start("gateway")


async def test_gateway_down_is_an_apology_a_retry_and_a_promise(
    without_gateway: Mesh, http: httpx2.AsyncClient
) -> None:
    base, call = without_gateway.url("call_handler"), sid()
    first = await post(http, base + "/twilio/turn?language=fr", call, SpeechResult="je m'appelle Anne")
    redirect = first.find("Redirect")
    assert redirect is not None
    assert redirect.text is not None
    assert "Anne" not in redirect.text, "what callers say stands in no address"
    last = await post(http, base + redirect.text, call)
    assert [element.tag for element in last] == ["Say", "Hangup"]
    assert last[0].attrib["language"] == "fr-FR"
    lead = (await http.get(without_gateway.url("lead_sender") + "/leads", params={"session_id": call})).json()["leads"][
        0
    ]
    assert (lead["fields"], lead["partial"]) == ({"phone": "+14155550123"}, True)


async def test_gateway_back_after_the_apology_the_turn_is_taken(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    base, call = mesh.url("call_handler"), sid()
    mesh.kill("gateway")
    first = await post(http, base + "/twilio/turn?language=en", call, SpeechResult="my name is Anna")
    mesh.start("gateway")
    redirect = first.find("Redirect")
    assert redirect is not None
    second = await post(http, base + (redirect.text or ""), call)
    assert second.find("Gather") is not None
    lead = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": call})).json()["leads"][0]
    assert lead["fields"]["name"] == "Anna"


async def test_tts_down_twilio_reads_the_text(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    mesh.kill("tts")
    try:
        document = await post(http, mesh.url("call_handler") + "/twilio/voice?language=ru", sid())
    finally:
        mesh.start("tts")
    say = document.find("Gather/Say")
    assert say is not None
    assert (say.attrib["language"], say.attrib["voice"]) == ("ru-RU", "Polly.Tatyana")
    assert (say.text or "").startswith("Здравствуйте")


async def test_speech_is_played_though_tts_is_gone_by_then(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    document = await post(http, mesh.url("call_handler") + "/twilio/voice?language=es", sid())
    play = document.find("Gather/Play")
    assert play is not None

    async def stored() -> bool:
        key = (play.text or "").rsplit("/", 1)[1]
        return (await http.get(mesh.url("storage") + f"/objects/speech/{key}")).status_code == 200

    await eventually(stored)
    mesh.kill("tts")
    try:
        audio = await http.get(mesh.url("call_handler") + (play.text or ""))
    finally:
        mesh.start("tts")
    assert (audio.status_code, audio.headers["content-type"]) == (200, "audio/mpeg")


async def test_the_end_of_a_call_is_told_though_gateway_was_down(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    base, call = mesh.url("call_handler"), sid()
    await post(http, base + "/twilio/voice", call)
    mesh.kill("gateway")
    ended = await http.post(base + "/twilio/status", data={"CallSid": call, "CallStatus": "completed"})
    assert ended.status_code == 204
    mesh.start("gateway")

    async def closed() -> bool:
        found = (await http.get(mesh.url("logger") + f"/sessions/{call}/events")).json()["events"]
        return any(event["type"] == "closed" for event in found)

    await eventually(closed)


@pytest.mark.parametrize("form", [{}, {"CallSid": ""}, {"CallSid": "x" * 65}, {"CallSid": "../../etc"}])
async def test_what_is_no_call(mesh: Mesh, http: httpx2.AsyncClient, form: dict[str, str]) -> None:
    for path in ("/twilio/voice", "/twilio/turn", "/twilio/status"):
        reply = await http.post(mesh.url("call_handler") + path, data={"CallStatus": "completed", **form})
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "no_call")


async def test_the_recorded_chain(mesh: Mesh, http: httpx2.AsyncClient, serve_app: Callable[..., Any]) -> None:
    """`/process` in Dev Mode: all five services answer, and the lead is simulated nowhere but saved."""
    urls = {f"{name}_url": mesh.url(name) for name in ("gateway", "lang", "gpt", "tts", "lead_sender")}
    from stt.config import Settings as SttSettings
    from stt.main import build as build_stt

    stt = await serve_app(build_stt(SttSettings(is_dev=True)))
    base = await serve_app(build(Settings(is_dev=True, stt_url=stt, **urls)))
    body = {"audio_url": "test.mp3", "name": "Anna", "phone": "+14155550123", "city": "Yalta", "dates": "2027-07-01"}
    for sent in (body, {}):
        reply = (await http.post(f"{base}/process", json=sent)).json()
        assert reply["stt"] == "Hello, I would like to book a room for two."
        assert reply["lang"] == "en"
        assert isinstance(reply["gpt"], str)
        assert reply["gpt"]
        assert reply["tts_audio_status"] == "ok"
        assert reply["lead_sender"]["status"] == "lead saved"
        assert reply["lead_sender"]["lead"]["name"] == "Anna"
    assert reply["lead_sender"]["lead"]["phone"] == "+14155550123"
    assert reply["lead_sender"]["lead"]["city"] == "Yalta"
    assert reply["lead_sender"]["lead"]["dates"] == "2027-07-01/2027-07-10"
    bad = await http.post(f"{base}/process", json={**body, "phone": "12"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "invalid_phone")
    dead = await http.post(f"{base}/process", json={**body, "audio_url": "http://127.0.0.1/x.mp3", "name": "Dead"})
    assert (dead.status_code, dead.json()["error"]["code"]) == (422, "forbidden_url")
    assert "The lead is saved" in dead.json()["error"]["message"]


@pytest.mark.slow
async def test_a_promise_and_the_end_of_a_call_outlive_call_handler(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    call, base = sid(), mesh.url("call_handler")
    await post(http, base + "/twilio/voice?mode=gather", call)
    mesh.kill("gateway", "lead_sender")
    try:
        again = await post(http, base + "/twilio/turn?mode=gather&language=en&failures=1", call, SpeechResult="Anna")
        assert again.find("Hangup") is not None
        form = {"CallSid": call, "CallStatus": "completed", "CallDuration": "7"}
        assert (await http.post(base + "/twilio/status", data=form)).status_code == 204
        assert not (await http.get(base + "/health")).json()["checks"]["promises"]["ok"]
        mesh.kill("call_handler")
        mesh.start("call_handler")
        assert not (await http.get(base + "/health")).json()["checks"]["promises"]["ok"]
    finally:
        mesh.start(*({"gateway", "lead_sender", "call_handler"} - mesh.running.keys()))

    async def kept() -> bool:
        leads = await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": call})
        events = await http.get(mesh.url("logger") + f"/sessions/{call}/events")
        ends = [event["data"] for event in events.json()["events"] if event["type"] == "closed"]
        phones = [lead["fields"].get("phone") for lead in leads.json()["leads"]]
        return phones == ["+14155550123"] and ends == [{"reason": "completed", "duration_s": 7.0}]

    await eventually(kept, 20)


async def test_an_empty_body_is_dev_modes(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    reply = await http.post(mesh.url("call_handler") + "/process", json={})
    message = reply.json()["error"]["message"]
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "invalid_request")
    assert all(word in message for word in ("audio_url", "name", "phone", "IS_DEV=true")), message


async def test_test_mp3_is_dev_modes(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    """Outside of it the message says so, and no lead of nobody is saved."""
    name = uuid.uuid4().hex
    body = {"audio_url": "test.mp3", "name": name, "phone": "+14155550123"}
    for service in ("call_handler", "stt", "gateway"):
        reply = await http.post(
            mesh.url(service) + "/process", json=body if service == "call_handler" else {"audio_url": "test.mp3"}
        )
        assert (reply.status_code, reply.json()["error"]["code"]) == (422, "dev_mode_only")
        assert "IS_DEV=true" in reply.json()["error"]["message"]
    assert name not in (await http.get(mesh.url("lead_sender") + "/leads")).text
    assert (await http.post(mesh.url("call_handler") + "/process", json={})).status_code == 422
