"""A simulated caller on the mesh that runs: `./bench.sh caller --say "My name is Anna." --cough 2 --echo 0.1`.

It calls through the webhook and the media stream as Twilio does, in real time: hears the greeting, says its lines in
turn (or one of Debian's recorded humans, `--human NAME`), and prints what was measured on the wire, one JSON line a
call. `--interrupt S` says each line but the first S seconds after our reply began, whether it is over or not.
What it says is kept there, as any caller's words: the calls' ids begin with CAbe7c4.
"""

import argparse
import asyncio
import json
import math
import secrets
import sys
import time
import wave
from pathlib import Path
from typing import Any

from bench.speech import spoken
from mesh.audio import decode_mulaw
from mesh.settings import peer_url
from simulator.acoustics import EchoPath
from simulator.stream import Line, Phone, StreamCaller
from simulator.voices import cough, human
from simulator.webhooks import marked_sid, own_token

PATIENCE_S = 30.0
"""A model on a laptop takes its time."""
LINES = ["Hello, my name is Catherine Miller.", "How much does it cost?", "Thank you, goodbye."]


async def voices(options: argparse.Namespace) -> list[bytes]:
    """What the caller utters, in turn."""
    if options.human:
        known = human(options.language)
        if not known:
            raise SystemExit(f"apt-get install asterisk-core-sounds-{options.language}-wav brings recorded humans.")
        missing = [name for name in options.human if name not in known]
        if missing:
            raise SystemExit(f"No recording {missing[0]!r}. There are: {' '.join(sorted(known))}")
        return [known[name] for name in options.human]
    voice = options.voice or ("en-us+m7" if options.language == "en" else options.language)
    return [await spoken(text, options.language, voice, options.speed) for text in options.say or LINES]


async def one_call(options: argparse.Namespace, phone: Phone, uttered: list[bytes], number: int) -> dict[str, Any]:
    """One call, and what was measured. Milliseconds."""
    echo = EchoPath(20 * math.log10(options.echo), options.echo_ms, "speaker", number) if options.echo else None
    line = Line(echo, options.loss, options.noise)
    sid = options.sid or marked_sid()
    query = "".join(f"&{name}={getattr(options, name)}" for name in ("scenario", "language") if getattr(options, name))
    waits, stops = [], []
    async with phone.call(sid=sid, query=query, line=line) as caller:
        began = time.monotonic()
        greeted = await caller.reply(0.0, PATIENCE_S)
        for audio in uttered:
            interrupted = await _turn_comes(options, caller, greeted)
            at = time.monotonic()
            ended = await caller.say(audio)
            if interrupted and (silent := caller.heard.silent_after(at)) is not None:
                stops.append(round((silent - at) * 1000))
            greeted = await caller.reply(ended, PATIENCE_S)
            waits.append(round((greeted - ended) * 1000))
        for _ in range(options.cough):
            await asyncio.sleep(0.8)
            await caller.say(cough(secrets.randbelow(10**6)))
        await caller.until_quiet()
        heard = caller.heard
        if options.save:
            _save(Path(options.save.replace("%", str(number))), bytes(heard.audio))
    return {
        "call": sid,
        "seconds": round(time.monotonic() - began, 1),
        "greeting_ms": round((heard.spoke_after(0.0) or began) * 1000 - began * 1000),
        "voice_to_voice_ms": waits,
        "barge_in_stop_ms": stops,
        "gaps": heard.gaps,
        "clears": len(heard.clears),
    }


async def _turn_comes(options: argparse.Namespace, caller: StreamCaller, since: float) -> bool:
    """Wait until the caller may speak; whether they cut in."""
    if options.interrupt is None:
        await caller.until_quiet()
        return False
    await asyncio.sleep(max(0.0, since + options.interrupt - time.monotonic()))
    return caller.heard.spoke_after(time.monotonic() - 0.1) is not None


def _save(path: Path, audio: bytes) -> None:
    """What the caller heard, as a wav file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(decode_mulaw(audio, 8000).tobytes())


async def run(options: argparse.Namespace) -> int:
    """All calls at once; 0 when all of them were answered."""
    uttered = await voices(options)
    print(f"Calling the mesh that runs at {options.url}: it keeps what is said.", file=sys.stderr)
    phone = Phone(options.url, options.token, caller=options.caller)
    calls = [one_call(options, phone, uttered, number) for number in range(options.calls)]
    failed = 0
    for call in asyncio.as_completed(calls):
        try:
            print(json.dumps(await call), flush=True)
        except (TimeoutError, OSError, ValueError) as error:
            failed += 1
            print(json.dumps({"failed": repr(error)}), flush=True)
    return 1 if failed else 0


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="./bench.sh caller", description=__doc__)
    parser.add_argument("--url", default=peer_url("call_handler"), help="call_handler's address")
    parser.add_argument("--token", default=own_token(), help="signs as Twilio does; default: TWILIO_AUTH_TOKEN")
    parser.add_argument("--caller", default="+14155550123", help="the caller's number")
    parser.add_argument("--sid", default="", help="the call's id; default: a new one")
    parser.add_argument("--calls", type=int, default=1, help="callers at once")
    parser.add_argument("--scenario", default="", help="a scenario by name")
    parser.add_argument("--language", default="en", help="the caller's language")
    parser.add_argument("--say", action="append", help="a line, by espeak-ng; give it once for each turn")
    parser.add_argument("--human", action="append", help="a recorded human instead, by name")
    parser.add_argument("--voice", default="", help="a voice of espeak-ng")
    parser.add_argument("--speed", type=float, default=1.0, help="of espeak-ng's speech")
    parser.add_argument("--interrupt", type=float, help="cut in, so many seconds after the reply began")
    parser.add_argument("--cough", type=int, default=0, help="cough so many times during the last reply")
    parser.add_argument("--echo", type=float, default=0.0, help="share of our voice that comes back")
    parser.add_argument("--echo-ms", type=int, default=160, help="how late it does")
    parser.add_argument("--noise", type=float, help="the room's noise in dBFS, e.g. -45")
    parser.add_argument("--loss", type=float, default=0.0, help="share of frames that are lost")
    parser.add_argument("--save", default="", help="what the caller heard, as FILE.wav (%% is the call's number)")
    raise SystemExit(asyncio.run(run(parser.parse_args())))


if __name__ == "__main__":
    main()
