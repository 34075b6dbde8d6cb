"""SIGTERM while somebody speaks with us, through the world's port."""

import asyncio
import signal

from simulator.processes import Mesh
from simulator.stream import Phone


async def test_a_call_is_seen_to_its_end_and_new_ones_are_not_taken(
    line: Mesh, phone: Phone, said: dict[str, bytes]
) -> None:
    process = line.running.pop("call_handler")
    try:
        async with phone.call() as caller:
            await caller.reply(0.0)
            await caller.until_quiet()
            process.send_signal(signal.SIGTERM)
            ended = await caller.say(said["name"])
            await caller.reply(ended)
            late = await phone.webhook("/twilio/voice?mode=stream", "CAlate")
            assert [verb.tag for verb in late] == ["Say", "Hangup"], "all lines are busy"
        assert await asyncio.to_thread(process.wait, 20) in (0, -signal.SIGTERM), "it ended by itself"
    finally:
        if process.poll() is None:
            process.kill()
        await asyncio.to_thread(line.start, "call_handler")
