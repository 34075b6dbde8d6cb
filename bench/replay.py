"""Plays a recorded call against the mesh that runs again: `./bench.sh replay CALL`, CALL being its session's id.

The caller's side of its recording goes in as it was, frame by frame at its old times, and keys with it; then turns,
fields and latency of both calls are printed side by side. The exit status is 1 where turns or fields differ. A call has
a recording when its scenario has `recording`. The new call is kept there as any other: its id begins with CAbe7c4.
"""

import argparse
import asyncio
import io
import json
import statistics
import sys
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import av
import numpy as np

from mesh.audio import encode_mulaw
from mesh.client import Client
from mesh.settings import peer_url
from mesh.wire.events import KeyPressed, Opened, Recording, TurnTaken, Values, Waterfall, read
from mesh.wire.logger import EVENTS, Event
from mesh.wire.storage import GET
from simulator.stream import Phone, StreamCaller
from simulator.voices import RATE, silence
from simulator.webhooks import marked_sid, own_token

STEPS = ("endpoint", "stt", "first_token", "first_audio", "first_frame")
SETTLE_S = 2.5
"""After the last word, before the events are read."""


@dataclass(slots=True)
class Story:
    """What a call's events tell."""

    scenario: str = ""
    language: str = ""
    caller: str = ""
    turns: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    ms: dict[str, list[float]] = field(default_factory=dict)
    keys: list[tuple[float, str]] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)

    @classmethod
    def of(cls, events: list[Event]) -> "Story":
        """Read from logger's events of the session."""
        told = cls()
        for event in events:
            match read(event):
                case Opened() as begun:
                    told.scenario, told.language = begun.scenario, begun.language or ""
                    told.caller = begun.caller or ""
                case TurnTaken() as turn:
                    told.turns.append(turn.text)
                    told.fields |= turn.fields
                case Values() as found:
                    told.fields |= found.fields
                case Waterfall() as legs:
                    for step in STEPS:
                        if step in legs.ms:
                            told.ms.setdefault(step, []).append(legs.ms[step])
                case KeyPressed() as key:
                    told.keys.append((event.at, key.digit))
                case Recording() as kept:
                    told.recordings.append(kept)
        return told


async def story(logger: Client, session_id: str) -> Story:
    """A call's events."""
    return Story.of((await logger.call(EVENTS, path={"session_id": session_id})).events)


async def callers_side(storage: Client, recording: Recording) -> bytes:
    """The caller's channel, mu-law at 8 kHz."""
    path = {"bucket": recording.bucket, "key": recording.key}
    return left(await storage.call(GET, path=path, deadline_s=30.0))


def left(data: bytes) -> bytes:
    """The first channel of a wav file as mu-law at 8 kHz."""
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
    with av.open(io.BytesIO(data)) as container:
        pieces = [out.to_ndarray()[0] for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return encode_mulaw(np.ascontiguousarray(np.concatenate(pieces)[0::2]))


async def play(phone: Phone, sid: str, told: Story, audio: bytes) -> None:
    """The call again."""
    query = f"&scenario={told.scenario}&language={told.language}"
    async with phone.call(sid=sid, query=query) as caller:
        began = told.recordings[0].began
        keys = asyncio.create_task(_press(caller, [(at - began, digit) for at, digit in told.keys]))
        await caller.say(audio)
        await caller.say(silence(SETTLE_S))
        await caller.until_quiet()
        keys.cancel()
    await asyncio.sleep(SETTLE_S)


async def _press(caller: StreamCaller, keys: list[tuple[float, str]]) -> None:
    began = asyncio.get_running_loop().time()
    for after, digit in keys:
        await asyncio.sleep(max(0.0, began + after - asyncio.get_running_loop().time()))
        await caller.key(digit)


def compare(before: Story, after: Story) -> bool:
    """Print both; whether turns and fields are the same."""
    for number, (old, new) in enumerate(zip_longest(before.turns, after.turns, fillvalue="-"), 1):
        _line(f"turn {number}", old, new)
    for name in sorted(before.fields | after.fields):
        _line(name, str(before.fields.get(name, "-")), str(after.fields.get(name, "-")))
    for step in STEPS:
        medians = [round(statistics.median(told.ms[step])) if told.ms.get(step) else None for told in (before, after)]
        print(f"  {step:12} p50 {medians[0]} ms, now {medians[1]} ms, after the end of speech")
    return before.turns == after.turns and before.fields == after.fields


def _line(name: str, old: str, new: str) -> None:
    print(f"= {name}: {old}" if old == new else f"! {name}: {old}\n  now: {new}")


async def run(options: argparse.Namespace) -> int:
    """The command's work; its exit status."""
    peers = {name: Client(name, peer_url(name), caller="replay") for name in ("logger", "storage")}
    try:
        told = await story(peers["logger"], options.call)
        if not told.recordings:
            print("This call has no recording: its scenario needs `recording`.", file=sys.stderr)
            return 2
        audio = await callers_side(peers["storage"], told.recordings[0])
        sid = marked_sid()
        await play(Phone(options.url, options.token, caller=told.caller or "+14155550123"), sid, told, audio)
        again = await story(peers["logger"], sid)
    finally:
        for client in peers.values():
            await client.aclose()
    same = compare(told, again)
    print(json.dumps({"call": options.call, "again": sid, "same": same}))
    return 0 if same else 1


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="./bench.sh replay", description=__doc__)
    parser.add_argument("call", help="the session's id")
    parser.add_argument("--url", default=peer_url("call_handler"), help="call_handler's address")
    parser.add_argument("--token", default=own_token(), help="signs as Twilio does; default: TWILIO_AUTH_TOKEN")
    raise SystemExit(asyncio.run(run(parser.parse_args())))


if __name__ == "__main__":
    main()
