"""Every service, every POST: bad input gets 4xx in the envelope, and the service lives."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect

from mesh.settings import ports
from simulator.processes import Mesh

KEY = "0" * 64
TARGETS = {
    "gateway": ["/process", "/v1/process", "/v1/sessions", "/v1/sessions/s/close"],
    "stt": ["/process"],
    "lang": ["/process"],
    "gpt": ["/process"],
    "tts": ["/process", "/speech"],
    "lead_sender": ["/process"],
    "call_handler": ["/process"],
    "logger": ["/events"],
    "admin_panel": ["/process"],
}
PAIRS = [(service, path) for service, paths in TARGETS.items() for path in paths]
JSON = {"content-type": "application/json"}


def refused(reply: httpx2.Response) -> None:
    assert 400 <= reply.status_code < 500, (reply.status_code, reply.text[:300])
    error = reply.json()["error"]
    assert set(error) == {"code", "message", "request_id"}
    assert error["message"]


@pytest.mark.parametrize(("service", "path"), PAIRS)
async def test_bodies_that_are_none(mesh: Mesh, http: httpx2.AsyncClient, service: str, path: str) -> None:
    url = mesh.url(service) + path
    bodies: list[bytes] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"12",
        b"\xff\xfe\x00",
        b'{"text": {"a": [1]}}' if "close" not in path else b"[]",
    ]
    optional = path in ("/v1/sessions", "/v1/sessions/s/close")
    for body in bodies:
        reply = await http.post(url, content=body, headers=JSON)
        if not (optional and body.startswith(b"{") and body != b"{"):
            refused(reply)
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
    ):
        refused(await http.post(url, content=b"hello", headers={"content-type": kind}))
    assert (await http.get(mesh.url(service) + "/health")).status_code == 200


@pytest.mark.parametrize(("service", "path"), [*PAIRS, ("storage", "/process")])
async def test_a_forgotten_content_type(mesh: Mesh, http: httpx2.AsyncClient, service: str, path: str) -> None:
    """What curl -d sends without -H: the commonest mistake."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    reply = await http.post(mesh.url(service) + path, content=b'{"text": "hello"}', headers=form)
    refused(reply)
    assert (reply.status_code, reply.json()["error"]["code"]) == (415, "unsupported_media_type")
    assert reply.json()["error"]["message"].startswith(("Send content-type: application/json", "Send application/json"))


@pytest.mark.parametrize(("service", "path"), PAIRS)
async def test_a_hundred_megabytes(mesh: Mesh, service: str, path: str) -> None:
    """Announced or not, it is refused early, and nothing of it is kept."""
    piece = b"x" * 1_000_000

    async def endless() -> Any:
        for _ in range(100):
            yield piece

    url = mesh.url(service) + path
    # curl waits for "100 Continue" with such a body; a client that just sends may see the connection close instead.
    command = [
        "curl",
        "-s",
        "-o",
        "-",
        "-w",
        "\n%{http_code}",
        "-H",
        "content-type: application/json",
        "--data-binary",
        "@-",
        url,
    ]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(piece * 100)
    body, status = out.decode().rsplit("\n", 1)
    assert (status, json.loads(body)["error"]["code"]) == ("413", "too_large")
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        try:
            reply = await http.post(url, content=endless(), headers=JSON)
        except (httpx2.WriteError, httpx2.ReadError, httpx2.RemoteProtocolError):
            pass  # closed while we were still sending: refused as well
        else:
            assert reply.status_code == 413
        assert (await http.get(mesh.url(service) + "/health")).status_code == 200


@pytest.mark.parametrize(
    ("service", "field"),
    [("gateway", "text"), ("lang", "text"), ("gpt", "user_input"), ("tts", "text"), ("admin_panel", "text")],
)
async def test_a_megabyte_of_text(mesh: Mesh, http: httpx2.AsyncClient, service: str, field: str) -> None:
    reply = await http.post(mesh.url(service) + "/process", json={field: "word " * 200_000})
    refused(reply)
    assert (await http.get(mesh.url(service) + "/health")).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/x.mp3",
        "http://localhost/x",
        "http://10.1.2.3/x",
        "http://192.168.0.1/x",
        "http://[::1]/x",
        "file:///etc/passwd",
        "nonsense",
        "http://no-such-host.invalid/a.mp3",
    ],
)
@pytest.mark.parametrize("service", ["stt", "gateway", "call_handler"])
async def test_addresses(mesh: Mesh, http: httpx2.AsyncClient, service: str, url: str) -> None:
    lead = {"name": "A", "phone": "+14155550123"} if service == "call_handler" else {}
    refused(await http.post(mesh.url(service) + "/process", json={"audio_url": url, **lead}))


@pytest.mark.parametrize("service", ["stt", "gateway"])
async def test_files_that_are_no_audio(mesh: Mesh, http: httpx2.AsyncClient, service: str) -> None:
    url = mesh.url(service) + "/process"
    for data in (
        b"This is a text file.\n" * 500,
        b"\0" * 10_000,
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"ID3" + b"\xff" * 5000,
        b"<html></html>",
    ):
        refused(await http.post(url, files={"file": ("call.wav", data, "audio/wav")}))
    refused(await http.post(url, files={"file": ("call.wav", b"", "audio/wav")}))
    refused(await http.post(url, files={"other": ("call.wav", b"x", "audio/wav")}))
    refused(await http.post(url, data={"file": "not a file"}, files={"x": b"1"}))


@pytest.mark.parametrize(
    ("service", "body"),
    [
        ("stt", {"audio_url": "test.mp3", "language": "klingon"}),
        ("tts", {"text": "hi", "language": "xx"}),
        ("gpt", {"user_input": "hi", "language": "EN!"}),
        ("lang", {"text": "hi", "allowed": ["xx"]}),
        ("gateway", {"text": "hi", "language": "1"}),
    ],
)
async def test_unknown_languages(mesh: Mesh, http: httpx2.AsyncClient, service: str, body: dict[str, Any]) -> None:
    refused(await http.post(mesh.url(service) + "/process", json=body))


@pytest.mark.parametrize(
    ("service", "path", "body"),
    [
        ("lang", "/process", '{"text": "hi", "allowed": ["\\ud800"]}'),
        ("gateway", "/v1/sessions/s-1/close", '{"duration_s": NaN}'),
        ("gateway", "/v1/sessions/s-1/close", '{"duration_s": 1e999}'),
        ("gateway", "/v1/sessions/s-1/close", '{"duration_s": -1}'),
        ("lead_sender", "/process", '{"name": "A", "phone": "+14155550123", "partial": NaN}'),
        (
            "logger",
            "/events",
            '{"events": [{"id": "e1234567", "session_id": "s", "type": "t", "at": Infinity, "service": "x"}]}',
        ),
        (
            "logger",
            "/events",
            '{"events": [{"id": "e1234567", "session_id": "s", "type": "t", "at": 1, "service": "x", "data": '
            + '{"a":' * 300
            + "1"
            + "}" * 300
            + "}]}",
        ),
        ("gpt", "/process", '{"user_input": "x", "json_schema": ' + '{"a":' * 40 + "1" + "}" * 40 + "}"),
        ("tts", "/process", '{"text": "a", "speed": ' + "9" * 400 + "}"),
        ("gateway", "/process", '{"text": ' + "[" * 100_000 + "}"),
        ("stt", "/process", '{"audio_url": "\\udfff"}'),
    ],
)
async def test_json_that_only_python_reads(
    mesh: Mesh, http: httpx2.AsyncClient, service: str, path: str, body: str
) -> None:
    refused(await http.post(mesh.url(service) + path, content=body.encode(), headers=JSON))


async def test_numbers_in_other_digits(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    """Python calls "²" a digit, and int() does not take it."""
    key = "0" * 64
    for span in ("bytes=²-", "bytes=-²", "bytes=" + "9" * 5_000 + "-", "bytes=١-٢"):
        reply = await http.get(f"{mesh.url('storage')}/objects/speech/{key}", headers={"range": span.encode()})
        refused(reply)
    form = {"CallSid": "CA00nodigits", "From": "+14155550123", "CallStatus": "completed", "CallDuration": "²"}
    assert (await http.post(mesh.url("call_handler") + "/twilio/status", data=form)).status_code == 204


@pytest.mark.parametrize("token", ["².a.b", "9" * 5_000 + ".a.b", "1.a.é", "..", "😀"])
async def test_tokens_of_a_stream_that_are_none(mesh: Mesh, token: str) -> None:
    start = {"streamSid": "MZ1", "callSid": "CA1", "customParameters": {"token": token}}
    async with connect(mesh.url("call_handler").replace("http", "ws") + "/twilio/media", proxy=None) as socket:
        await socket.send(json.dumps({"event": "start", "start": start}))
        await socket.wait_closed()
        assert socket.close_code == 1008


@pytest.mark.parametrize(
    "event",
    [
        '{"type": "input_audio_buffer.append", "audio": "😀"}',
        '{"type": "input_audio_buffer.append", "audio": "é==="}',
        '{"type": "session.update", "session": {"type": "realtime", "max_output_tokens": 18446744073709551616}}',
        '{"type": "output_audio_buffer.played", "item_id": "i", "audio_end_ms": 1e308}',
        '{"type": "conversation.item.truncate", "item_id": "i", "audio_end_ms": ' + "9" * 300 + "}",
        '{"type": "response.create", "response": {"metadata": {"a": "\\ud800"}}}',
        "[" * 50_000,
        "NaN",
        "",
    ],
)
async def test_an_event_that_makes_no_sense_is_answered_and_the_socket_lives(mesh: Mesh, event: str) -> None:
    async with connect(mesh.url("gateway").replace("http", "ws") + "/v1/realtime", proxy=None) as socket:
        assert json.loads(await socket.recv())["type"] == "session.created"
        await socket.send(event)
        assert json.loads(await socket.recv())["type"] == "error"
        await socket.send('{"type": "input_audio_buffer.clear"}')
        assert json.loads(await socket.recv())["type"] == "input_audio_buffer.cleared"


async def test_strange_texts_are_answered(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    """Not bad input: unusual input. Nothing of it may end in a 5xx."""
    texts = [
        "\0",
        "\u202e\u202d",
        "😀" * 50,
        "a" * 5000,
        "١٢٣٤٥",
        "<script>alert(1)</script>",
        "'; DROP TABLE leads; --",
        "{name}",
        "%s%n",
        "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        "+" * 300,
        "1" * 3000,
        ". " * 1000,
        "-" * 2000,
    ]
    for service, field in (("gateway", "text"), ("lang", "text"), ("gpt", "user_input"), ("tts", "text")):
        for text in texts:
            reply = await http.post(mesh.url(service) + "/process", json={field: text})
            assert reply.status_code in (200, 422), (service, text[:20], reply.status_code, reply.text[:200])


@pytest.mark.parametrize("service", list(ports()))
async def test_every_service_has_health_metrics_docs_and_a_404(
    mesh: Mesh, http: httpx2.AsyncClient, service: str
) -> None:
    base = mesh.url(service)
    health = (await http.get(base + "/health")).json()
    assert (health["service"], health["version"]) == (service, "0.1.0")
    metrics = (await http.get(base + "/metrics")).text
    for name in (
        "mesh_requests_total",
        "mesh_request_seconds_bucket",
        "mesh_requests_in_flight",
        "mesh_errors_total",
        "process_resident_memory_bytes",
    ):
        assert name in metrics
    assert (await http.get(base + "/openapi.json")).status_code == 200
    refused(await http.get(base + "/no/such/path"))
    refused(await http.request("PATCH", base + "/health"))
