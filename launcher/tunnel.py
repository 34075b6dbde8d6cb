"""A tunnel from the world to call_handler's port for it: TUNNEL=cloudflared or ngrok, or CLOUDFLARED_TUNNEL."""

import asyncio
import os
import re
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from call_handler.config import Settings
from launcher.processes import RUN
from launcher.supervisor import StartError, check_port
from mesh.addresses import port_offset, setting
from mesh.settings import reason

PATIENCE_S = 30.0
TOKEN_FILE = RUN / "calls_token"
_QUICK = re.compile(r"https://(?!api\.)[a-z0-9-]+\.trycloudflare\.com")
_NGROK = re.compile(r"https://[A-Za-z0-9.-]+\.ngrok[A-Za-z0-9.-]*")
_REGISTERED = re.compile("Registered tunnel connection")
_TOKEN = re.compile(r"eyJ[A-Za-z0-9+/=_-]{50,}")
"""A tunnel's token, as Cloudflare's dashboard gives it; anything else is a tunnel's name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A tunnel to be opened. `found` is a line that says that it is open: its address, where `url` has none."""

    command: list[str]
    found: re.Pattern[str]
    url: str = ""
    env: dict[str, str] = field(default_factory=dict)


class Tunnel:
    """The tunnel's process and the address that it got."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self._process, self.url = process, url
        # Its output is read on, or it would block when the pipe is full.
        self._reader = asyncio.create_task(_drain(process))

    async def close(self) -> None:
        """End it."""
        self._reader.cancel()
        if self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


def planned() -> Plan | None:
    """The tunnel that is wanted. Raises StartError for one that cannot be, or would be open to anybody."""
    kind, name = setting("call_handler", "TUNNEL"), setting("call_handler", "CLOUDFLARED_TUNNEL")
    kind = kind or ("cloudflared" if name else "")
    if not kind:
        return None
    if kind not in ("cloudflared", "ngrok"):
        raise StartError(f"TUNNEL={kind} is not known: it is cloudflared or ngrok.")
    settings = _settings()
    if not settings.twilio_auth_token.get_secret_value():
        raise StartError("A tunnel needs TWILIO_AUTH_TOKEN in .env: without it anybody could place calls here.")
    if not settings.public_port:
        raise StartError("A tunnel needs the world's port: PUBLIC_PORT is 0.")
    if kind == "cloudflared" and name and not settings.public_url:
        raise StartError("CLOUDFLARED_TUNNEL needs PUBLIC_URL in .env too: the hostname that the tunnel has there.")
    if shutil.which(kind) is None:
        raise StartError(f"{kind} is not installed (or not on the PATH): install it, or start without TUNNEL.")
    port = settings.public_port + port_offset()
    check_port(port, "call_handler")  # or the tunnel would open somebody else's to the world
    here = f"http://127.0.0.1:{port}"
    if kind == "ngrok":
        return Plan(["ngrok", "http", here, "--log", "stdout"], _NGROK)
    cloudflared = ["cloudflared", "tunnel", "--no-autoupdate"]
    if not name:
        return Plan([*cloudflared, "--url", here], _QUICK)
    if _TOKEN.fullmatch(name):  # by the environment: any user of this machine may read a command line
        return Plan([*cloudflared, "run"], _REGISTERED, settings.public_url, {"TUNNEL_TOKEN": name})
    return Plan([*cloudflared, "--url", here, "run", name], _REGISTERED, settings.public_url)


def where() -> tuple[str, str]:
    """Our address at which the world is served, and the one under which the world knows it; empty without one."""
    settings = _settings()
    port = settings.public_port
    return f"http://127.0.0.1:{port + port_offset()}" if port else "", settings.public_url.rstrip("/")


async def open_tunnel(plan: Plan) -> Tunnel:
    """Start the tunnel and wait until it is open. Raises StartError."""
    process = await asyncio.create_subprocess_exec(
        *plan.command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        env={**os.environ, **plan.env},
    )
    assert process.stdout
    lines: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE_S):
            while line := (await process.stdout.readline()).decode(errors="replace"):
                lines.append(line)
                found = plan.found.search(line)
                if found:
                    return Tunnel(process, plan.url or found[0])
    except TimeoutError:
        process.terminate()
    raise StartError(f"{plan.command[0]} did not open within {PATIENCE_S:g} s:\n{''.join(lines[-5:])}")


def environment(tunnel: Tunnel | None) -> dict[str, dict[str, str]]:
    """What call_handler and gateway are told beside their settings: the tunnel's address, and a key to our lines."""
    settings = _settings()
    told = {"PUBLIC_URL": tunnel.url} if tunnel else {}
    if settings.calls_token.get_secret_value() or not (tunnel or settings.exposed):
        return {"call_handler": told}
    key = {"CALLS_TOKEN": _made_token(TOKEN_FILE)}
    return {"call_handler": {**told, **key}, "gateway": key}


def _made_token(path: Path) -> str:
    """A token for those who have set none: made once, and kept where only its owner reads it."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text(encoding="utf-8").strip()


def _settings() -> Settings:
    try:
        return Settings()
    except ValueError as error:
        raise StartError(f"call_handler's settings cannot be read: {reason(error)}") from None


async def _drain(process: asyncio.subprocess.Process) -> None:
    assert process.stdout
    while await process.stdout.readline():
        pass
