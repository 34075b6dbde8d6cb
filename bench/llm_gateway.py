"""What a gateway in front of a model costs: ours and LiteLLM's proxy, side by side: `./bench.sh llm_gateway`.

An instant stand-in answers for the model. Each system has one core to itself (and one process); the load and the
stand-in have the other. A key is checked and usage counted by both. `added` is the latency above that of the bare
stand-in in the same run;
`a core's` are requests per second of CPU, which holds on a busy machine too; `first` is that of a stream's first bytes.

LiteLLM has a venv of its own; without it, ours is measured alone.
"""

import argparse
import asyncio
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson
import yaml
from starlette.types import Receive, Scope, Send

from bench.http_load import Seen, load
from simulator.processes import command, free_port, own_environment

LITELLM = Path(".cache/litellm/bin/litellm")
INSTALL = "uv venv .cache/litellm && VIRTUAL_ENV=.cache/litellm uv pip install 'litellm[proxy]==1.106.*'"
KEY, TOKENS = "sk-bench-0123456789abcdef", 20
CONNECTIONS = (1, 16, 64)
_HEAD: dict[str, Any] = {"id": "chatcmpl-1", "created": 1, "model": "tiny-model"}
_USAGE = {"prompt_tokens": 9, "completion_tokens": TOKENS, "total_tokens": 9 + TOKENS}
_MESSAGE = {"role": "assistant", "content": "word " * TOKENS}
_CHOICE = {"index": 0, "message": _MESSAGE, "finish_reason": "stop"}
_WHOLE = orjson.dumps({**_HEAD, "object": "chat.completion", "choices": [_CHOICE], "usage": _USAGE})
_CHUNK = {**_HEAD, "object": "chat.completion.chunk"}


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + orjson.dumps({**_CHUNK, "choices": [choice]}) + b"\n\n"


_EVENTS = [_event({"role": "assistant", "content": "word "}), *[_event({"content": "word "})] * (TOKENS - 1)]
_EVENTS += [_event({}, "stop")]
_COUNTED = b"data: " + orjson.dumps({**_CHUNK, "choices": [], "usage": _USAGE}) + b"\n\n"


async def instant(scope: Scope, receive: Receive, send: Send) -> None:
    """A model's server that has its answer ready: an ASGI app."""
    if scope["type"] != "http":
        return
    raw = b""
    while (message := await receive())["type"] == "http.request":
        raw += message.get("body", b"")
        if not message.get("more_body"):
            break
    streams = b'"stream":true' in raw.replace(b" ", b"")
    kind = b"text/event-stream" if streams else b"application/json"
    length = [] if streams else [(b"content-length", str(len(_WHOLE)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), *length]})
    if streams:
        for event in _EVENTS:
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await asyncio.sleep(0)
        if b"include_usage" in raw:
            await send({"type": "http.response.body", "body": _COUNTED, "more_body": True})
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n" if streams else _WHOLE})


def request(port: int, *, stream: bool) -> bytes:
    """One, as bytes."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Which dates are free?"}]
    body = json.dumps({"model": "tiny-model", "messages": messages, **({"stream": True} if stream else {})}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {KEY}\r\n"
    return f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def process(arguments: list[str], port: int, core: int, env: dict[str, str]) -> Iterator[int]:
    """One that serves at `port`, on a core of its own; gives its pid."""
    pinned = ["taskset", "-c", str(core), *arguments]
    running = subprocess.Popen(pinned, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if running.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"{arguments[0]} did not start") from None
                time.sleep(0.1)
        yield running.pid
    finally:
        running.terminate()
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def ours(folder: str, model: int) -> tuple[list[str], int, dict[str, str]]:
    """Our gateway, as start_all.sh starts it; it counts requests by key, and has no key refused for their number."""
    port = free_port()
    env = own_environment(folder) | {"LLM_BASE_URL": f"http://127.0.0.1:{model}/v1", "LLM_MODEL": "tiny-model"}
    env |= {"API_KEYS": f"bench:{KEY}", "JWT_SECRET": secrets.token_hex(32)}
    env |= dict.fromkeys(("RATE_PER_KEY", "RATE_PER_USER", "RATE_PER_ADDRESS"), "1000000/second")
    return command("gateway.main:app", port), port, env


def litellm(folder: str, model: int) -> tuple[list[str], int, dict[str, str]]:
    """LiteLLM's proxy, by its own documentation's config."""
    port, file = free_port(), Path(folder, "litellm.yaml")
    server = {"model": "openai/tiny-model", "api_base": f"http://127.0.0.1:{model}/v1", "api_key": "none"}
    config = {
        "model_list": [{"model_name": "tiny-model", "litellm_params": server}],
        "general_settings": {"master_key": KEY},
    }
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    env = own_environment(folder) | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    env |= {"LITELLM_TELEMETRY": "False", "PATH": f"{LITELLM.parent.absolute()}:{os.environ['PATH']}"}
    arguments = ["--config", str(file), "--port", str(port), "--host", "127.0.0.1", "--num_workers", "1"]
    return [str(LITELLM.absolute()), *arguments], port, env


def cpu_s(pid: int) -> float:
    """CPU seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def told(seen: Seen, seconds: float, cpu: float) -> dict[str, float]:
    """Milliseconds, requests a second, and requests a second of CPU: what a whole core would do."""
    count = len(seen.whole)
    found = {
        "requests_s": round(count / seconds, 1),
        "per_core_s": round(count / max(cpu, 0.01), 1),
        "wrong": seen.wrong,
    }
    for name, values in (("whole", seen.whole), ("first", seen.first)):
        cuts = statistics.quantiles(values, n=20) if len(values) > 1 else [0.0] * 19
        found |= {f"{name}_p50": round(1000 * cuts[9], 2), f"{name}_p95": round(1000 * cuts[18], 2)}
    return found


async def measured(port: int, pid: int, seconds: float) -> dict[str, dict[str, float]]:
    """Of one system: by connections, streaming and not."""
    found = {}
    for stream in (False, True):
        for connections in CONNECTIONS:
            await load(port, request(port, stream=stream), connections, min(2.0, seconds))  # it warms up
            before = cpu_s(pid)
            seen = await load(port, request(port, stream=stream), connections, seconds)
            found[f"{'streamed' if stream else 'plain'} {connections}"] = told(seen, seconds, cpu_s(pid) - before)
    return found


def table(found: dict[str, dict[str, dict[str, float]]]) -> str:
    """As Markdown."""
    lines = [
        "| requests, connections | system | requests/s | a core's | added p50 | added p95 | first p50 | first p95 |"
    ]
    lines.append("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for case, bare in found["bare"].items():
        for name, cases in found.items():
            one = cases[case]
            added = [
                "" if name == "bare" else f"{one[key] - bare[key]:+.2f}"
                for key in ("whole_p50", "whole_p95", "first_p50", "first_p95")
            ]
            wrong = f" ({one['wrong']:.0f} failed)" if one["wrong"] else ""
            lines.append(
                f"| {case} | {name} | {one['requests_s']:g}{wrong} | {one['per_core_s']:g} | {' | '.join(added)} |"
            )
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="./bench.sh llm_gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--alone", action="store_true", help="without LiteLLM")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    core, other = cores[0], cores[-1]
    os.sched_setaffinity(0, {other})
    systems = {"ours": ours} | ({} if options.alone or not LITELLM.exists() else {"litellm": litellm})
    if not LITELLM.exists():
        print(f"LiteLLM is not here. {INSTALL}", file=sys.stderr)
    found: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="voiceblock-bench-") as folder, ExitStack() as stack:
        model = free_port()
        uvicorn = [sys.executable, "-m", "uvicorn", "bench.llm_gateway:instant", "--port", str(model), "--lifespan=off"]
        pid = stack.enter_context(process([*uvicorn, "--log-level=error"], model, other, dict(os.environ)))
        found["bare"] = asyncio.run(measured(model, pid, options.seconds))
        for name, start in systems.items():
            arguments, port, env = start(folder, model)
            with process(arguments, port, core, env) as pid:
                found[name] = asyncio.run(measured(port, pid, options.seconds))
    print(json.dumps(found, indent=1) if options.json else table(found))


if __name__ == "__main__":
    main()
