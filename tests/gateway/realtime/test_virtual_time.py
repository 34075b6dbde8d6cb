"""The engine itself through whole calls, minutes long, in a clock that jumps: see world.py."""

import asyncio

import pytest

from tests.gateway.realtime.world import Telephone, World, run

TURNS = 95
LONG = (
    "Of course, I am glad to tell you. We are open every day of the week, from eight in the morning until ten at night."
)


def kinds(world: World) -> list[str]:
    return [event.type for event in world.events]


def test_a_call_of_five_minutes_to_its_lead() -> None:
    world = World()

    async def call() -> None:
        async with Telephone(world) as phone:
            await phone.quiet()
            waits = []
            for _ in range(TURNS - 5):  # small talk: the form waits
                ended = await phone.say("How much does it cost?")
                waits.append(await phone.reply(ended) - ended)
                await phone.quiet()
            ended = await phone.say("My name is Catherine Miller.")
            waits.append(await phone.reply(ended) - ended)
            await phone.quiet()
            assert sorted(waits)[len(waits) // 2] < 0.4
            assert max(waits) < 0.7

            groups = ["four one five", "five five five", "zero one two three"]
            for group in groups[:2]:
                await phone.say(group, within=True)
                await asyncio.sleep(1.2)
                assert phone.talking_since is None, "cut off in the middle of a number"
            ended = await phone.say(groups[2])
            assert await phone.reply(ended) - ended < 0.7
            await phone.quiet()
            for text in ("I want to go to Yalta.", "From July 1 to July 10."):
                await phone.reply(await phone.say(text))
                await phone.quiet()
            await phone.say("Yes, that is right.")
            await phone.hung_up.wait()

    assert run(call).seconds > 300
    lead = world.leads[-1]
    assert (lead.partial, lead.name, lead.phone, lead.city) == (False, "Catherine Miller", "+14155550123", "Yalta")
    assert kinds(world).count("turn") == TURNS
    assert kinds(world).count("waterfall") == TURNS


def test_sounds_while_we_speak() -> None:
    """A cough and "mhm" pause us at most; words stop us, and what was not heard was never said."""
    world = World()
    world.answer = LONG

    async def call() -> None:
        async with Telephone(world) as phone:
            await phone.quiet()
            began = await phone.reply(await phone.say("How much does it cost?"))
            await asyncio.sleep(0.6)
            world.lines.clear()
            phone.world.lines.append((1, ""))
            phone._mouth += b"\x01" * 1600  # 0.2 s of voice without a word
            await asyncio.sleep(2.0)
            assert phone.talking_since == began  # still the same reply
            world.lines.clear()
            await phone.say("Mhm.", seconds=0.3)
            await asyncio.sleep(1.0)
            assert not phone.paused
            await phone.quiet()
            replies = len(phone.heard)

            await phone.reply(await phone.say("How much does it cost?"))
            await asyncio.sleep(0.8)
            world.lines.clear()
            at = phone.loop.time()
            ended = await phone.say("Wait, stop please, I have a question.")
            until = phone.heard[replies][1]
            assert until - at < 0.6 or phone.paused
            await phone.reply(ended)
            await phone.quiet()

    run(call)
    verdicts = [event.data["verdict"] for event in world.events if event.type == "interruption"]
    assert verdicts == ["taken_back", "taken_back", "confirmed"]
    cuts = [event.data["cut"] for event in world.events if event.type == "said"]
    assert cuts.count(True) == 1


@pytest.mark.parametrize(("down", "within_s"), [("stt", 2.3), ("gpt", 1.7), ("tts", 1.7)])
def test_never_silent_when_a_service_is_away(down: str, within_s: float) -> None:
    """For three seconds a service refuses: the caller hears that we are still there, then the answer."""
    world = World()

    async def call() -> None:
        async with Telephone(world) as phone:
            await phone.quiet()
            await asyncio.sleep(2.0)  # phrases are made
            world.down.add(down)
            saying = asyncio.create_task(phone.say("How much does it cost?"))
            ended = await saying
            masked = await phone.reply(ended)
            assert masked - ended < within_s
            await asyncio.sleep(3.0)
            world.down.clear()
            await phone.quiet()
            while not any("name" in text for _, _, text in phone.heard[1:]):
                assert phone.loop.time() - ended < 15
                await asyncio.sleep(0.1)

    run(call)
    late = [event.data for event in world.events if event.type == "supervisor"]
    assert {"act": "mask", "leg": down} in late


def test_a_silent_caller_is_asked_and_then_let_go() -> None:
    world = World()

    async def call() -> None:
        async with Telephone(world) as phone:
            await phone.quiet()
            await asyncio.wait_for(phone.hung_up.wait(), 60)
            assert "bye" in phone.heard[-1][2].lower()  # heard before we hang up

    run(call)
    acts = [event.data["act"] for event in world.events if event.type == "supervisor"]
    assert acts == ["prompt", "prompt", "leave"]
