"""The other roads into a call: Asterisk and the browser; and what a call leaves behind, or is put through to."""

import asyncio
import io
import os
import struct
import sys
import time
import uuid
import wave
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import av
import httpx2
import numpy as np

from mesh.audio import decode_mulaw
from simulator.clouds import TwilioApi
from simulator.processes import Mesh, eventually
from simulator.stream import Phone
from tests.browser import chromium
from tests.realtime.conftest import BEARER, LINES_TOKEN, TOKEN


class Asterisk:
    """One AudioSocket connection, as app_audiosocket makes it: a frame each 20 ms, whatever is said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: int, kind: int) -> None:
        self.reader, self.writer, self.rate, self.kind = reader, writer, rate, kind
        self.mouth, self.loud, self.kinds = bytearray(), [], set()  # type: bytearray, list[float], set[int]
        self.over = asyncio.Event()
        self.tasks = [asyncio.create_task(self._speak()), asyncio.create_task(self._hear())]

    @classmethod
    async def dial(cls, mesh: Mesh, key: str, rate: int = 8000, kind: int = 0x10) -> "Asterisk":
        reader, writer = await asyncio.open_connection("127.0.0.1", 9092 + mesh.offset)
        writer.write(struct.pack(">BH", 1, 16) + uuid.UUID(key).bytes)
        return cls(reader, writer, rate, kind)

    def say(self, audio: bytes) -> None:
        self.mouth += decode_mulaw(audio, self.rate).tobytes()

    def key(self, digit: str) -> None:
        self.writer.write(struct.pack(">BH", 3, 1) + digit.encode())

    async def heard(self, after: float, seconds: float = 10) -> None:
        async def loud() -> bool:
            return any(at > after for at in self.loud)

        await eventually(loud, seconds)

    async def quiet(self, still_s: float = 0.8) -> None:
        while not self.loud or time.monotonic() - self.loud[-1] < still_s:
            await asyncio.sleep(0.02)

    async def hang_up(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.writer.close()

    async def _speak(self) -> None:
        size = self.rate // 50 * 2
        while not self.over.is_set():
            frame = bytes(self.mouth[:size]).ljust(size, b"\0")
            del self.mouth[:size]
            self.writer.write(struct.pack(">BH", self.kind, size) + frame)
            await asyncio.sleep(0.02)

    async def _hear(self) -> None:
        while True:
            kind, length = struct.unpack(">BH", await self.reader.readexactly(3))
            data = await self.reader.readexactly(length)
            if kind == 0:
                self.over.set()
                return
            self.kinds.add(kind)
            if np.abs(np.frombuffer(data, np.int16).astype(int)).max() > 500:
                self.loud.append(time.monotonic())


async def test_asterisk_calls_at_three_rates_at_once(
    line: Mesh, said: dict[str, bytes], http: httpx2.AsyncClient
) -> None:
    rates = [(8000, 0x10), (16000, 0x12), (48000, 0x16)]
    await asyncio.gather(*[asterisk_calls(line, said, http, rate, kind) for rate, kind in rates])


async def asterisk_calls(line: Mesh, said: dict[str, bytes], http: httpx2.AsyncClient, rate: int, kind: int) -> None:
    handler = line.url("call_handler")
    form = {"caller": "+14155550100", "called": "100", "scenario": "generic"}
    key = (await http.post(f"{handler}/audiosocket/calls", data=form, headers=BEARER)).raise_for_status().text
    call = await Asterisk.dial(line, key, rate, kind)
    await call.heard(0)
    await call.quiet()
    assert call.kinds <= {0x10, kind}
    call.say(said["name"])
    await call.heard(time.monotonic() + len(said["name"]) / 8000)
    await call.quiet()
    for digit in "4155550123#":
        call.key(digit)
    await call.heard(time.monotonic())

    async def known() -> bool:
        leads = (await http.get(line.url("lead_sender") + "/leads", params={"session_id": key})).json()["leads"]
        wanted = {"caller": "+14155550100", "name": "Catherine Miller", "phone": "+14155550123"}
        return bool(leads) and leads[0]["fields"] == wanted

    await eventually(known)
    await call.hang_up()
    assert (await http.post(f"{handler}/audiosocket/calls/{key}/next", headers=BEARER)).text == ""


async def test_a_connection_that_is_no_audiosocket_is_closed(line: Mesh) -> None:
    for first in (b"GET / HTTP/1.1\r\n\r\n" + bytes(20_000), b"\x01\x00\x02ab", b"\x10\x00\x04abcd", b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", 9092 + line.offset)
        writer.write(first)
        if not first:
            writer.write_eof()
        async with asyncio.timeout(8):
            assert await reader.read() in (b"", b"\0\0\0")
        writer.close()


async def test_a_browser_calls(line: Mesh, said: dict[str, bytes], tmp_path: Path) -> None:
    """The page itself, with a file for a microphone."""
    voice = tmp_path / "voice.wav"
    with wave.open(str(voice), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        silence = np.zeros(48000 * 5, np.int16)
        file.writeframes(np.concatenate([silence, decode_mulaw(said["name"], 48000) // 2, silence, silence]).tobytes())
    flags = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
    )
    async with chromium(tmp_path / "profile", *flags, f"--use-file-for-fake-audio-capture={voice}%noloop") as page:
        await page.send("Page.navigate", url=line.url("call_handler") + "/browser")
        await page.until("document.querySelector('input[name=token]') !== null")
        await page.value(f"document.querySelector('input[name=token]').value = '{LINES_TOKEN}'")
        await page.value("document.querySelector('form').submit()")
        await page.until("document.querySelectorAll('#keys button').length == 12")
        # Chromium's own gain control distorts what the ideal recogniser must know again.
        plain = "{audio: {autoGainControl: false, noiseSuppression: false, echoCancellation: false}}"
        await page.value(
            "navigator.mediaDevices.getUserMedia = (get => () => get.call(navigator.mediaDevices, "
            f"{plain}))(navigator.mediaDevices.getUserMedia)"
        )
        await page.value("document.getElementById('call').click()")
        await page.until("document.getElementById('said').innerText.includes('name')")
        await page.until("document.getElementById('said').innerText.includes('Catherine Miller')", 15)
        await page.until("document.querySelectorAll('#said .assistant').length >= 2")
        await page.value("document.getElementById('hangup').click()")
        assert await page.value("document.getElementById('state').innerText") == "You have hung up."


async def test_a_call_is_recorded_put_through_and_told_about(
    line: Mesh, phone: Phone, said: dict[str, bytes], twilio_api: tuple[TwilioApi, str], http: httpx2.AsyncClient
) -> None:
    sid = "CArecorded"
    async with phone.call(sid=sid, query="&scenario=desk") as caller:
        began = await caller.reply(0.0)
        await caller.until_quiet()
        ended = await caller.say(said["stop"])
        await caller.reply(ended)
        async with asyncio.timeout(15):
            await caller.over.wait()
    after = await phone.webhook("/twilio/next?tries=1", sid)
    assert after.findtext("./Dial/Number") == "+14155550177"

    async def texted() -> bool:
        return any(path == "Messages.json" and "stop" in form["Body"] for path, form in twilio_api[0].got)

    await eventually(texted)
    recordings = []

    async def recorded() -> bool:
        events = (await http.get(f"{line.url('logger')}/sessions/{sid}/events")).json()["events"]
        recordings[:] = [event["data"] for event in events if event["type"] == "recording"]
        return bool(recordings)

    await eventually(recorded)
    key = recordings[0]["key"]
    data = (await http.get(f"{line.url('storage')}/objects/recordings/{key}")).raise_for_status().content
    with av.open(io.BytesIO(data)) as container:
        sound = np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in container.decode(audio=0)]).astype(int)
    assert abs(len(sound) / 8000 - recordings[0]["seconds"]) < 0.1
    theirs = np.flatnonzero(np.abs(sound[:, 0]) > 500) / 8000
    ours = np.flatnonzero(np.abs(sound[:, 1]) > 500) / 8000
    assert ours[0] < 1.0  # the consent phrase and the greeting
    assert abs((theirs[0] - ours[0]) - (ended - len(said["stop"]) / 8000 - began)) < 0.3  # both on one clock
    assert theirs[-1] - theirs[0] < len(said["stop"]) / 8000 + 0.1
    assert not list((line.folder / "recordings").glob("CArecorded*"))
    await replayed(line, sid, "= turn 1: Wait, stop please.")


async def replayed(line: Mesh, sid: str, wanted: str) -> None:
    """What was recorded, played against the same stack again, comes out the same."""
    env = os.environ | {"MESH_PORT_OFFSET": str(line.offset)}
    command = [sys.executable, "-m", "bench.replay", sid, "--token", TOKEN, "--url", line.world]
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=PIPE, stderr=STDOUT)
    try:
        async with asyncio.timeout(60):
            printed = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, printed
    assert wanted in printed.splitlines()


async def test_a_recording_survives_the_kill_of_its_process(line: Mesh, phone: Phone, http: httpx2.AsyncClient) -> None:
    sid = "CArecordkill"
    async with phone.call(sid=sid, query="&scenario=desk") as caller:
        await caller.reply(0.0)
        await asyncio.sleep(2.5)
        line.kill("call_handler")
    spool = next((line.folder / "recordings").glob(f"{sid}.*.part"))
    assert spool.stat().st_size > 16_000
    spool.rename(spool.with_suffix(".done"))  # instead of waiting for the caller who could come back
    await asyncio.to_thread(line.start, "call_handler")

    async def recorded() -> bool:
        events = (await http.get(f"{line.url('logger')}/sessions/{sid}/events")).json()["events"]
        return any(event["type"] == "recording" and event["data"]["seconds"] > 1 for event in events)

    await eventually(recorded, 15)


async def test_we_call_and_a_machine_gets_a_message(
    line: Mesh, phone: Phone, twilio_api: tuple[TwilioApi, str], http: httpx2.AsyncClient
) -> None:
    handler, api = line.url("call_handler"), twilio_api[0]
    body = {"to": "+14155550150", "scenario": "desk", "language": "en"}
    reply = await http.post(f"{handler}/calls", json=body, headers=BEARER)
    assert reply.status_code == 201, reply.text
    sid = reply.json()["session_id"]
    path, form = api.got[-1]
    assert (path, form["To"], form["From"]) == ("Calls.json", "+14155550150", "+18005550199")
    assert form["MachineDetection"] == "DetectMessageEnd"
    outbound = {"From": form["From"], "To": form["To"], "Direction": "outbound-api"}
    document = await phone.webhook(form["Url"], sid, **outbound)
    parameters = {p.attrib["name"]: p.attrib["value"] for p in document.findall("./Connect/Stream/Parameter")}
    assert parameters["caller"] == "+14155550150"
    async with phone.call(sid=sid, document=document) as caller:
        await caller.reply(0.0)
        await phone.post(form["AsyncAmdStatusCallback"], sid, AnsweredBy="machine_end_beep", **outbound)
        async with asyncio.timeout(5):
            await caller.over.wait()
    after = await phone.webhook("/twilio/next?tries=1", sid, **outbound)
    assert [verb.tag for verb in after] == ["Say", "Hangup"]
    assert after.findtext("Say") == "Please call the help desk."
    # A machine that is known beforehand; a human; a call that another replica serves; a scenario without a message.
    first = await phone.webhook("/twilio/voice?scenario=desk", "CAamd1", AnsweredBy="machine_start")
    assert first.findtext("Say") == "Please call the help desk."
    human = await phone.webhook("/twilio/voice?scenario=desk", "CAamd2", AnsweredBy="human")
    assert human.find("Connect") is not None
    await phone.post(form["AsyncAmdStatusCallback"], "CAelsewhere", AnsweredBy="fax", **outbound)
    assert api.got[-1][0] == "Calls/CAelsewhere.json"
    assert "help desk" in api.got[-1][1]["Twiml"]
    plain = await phone.webhook("/twilio/voice?scenario=generic", "CAamd3", AnsweredBy="machine_start")
    assert [verb.tag for verb in plain] == ["Hangup"]


async def test_a_call_that_cannot_be_placed_says_why(
    line: Mesh, mesh: Mesh, twilio_api: tuple[TwilioApi, str], http: httpx2.AsyncClient
) -> None:
    body = {"to": "+14155550150"}
    twilio_api[0].refuse = True
    try:
        refused = await http.post(line.url("call_handler") + "/calls", json=body, headers=BEARER)
    finally:
        twilio_api[0].refuse = False
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "carrier_refused")
    assert "not a valid phone number" in refused.json()["error"]["message"]
    bare = await http.post(mesh.url("call_handler") + "/calls", json=body)
    assert (bare.status_code, bare.json()["error"]["code"]) == (409, "not_set_up")
    wrong = await http.post(line.url("call_handler") + "/calls", json={"to": "0123"}, headers=BEARER)
    assert wrong.status_code == 422
    assert TOKEN not in line.log("call_handler")
