"""`./start_all.sh demo`: a simulated Twilio calls us, in each language of config/demo.yaml; both sides are printed."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
from pydantic import BaseModel

from launcher.venvs import python_of
from mesh.addresses import setting
from mesh.client import Client
from mesh.errors import PeerError
from mesh.settings import load_config, peer_url
from mesh.wire import events
from mesh.wire.common import HEALTH
from mesh.wire.gateway import ERASE
from mesh.wire.lang import Language, Languages
from mesh.wire.lead_sender import LEADS
from mesh.wire.logger import EVENTS
from mesh.wire.tts import SPEAK, TtsRequest
from simulator.webhooks import Call, Twilio, own_token

SPOKEN = (events.Opened, events.TurnTaken, events.Silence, events.Said)
TIMINGS_AFTER_S = 1.5  # gateway writes them once a second
# Every step that a turn can have, in the order in which they are taken.
STEPS = ("stt", "lang", "gpt", "tts", "lead_sender", "logger", "total")


class Caller(BaseModel):
    """Who calls, and what they say by and by."""

    language: str
    number: str
    lines: list[str]


class Script(BaseModel):
    """config/demo.yaml."""

    calls: list[Caller]
    spoken: list[str]
    """What the caller of the call by audio says, in the language of the first."""


async def run() -> int:
    """Play the calls; 0 when both ended with a saved lead."""
    token, script = own_token(), load_config("demo.yaml", Script)
    names = ("logger", "lead_sender", "stt", "tts", "gateway")
    peers = {name: Client(name, peer_url(name), caller="demo") for name in names}
    try:
        saved = [await _call(peers, caller, token) for caller in script.calls]
        await _by_audio(peers, script)
    except (httpx2.HTTPError, PeerError) as error:
        print(f"\nThe demo broke off: {error}")
        with suppress(PeerError):
            for caller in script.calls:
                await _erase(peers["gateway"], caller.number)
        return 1
    finally:
        for client in peers.values():
            await client.aclose()
    _what_next()
    return 0 if all(saved) else 1


async def _call(peers: dict[str, Client], who: Caller, token: str) -> bool:
    caller, code = who.number, who.language
    language = load_config("languages.yaml", Languages).get(code)
    print(f"\n=== A call in {language.name}: {caller} calls, through {peer_url('call_handler')}/twilio/voice ===")
    public = setting("call_handler", "PUBLIC_URL") if token else ""
    twilio = Twilio(peer_url("call_handler"), token=token, public_url=public, caller=caller)
    call = Call("CA" + f"{time.time_ns():032x}")
    words: Iterator[str] = iter(who.lines)
    sound: list[bytes] = []
    saved = False

    async def over() -> None:
        # Before its end is told: a lead goes out to the owner's mail or webhook with that, and this is nobody's.
        nonlocal saved
        saved = await _found_out(peers, call.sid)
        await _erase(peers["gateway"], caller)

    try:
        query = f"?language={code}&mode=gather"
        async for said in twilio.steps(call, lambda: next(words, None), query=query, over=over):
            if said.who == "caller":
                print(f"  caller     {said.text}")
                sound.append(await _callers_voice(peers["tts"], said.text, language))
            else:
                text = said.text or await _last_reply(peers["logger"], call.sid)
                played = f"{len(said.audio) // 1024} kB of audio" if said.audio else "Twilio's voice"
                print(f"  assistant  {text}   [{said.ms:.0f} ms, {played}]", flush=True)
                sound.append(said.audio)
    finally:
        await twilio.aclose()
    recording = Path("run", f"demo-{code}.mp3")
    recording.parent.mkdir(exist_ok=True)
    recording.write_bytes(b"".join(sound))  # mp3 frames one after another are an mp3
    print(f"  listen to  {recording}")
    return saved


async def _found_out(peers: dict[str, Client], session_id: str) -> bool:
    """Print how long each step took and the lead; whether a complete one was saved."""
    await asyncio.sleep(TIMINGS_AFTER_S)
    leads = await peers["lead_sender"].call(LEADS, params={"session_id": session_id})
    _print_times(await _events(peers["logger"], session_id))
    if not leads.leads or leads.leads[0].partial:
        print("  NO COMPLETE LEAD WAS SAVED")
        return False
    lead = leads.leads[0]
    print(f"  lead saved {lead.id}: " + ", ".join(f"{name} {value}" for name, value in lead.fields.items()))
    return True


async def _erase(gateway: Client, caller: str) -> None:
    """Nobody has called: the owner's data is as it was."""
    await gateway.call(ERASE, path={"phone": caller})
    print(f"  erased     all of {caller} again: the lead was not sent to anybody")


async def _callers_voice(tts: Client, text: str, language: Language) -> bytes:
    """What the caller says, for the recording: another voice, where the engine has variants of them."""
    try:
        return await tts.call(
            SPEAK, TtsRequest(text=text, language=language.code, voice=language.voices["espeak"] + "+m7")
        )
    except PeerError:
        return await tts.call(SPEAK, TtsRequest(text=text, language=language.code))


async def _events(logger: Client, session_id: str) -> list[events.SessionEvent]:
    found = await logger.call(EVENTS, path={"session_id": session_id})
    return [known for one in found.events if (known := events.read(one)) is not None]


async def _last_reply(logger: Client, session_id: str) -> str:
    told = reversed(await _events(logger, session_id))
    return next((one.reply for one in told if isinstance(one, SPOKEN) and one.reply), "")


def _print_times(told: list[events.SessionEvent]) -> None:
    """Milliseconds of each step of each turn; tts, lead_sender and logger run side by side."""
    turns = [one.timings_ms for one in told if isinstance(one, events.Timings) and one.of == "turn"]
    shown = [step for step in STEPS if any(step in turn for turn in turns)]
    for step in shown:
        times = "  ".join(f"{turn[step]:6.1f}" if step in turn else "      " for turn in turns)
        print(f"  {step:14}{times}  ms per turn")


async def _by_audio(peers: dict[str, Client], script: Script) -> None:
    """A call in real time, through the media stream, where a recogniser that is up to it is installed."""
    engine = (await peers["stt"].call(HEALTH)).engine
    if engine == "pocketsphinx":
        print("\nNo speech model is on disk, so no call by audio was played: ./start_all.sh models fetches Whisper.")
        return
    print(f"\n=== A call by audio, in real time, recognised by {engine} ===")
    sid = "CA" + f"{time.time_ns():032x}"
    lines = [word for line in script.spoken for word in ("--say", line)]
    caller = script.calls[0].number
    command = [
        str(python_of("tts")),
        "-m",
        "bench.caller",
        "--sid",
        sid,
        "--caller",
        caller,
        *lines,
    ]  # tts has what it needs
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    measured = (await process.communicate())[0].decode().strip()
    await asyncio.sleep(TIMINGS_AFTER_S)
    for event in await _events(peers["logger"], sid):
        if isinstance(event, events.TurnTaken):
            print(f"  heard      {event.text}")
        elif isinstance(event, events.Said):
            print(f"  assistant  {event.reply}")
    print(f"  measured   {measured}")
    await peers["gateway"].call(ERASE, path={"phone": caller})


def _what_next() -> None:
    print(f"""
What next:
  ./start_all.sh                       keep it running; the console is at {peer_url("admin_panel")}/
  TUNNEL=cloudflared ./start_all.sh    give it a public address, and set that as your Twilio number's voice webhook
                                       (TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN go into .env first)
  ./start_all.sh models                fetch Whisper and better voices
  LLM_BASE_URL=http://…/v1             in .env: a language model (vLLM or any OpenAI-compatible server) answers
  config/scenarios/generic.yaml        what it asks and says""")
