"""The console in a real browser (Debian's chromium), over the running mesh."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import websockets

from tests.processes import Mesh

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


@pytest.fixture
async def page(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Page]:
    if CHROMIUM is None:
        pytest.skip("apt-get install chromium")
    command = [CHROMIUM, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={tmp_path}", "about:blank"]
    process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        port_file = tmp_path / "DevToolsActivePort"
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
            await opened.send("Page.navigate", url=mesh.url("admin_panel") + "/")
            await opened.until("document.querySelectorAll('#services tr').length == 10")
            yield opened
    finally:
        process.kill()
        await process.wait()


async def test_the_table_is_live(mesh: Mesh, page: Page) -> None:
    assert "pocketsphinx" in await page.value("document.getElementById('services').innerText")
    await page.until("document.getElementById('summary').className == 'ok'")
    mesh.kill("lang")
    try:
        await page.until("document.getElementById('summary').innerText == 'Down: lang'")
    finally:
        mesh.start("lang")
    await page.until("document.getElementById('summary').className == 'ok'")


async def test_an_operator_talks_to_the_assistant(page: Page) -> None:
    await page.value(
        "document.getElementById('text').value = 'My name is <b>Anna</b> Smith'; document.getElementById('talk').requestSubmit()"
    )
    await page.until("document.querySelectorAll('#turns li.assistant').length == 1")
    assert "<b>" in await page.value("document.querySelector('#turns li.caller').innerText"), (
        "shown as text, not run as markup"
    )
    await page.value(
        "document.getElementById('text').value = '415 555 0123'; document.getElementById('talk').requestSubmit()"
    )
    await page.until("document.getElementById('lead').innerText.includes('+14155550123')")
    # The audio is fetched and decoded by the browser itself: same origin, so its policy lets it.
    await page.until("document.querySelector('audio').duration > 0.5")


async def test_gateway_down_is_said(mesh: Mesh, page: Page) -> None:
    mesh.kill("gateway")
    try:
        await page.until("document.getElementById('summary').innerText.includes('gateway is unavailable')")
        await page.value(
            "document.getElementById('text').value = 'hello'; document.getElementById('talk').requestSubmit()"
        )
        await page.until("document.querySelectorAll('#turns li.error').length == 1")
    finally:
        mesh.start("gateway")
    await page.until("document.getElementById('summary').className == 'ok'")


async def test_the_page_needs_nothing_from_elsewhere(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    reply = await http.get(mesh.url("admin_panel") + "/")
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    assert "http://" not in reply.text
    assert "https://" not in reply.text
    assert (await http.get(mesh.url("admin_panel") + "/static/../main.py")).status_code == 404
    health = (await http.get(mesh.url("admin_panel") + "/health")).json()
    assert health["checks"]["gateway"]["ok"] is True
