"""Every operation that a service's own OpenAPI document names, with every field of it wrong in turn."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from bench.attack import values
from bench.attack.target import Findings, Reply, Watch, request

AT_ONCE = 4
PARAMETERS = (
    "%00",
    "%ED%A0%80",
    "%C2%B2",
    "%D9%A1",
    "NaN",
    "inf",
    "-1",
    "1e999",
    str(2**63),
    str(2**64),
    "9" * 5_000,
    "..%2F..%2Fetc%2Fpasswd",
    "%2e%2e",
    "%0d%0aX: 1",
    "%F0%9F%98%80",
    "a" * 5_000,
    "",
    "[]",
    "2026-99-99T00:00:00",
    "+14155550123%00",
    "%",
)
HEADERS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("Content-Length", "-1"),),
    (("Content-Length", "\u00b2"),),
    (("Content-Length", "9" * 30),),
    (("Content-Length", "5"), ("Content-Length", "6")),
    (("Transfer-Encoding", "chunked"),),
    (("Transfer-Encoding", "chunked"), ("Content-Length", "2")),
    (("Content-Type", "\u00b2/\udcff"),),
    (("Content-Type", 'application/json; charset="utf-9"'),),
    (("Content-Type", "multipart/form-data; boundary=" + "x" * 5_000),),
    (("Content-Type", 'multipart/form-data; boundary=""'),),
    (("Content-Type", "application/x-www-form-urlencoded; charset=\u00b2"),),
    (("Content-Encoding", "gzip"),),
    (("Accept", "\u00b2" * 100),),
    (("Accept", "text/csv;q=NaN"),),
    (("Range", "bytes=\u00b2-"),),
    (("Range", "bytes=" + "9" * 5_000 + "-"),),
    (("Range", "bytes=" + ",".join("0-1" for _ in range(1_000))),),
    (("If-None-Match", "\udcff"),),
    (("Idempotency-Key", "k" * 10_000),),
    (("Idempotency-Key", "\u00b2\udcff"),),
    (("Traceparent", "00-" + "f" * 32 + "-" + "g" * 16 + "-zz"),),
    (("X-Request-Id", "\x7f" * 300),),
    (("Authorization", "Bearer \udcff\u00b2"),),
    (("Authorization", "B" * 60_000),),
    (("X-Twilio-Signature", "\u00b2"),),
    (("Cookie", "a=" + "b" * 7_000),),
    (("Expect", "100-continue"),),
    (("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings")),
    (("Host", ""),),
    (("Host", "evil.example"),),
    (("Host", "127.0.0.1@evil.example"),),
    (("Host", "127.0.0.1"), ("Host", "evil.example")),
    (("Origin", "null"),),
    (("Origin", "http://evil.example"),),
    (("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Host", "evil.example")),
)


async def attack(watch: Watch, findings: Findings, *, seed: int, least: int) -> None:
    """Send all of it, AT_ONCE requests at a time."""
    slots = asyncio.Semaphore(AT_ONCE)
    for service in watch.mesh.running:
        port = int(watch.mesh.url(service).rsplit(":", 1)[1])
        answer = await request(port, "GET", "/openapi.json")
        if answer is None or answer.status != 200:
            findings.harmed("no schema", service)
            continue
        document = json.loads(_dechunked(answer))
        async with asyncio.TaskGroup() as group:
            for one in _requests(document, seed, least, trap=watch.trap):
                await slots.acquire()
                task = group.create_task(_one(findings, service, port, one))
                task.add_done_callback(lambda _: slots.release())


async def _one(
    findings: Findings, service: str, port: int, one: tuple[str, str, bytes, tuple[tuple[str, str], ...]]
) -> None:
    method, target, body, headers = one
    reply = await request(port, method, target, body, headers)
    findings.sent["HTTP"] += 1
    what = f"{service} {method} {target[:80]} {headers!s:.80} {body[:60]!r}"
    if reply is None:
        findings.harmed("hang", what)
    elif reply.status >= 500:
        findings.harmed(f"{reply.status}", f"{what} -> {reply.body[-160:]!r}")
    elif reply.status == 0 and not _may_close(headers):
        findings.harmed("lost", what)
    elif 400 <= reply.status < 500 and b'"error"' not in reply.body and not _is_no_services(reply):
        findings.harmed("no envelope", f"{what} -> {reply.status} {reply.body[:100]!r}")
    elif b"evil.example" in reply.head or b"root:" in reply.body:
        findings.harmed("reflected", what)
    elif reply.status < 300 and any("evil.example" in value for name, value in headers if name in ("Host", "Origin")):
        findings.harmed("stranger", f"{what} -> {reply.status}")


def _is_no_services(reply: Reply) -> bool:
    """A page for people, a file's own answer to a bad Range, or uvicorn's to what is no HTTP."""
    return b"text/html" in reply.head or reply.body.startswith(b"Range header") or b"Invalid HTTP request" in reply.body


def _may_close(headers: tuple[tuple[str, str], ...]) -> bool:
    """Headers that break HTTP itself: the server may end the connection."""
    return any(name in ("Content-Length", "Transfer-Encoding", "Upgrade", "Host") for name, _ in headers)


def _dechunked(reply: Reply) -> bytes:
    if b"chunked" not in reply.head.lower():
        return reply.body
    out, rest = b"", reply.body
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        out, rest = out + rest[:length], rest[length + 2 :]
    return out


def _requests(
    document: dict[str, Any], seed: int, least: int, *, trap: str
) -> Iterator[tuple[str, str, bytes, tuple[tuple[str, str], ...]]]:
    for number, (path, item) in enumerate(sorted(document["paths"].items())):
        for method, operation in item.items():
            parameters = operation.get("parameters", [])
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            valid = _example(document, schema, trap) if schema else None
            good = _filled(path, parameters, None, "")
            yield from _wrong_parameters(method.upper(), path, parameters, valid)
            for headers in HEADERS:
                yield method.upper(), good, json.dumps(valid or {}).encode(), headers
            if isinstance(valid, dict):
                for body in values.bodies(valid, seed + number, least):
                    yield method.upper(), good, body, (("Content-Type", "application/json"),)
            for body in (b"a=%ED%A0%80&b=%00", b"a=" + b"1" * 100_000, b"&" * 5_000, b"CallSid=%C2%B2&From=%00"):
                yield method.upper(), good, body, (("Content-Type", "application/x-www-form-urlencoded"),)
            for body in _forms():
                yield method.upper(), good, body, (("Content-Type", "multipart/form-data; boundary=x"),)


def _forms() -> Iterator[bytes]:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n'
    yield b"--x"
    yield b"--x--\r\n"
    yield head % b"a.wav" + b"x" * 100
    yield head % b"../../a\x00.wav" + b"RIFF\r\n--x--\r\n"
    yield head % (b"n" * 100_000) + b"RIFF\r\n--x--\r\n"
    yield (head % b"a" + b"1\r\n") * 200 + b"--x--\r\n"
    yield b'--x\r\nContent-Disposition: form-data; name="\xff\xed\xa0\x80"\r\n\r\n1\r\n' * 50 + b"--x--\r\n"
    yield b'--x\r\nContent-Disposition: form-data; name="language"\r\n\r\n\xed\xa0\x80\r\n--x--\r\n'


def _wrong_parameters(
    method: str, path: str, parameters: list[dict[str, Any]], valid: Any
) -> Iterator[tuple[str, str, bytes, tuple[tuple[str, str], ...]]]:
    body = json.dumps(valid or {}).encode()
    for parameter in parameters:
        for bad in PARAMETERS:
            target = _filled(path, parameters, parameter["name"], bad)
            yield method, target, body, (("Content-Type", "application/json"),)


def _filled(path: str, parameters: list[dict[str, Any]], wrong: str | None, bad: str) -> str:
    query = []
    for parameter in parameters:
        name = parameter["name"]
        value = bad if name == wrong else quote(str(_scalar(parameter.get("schema", {}))))
        if parameter["in"] == "path":
            path = path.replace("{" + name + "}", value or "x")
        elif name == wrong and parameter["in"] == "query":
            query.append(f"{name}={value}")
    return path + ("?" + "&".join(query) if query else "")


def _example(document: dict[str, Any], schema: dict[str, Any], trap: str) -> Any:
    """A value that a schema allows, with all of its fields, the optional ones too."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _example(document, document["components"]["schemas"].get(name, {}), trap)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _example(document, schema[choice][0], trap)
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {}).items()
        return {name: trap if name.endswith("url") else _example(document, inner, trap) for name, inner in properties}
    if schema.get("type") == "array":
        return [_example(document, schema.get("items", {}), trap)]
    return _scalar(schema)


def _scalar(schema: dict[str, Any]) -> Any:
    if "enum" in schema or "const" in schema:
        return schema.get("const", (schema.get("enum") or [""])[0])
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return _scalar(schema[choice][0])
    kind = schema.get("type")
    if kind == "string":
        pattern = str(schema.get("pattern", ""))
        return "en" if "[a-z]{2,3}" in pattern else "0" * 64 if "{64}" in pattern else "attack"
    return {"integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}}.get(str(kind), "attack")
