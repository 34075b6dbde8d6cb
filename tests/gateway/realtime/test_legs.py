"""Every leg of an answer, to the millisecond, in virtual time: what runs beside what, and what waits for what.

The legs are scripted: stt 120 ms, lang 30, a model's values 330, its first token 150, the voice 100. An answer leaves
when the turn is over and its own legs are done, whichever is later; the values are none of its legs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.conversation.session import rebuild
from mesh.wire.gateway import TurnRequest
from tests.gateway.realtime.world import Telephone, World, run

ODD = "Zebulon is what everybody has always said to me."
"""Words in which the rules find no name."""
NAME_Q, PHONE_Q = "May I have your name?", "What phone number can we reach you at?"
CHAIN_MS = 30 + 150 + 100


def legs(**more: Any) -> World:
    world = World()
    world.lang_s, world.answer = 0.03, "I see, thank you."
    world.values = {}
    for name, value in more.items():
        setattr(world, name, value)
    return world


def data(world: World, kind: str) -> list[dict[str, Any]]:
    return [event.data for event in world.events if event.type == kind]


def said(world: World) -> list[str]:
    return [event["reply"] for event in data(world, "said")]


def answered(world: World, *lines: str, after: Callable[[Telephone], Awaitable[Any]] | None = None) -> list[float]:
    """A call in which these lines are said in turn; when our first sound after each came, from its end, in ms."""
    waits: list[float] = []

    async def call() -> None:
        async with Telephone(world) as phone:
            await phone.quiet()
            for line in lines:
                ended = await phone.say(line)
                waits.append((await phone.reply(ended) - ended) * 1000)
                await phone.quiet()
            if after is not None:
                await after(phone)

    run(call)
    return waits


def leg_times(world: World, turn: int = 0) -> dict[str, float]:
    return {name: float(ms) for name, ms in data(world, "waterfall")[turn]["ms"].items()}


def assert_legs(ms: dict[str, float]) -> None:
    """An answer's own legs one after another, none twice, and nothing between them."""
    assert ms["lang"] - ms["stt"] == pytest.approx(30, abs=0.15)
    assert ms["first_token"] - ms["lang"] == pytest.approx(150, abs=0.15)
    assert ms["first_clause"] == ms["first_token"]
    assert ms["first_audio"] - ms["first_clause"] == pytest.approx(100, abs=0.15)
    assert ms["first_sent"] == pytest.approx(max(ms["endpoint"], ms["stt"] + CHAIN_MS), abs=0.15)


def test_the_rules_find_something() -> None:
    world = legs()
    answered(world, "My name is Anna.")
    assert_legs(ms := leg_times(world))
    assert "values" not in ms, "nobody asks the model for what the rules have found"
    assert data(world, "turn")[0]["fields"] == {"name": "Anna"}


def test_the_rules_find_nothing_and_the_model_something() -> None:
    world = legs(values={"name": "Zebulon"})
    answered(world, ODD)
    assert_legs(ms := leg_times(world))
    assert ms["values"] - ms["lang"] == pytest.approx(330, abs=0.15)
    assert ms["values"] > ms["first_sent"], "the caller hears us before the model has found anything"
    values = data(world, "values")[0]
    assert (values["fields"], values["asked"]) == ({"name": "Zebulon"}, "phone")
    assert PHONE_Q in said(world)[-1]
    assert NAME_Q not in said(world)[-1], "nobody is asked for what they have just said"
    assert world.leads[-1].name == "Zebulon"


def test_neither_finds_anything() -> None:
    world = legs()
    answered(world, "How much does it cost?")
    assert_legs(leg_times(world))
    assert said(world)[-1].count(NAME_Q) == 1
    assert data(world, "values") == []


def test_what_the_rules_and_the_model_take_is_the_same_wait() -> None:
    """The figure of the issue: a turn in which the rules find nothing is no slower than any other."""
    found, missed = (answered(legs(), line)[0] for line in ("My name is Anna.", "It is very cold."))
    assert found == pytest.approx(missed, abs=0.01)


@pytest.mark.parametrize("values_s", [2.0, 5.0])
def test_a_slow_model_holds_nothing_up_and_its_values_are_kept(values_s: float) -> None:
    world = legs(values={"name": "Zebulon"}, values_s=values_s)
    answered(world, ODD)  # the call is over, or not, when the values come
    ms = leg_times(world)
    assert_legs(ms)
    assert NAME_Q in said(world)[-1], "the question does not wait for so long"
    values = data(world, "values")[0]
    assert values["fields"] == {"name": "Zebulon"}
    assert "asked" not in values, "what our words asked for stays what was asked"
    assert world.leads[-1].name == "Zebulon"


def test_the_question_waits_for_the_model_no_longer_than_it_may() -> None:
    """The deadline is 0.8 s from the moment at which the model was asked."""
    world = legs(values_s=5.0)
    answered(world, ODD)
    ms, question = leg_times(world), [began for name, began, _ in world.legs if name == "tts"][-1]
    asked_at = next(ended for name, _, ended in reversed(world.legs) if name == "lang")
    assert question - asked_at == pytest.approx(0.8, abs=0.001)
    assert "values" not in ms


@pytest.mark.parametrize("broken", ["down", "nonsense"])
def test_a_model_that_fails_or_lies(broken: str) -> None:
    world = legs(values={"name": "Zebulon"} if broken == "down" else {"phone": "Zebulon", "dates": "always"})
    world.down = {"values"} if broken == "down" else set()
    answered(world, ODD, "My name is Anna.")
    assert_legs(leg_times(world))
    assert said(world)[-2].count(NAME_Q) == 1
    assert data(world, "turn")[1]["fields"] == {"name": "Anna"}


def test_a_hit_answers_at_the_endpoint() -> None:
    """Thought of while the caller waited: the answer is there when the turn is over."""
    world = legs(stt_s=0.02, token_s=0.02, tts_s=0.02)
    answered(world, ODD)
    ms = leg_times(world)
    assert ms["first_audio"] < ms["endpoint"]
    assert ms["first_sent"] == ms["endpoint"]


def test_a_miss_costs_its_own_legs_and_leaves_nothing() -> None:
    """A breath in the middle: what was thought of the first half, and what the model found in it, was nothing."""
    world = legs(values={"name": "Zebulon", "city": "Yalta"}, stt_s=0.02)

    async def call() -> None:
        async with Telephone(world) as phone:
            await phone.quiet()
            await phone.say("Zebulon is what everybody says,", within=True)
            await asyncio.sleep(0.25)
            await phone.reply(await phone.say("or they did so until it was forgotten altogether."))
            await phone.quiet()

    run(call)
    thought_of = [text for text in world.asked if "Zebulon" in text and "altogether" not in text]
    assert thought_of, "the first half was speculated on"
    assert_legs(leg_times(world))
    assert len(data(world, "turn")) == 1
    assert all("altogether" in turn["text"] for turn in data(world, "turn"))


def test_late_values_do_not_overwrite_newer_ones() -> None:
    world = legs(values={"name": "Zebulon"}, values_s=4.5)
    answered(world, ODD, "My name is Anna.")
    assert [values["fields"] for values in data(world, "values")] == []
    assert world.leads[-1].name == "Anna"


def test_what_comes_late_is_known_to_the_turn_after() -> None:
    """The values of a turn come while the caller speaks the next: its question follows from both."""
    world = legs(values={"name": "Zebulon"}, values_s=4.0)

    async def call() -> None:
        async with Telephone(world) as phone:
            await phone.quiet()
            ended = await phone.say(ODD)
            asked_at = phone.loop.time()
            await phone.reply(ended)
            await phone.quiet()
            await phone.say("Well, as I said already,", within=True)
            while phone.loop.time() < asked_at + 3.0 or not data(world, "values"):
                await phone.say("and so on and so forth,", within=True)
            await phone.reply(await phone.say("you have got it."))
            await phone.quiet()

    run(call)
    assert data(world, "values")[0]["fields"] == {"name": "Zebulon"}
    last = data(world, "turn")[-1]
    assert last["form"]["heard"]["name"]["turn"] == 1
    assert PHONE_Q in said(world)[-1]
    assert NAME_Q not in said(world)[-1]


def test_a_caller_who_hangs_up_has_not_spoken_in_vain() -> None:
    """The call ends while the model still looks: what it finds is in the session's events, and in its lead."""
    world = legs(values={"name": "Zebulon"}, values_s=3.0)

    async def call() -> None:
        async with Telephone(world) as phone:
            await phone.quiet()
            await phone.reply(await phone.say(ODD))

    run(call)
    assert data(world, "values")[0]["fields"] == {"name": "Zebulon"}
    assert world.leads[-1].name == "Zebulon"


@pytest.mark.parametrize(
    ("line", "more", "gpt_ms", "fields"),
    [
        ("My name is Anna.", {}, 150, {"name": "Anna"}),
        (ODD, {"values": {"name": "Zebulon"}}, 330, {"name": "Zebulon"}),
        (ODD, {"values": {"name": "Zebulon"}, "token_s": 0.5}, 500, {"name": "Zebulon"}),
        (ODD, {}, 330, {}),
        (ODD, {"values": {"name": "Zebulon"}, "values_s": 2.0}, 800, {}),
        (ODD, {"values": None}, 150, {}),
    ],
)
def test_a_text_turn_waits_for_the_longer_of_both(
    line: str, more: dict[str, Any], gpt_ms: int, fields: dict[str, str]
) -> None:
    """Its question and its form are in one answer: it waits for the values, beside gpt, and no longer than it may."""
    world, found = legs(**more), []

    async def call() -> None:
        async with Telephone(world) as phone:
            began = phone.loop.time()
            request = TurnRequest(session_id="text", scenario="generic", text=line)
            reply = await phone.texts.process(request, None, "http://x/")
            found.append((reply, (phone.loop.time() - began) * 1000))

    run(call)
    reply, took = found[0]
    assert took == pytest.approx(30 + gpt_ms + 100, abs=0.01)
    assert reply.lead.fields == fields
    assert ("values" in reply.skipped) == (gpt_ms == 800)


@pytest.mark.parametrize(
    "values_s", [*(1.0 + step * 0.25 for step in range(20)), *(4.01 + step * 0.02 for step in range(20))]
)
def test_whenever_they_come_the_session_is_the_fold_of_its_events(values_s: float) -> None:
    """While we speak, while the caller does, while the next answer is thought of, held or taken: nothing is lost, and
    another gateway would know the same.
    """
    world = legs(values={"name": "Zebulon"}, values_s=values_s)
    left: list[Any] = []

    async def call() -> None:
        async with Telephone(world) as phone:
            await phone.quiet()
            left.append((phone.session, phone.conversation.scenarios))
            for line in (ODD, "I want to go to Yalta.", "It is very cold."):
                await phone.reply(await phone.say(line))
                await phone.quiet()

    run(call)
    session, scenarios = left[0]
    assert session.fields == {"name": "Zebulon", "city": "Yalta"}
    again = rebuild(session.id, world.events, scenarios)
    assert again is not None
    assert (again.fields, again.form, again.asked) == (session.fields, session.form, session.asked)
    assert session.form.heard["name"]["turn"] == 1
    assert NAME_Q not in said(world)[-1]
