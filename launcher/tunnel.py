"""A tunnel from the world to call_handler, for Twilio: TUNNEL=cloudflared or TUNNEL=ngrok."""

import asyncio
import re
import shutil

from launcher.supervisor import StartError

PATIENCE_S = 30.0
_COMMANDS = {
    "cloudflared": ["cloudflared", "tunnel", "--no-autoupdate", "--url", "http://127.0.0.1:{port}"],
    "ngrok": ["ngrok", "http", "{port}", "--log", "stdout"],
}
_ADDRESS = {
    "cloudflared": re.compile(r"https://[a-z0-9-]+\.trycloudflare\.com"),
    "ngrok": re.compile(r"https://[A-Za-z0-9.-]+\.ngrok[A-Za-z0-9.-]*"),
}


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


async def open_tunnel(kind: str, port: int, *, has_token: bool) -> Tunnel:
    """Start the tunnel and wait for its address. Raises StartError."""
    if kind not in _COMMANDS:
        raise StartError(f"TUNNEL={kind} is not known: it is cloudflared or ngrok.")
    if not has_token:
        raise StartError("A tunnel needs TWILIO_AUTH_TOKEN in .env: without it anybody could place calls here.")
    if shutil.which(kind) is None:
        raise StartError(f"{kind} is not installed (or not on the PATH): install it, or start without TUNNEL.")
    command = [part.format(port=port) for part in _COMMANDS[kind]]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True
    )
    assert process.stdout
    lines: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE_S):
            while line := (await process.stdout.readline()).decode(errors="replace"):
                lines.append(line)
                found = _ADDRESS[kind].search(line)
                if found:
                    return Tunnel(process, found[0])
    except TimeoutError:
        process.terminate()
    raise StartError(f"{kind} gave no address within {PATIENCE_S:g} s:\n{''.join(lines[-5:])}")


async def _drain(process: asyncio.subprocess.Process) -> None:
    assert process.stdout
    while await process.stdout.readline():
        pass
