"""A real browser (Debian's chromium), driven over its DevTools protocol."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import websockets

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Page:
    """A page, driven over Chromium's DevTools protocol."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._id = socket, 0

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        self._id += 1
        await self._socket.send(json.dumps({"id": self._id, "method": method, "params": params}))
        while True:
            message = json.loads(await self._socket.recv())
            if message.get("id") == self._id:
                result: dict[str, Any] = message["result"]
                return result

    async def value(self, expression: str) -> Any:
        result = await self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return result["result"].get("value")

    async def until(self, expression: str, seconds: float = 15) -> None:
        for _ in range(int(seconds * 10)):
            if await self.value(expression):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{expression}\n{await self.value('document.body.innerText')}")


@asynccontextmanager
async def chromium(folder: Path, *flags: str) -> AsyncIterator[Page]:
    """An empty page; skips the test where there is no browser."""
    if CHROMIUM is None:
        pytest.skip("apt-get install chromium")
    command = [CHROMIUM, *FLAGS, *flags, "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"]
    process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        port_file = folder / "DevToolsActivePort"
        for _ in range(200):
            if port_file.exists() and port_file.read_text():
                break
            await asyncio.sleep(0.1)
        port = port_file.read_text().splitlines()[0]
        async with httpx2.AsyncClient(trust_env=False) as http:
            pages = (await http.get(f"http://127.0.0.1:{port}/json/list")).json()
        address = next(target["webSocketDebuggerUrl"] for target in pages if target["type"] == "page")
        async with websockets.connect(address, max_size=None, proxy=None) as socket:
            opened = Page(socket)
            await opened.send("Page.enable")
            yield opened
    finally:
        process.kill()
        await process.wait()
