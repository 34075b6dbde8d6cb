"""The form: what a turn brings to it, what the caller refuses, and what is asked for next. No I/O.

A value is doubted when the caller refuses it: it is asked for again, and kept with little confidence if nothing better
comes. A value that needs it (`confirm: each`, or heard with little confidence) is read back at once, the others
together at the end. A field that is not understood `tries` times is left out: the lead is partial then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from extraction import words
from extraction.utterance import Utterance
from gateway.conversation import fields, hearing
from gateway.conversation.fields import CONFIRM, Context
from gateway.conversation.session import Session
from gateway.scenario.base import says
from gateway.scenario.models import FormField
from mesh.wire.common import shortened
from mesh.wire.lead_sender import MAX_VALUE

REFUSED = 0.2
"""Confidence of a value that the caller has refused, and for which no other came."""


STEM = 4
"""Letters that a word shares with its other forms: "Zebulons" is said of a Zebulon."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a turn brought: new values by field, whether it was understood at all, whether all is confirmed."""

    fresh: dict[str, str]
    heard: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Read:
    """A turn as the rules read it, and how it left each field."""

    text: str
    context: Context
    taken: Taken
    turn: int
    left: dict[str, tuple[str | None, int | None, bool]]


def take(session: Session, text: str, context: Context) -> Taken:
    """Read a turn into a session: its values, its form, its pieces of numbers."""
    whole, text = words.plain(text), words.readable(text)
    said, form, before = Utterance(text, context.language), session.form, dict(session.pending)
    heard = hearing.hear(session, said, context)
    fresh = {name: one.value for name, one in heard.found.items()}
    for one in session.scenario.fields:
        if fresh.get(one.name) == text:
            wholly = fields.kind(one).check(shortened(whole.strip(), MAX_VALUE), context.ask(one))
            fresh[one.name] = wholly or text
    checked = fields.checked(session.asked)
    untouched = checked and checked not in fresh and checked not in heard.wrong
    # Whoever goes on with the next answer does not contradict.
    if untouched and (heard.answer == "yes" or (fresh and not heard.answer)):
        form.checked.append(checked)
    corrected = [name for name in fresh if name in session.fields and (checked or session.asked == CONFIRM)]
    for name in (*heard.wrong, *corrected):
        form.refusals[name] = form.refusals.get(name, 0) + 1
    _note(session, {name: (value, heard.found[name].confidence) for name, value in fresh.items()}, heard.wrong)
    form.others = {**{n: o for n, o in form.others.items() if n not in {*fresh, *heard.closed}}, **heard.unclear}
    session.pending, form.closed = heard.pending, heard.closed
    refused = not fresh and not heard.unclear and said.refuses and _given_up(session)
    understood = bool(fresh or heard.wrong or heard.unclear or heard.closed or refused) or heard.answer == "yes"
    understood = understood or session.pending != before
    if not understood:
        _missed(session, text)
    confirmed = not fresh and (session.confirmed or (session.asked == CONFIRM and heard.answer == "yes"))
    if confirmed:
        form.heard = {name: one | {"confidence": 1.0} for name, one in form.heard.items()}
    return Taken(fresh, understood, confirmed)


def _given_up(session: Session) -> bool:
    """Whether the caller refuses what was asked for: it is left out at once."""
    asked = next((one for one in session.scenario.fields if one.name == session.asked), None)
    if asked is not None:
        session.form.misses[asked.name] = max(asked.tries, session.form.misses.get(asked.name, 0))
        session.form.doubted = [name for name in session.form.doubted if name != asked.name]
    return asked is not None


def learn(session: Session, read: Read, values: Mapping[str, tuple[str, float]]) -> dict[str, str]:
    """Take what a model found in a turn, each value with its confidence, into a session; those that are taken.

    Where the rules have one theirs stays, but for a name: a model knows better where one ends. The session may have
    gone on since the turn: what has changed there is newer.
    """
    fresh, asked = read.taken.fresh, read.context.asked
    added = {
        name: value
        for name, (value, _) in values.items()
        if (name not in fresh or _same_words(fresh[name], value))
        and (name in fresh or session.fields.get(name) != value)
        and (name in fresh or name not in session.fields or name in session.form.doubted or name == asked)
        and _state(session, name) == read.left[name]
    }
    other = {name: values[name] for name, value in added.items() if session.fields.get(name) != value}
    _note(session, other, (), turn=read.turn)
    for name, value in added.items():
        session.form.heard[name]["confidence"] = values[name][1]
        session.form.others.pop(name, None)
        session.fields[name] = value
    if added and asked in session.form.misses:
        del session.form.misses[asked]
    return added


def _same_words(ours: str, other: str) -> bool:
    """Whether two values are more or less of the same words, and not of digits: a model knows better where one ends."""
    pairs = [sorted(pair, key=len) for pair in product(words.split(ours.lower()), words.split(other.lower()))]
    both = any(long.startswith(short) and len(short) >= min(STEM, len(long)) for short, long in pairs)
    return both and not any(sign.isdigit() for sign in ours + other)


def read(session: Session, text: str, context: Context) -> Read:
    """Read a turn into a session, values and all."""
    taken = take(session, text, context)
    session.fields.update(taken.fresh)
    session.confirmed = taken.confirmed
    left = {one.name: _state(session, one.name) for one in session.scenario.fields}
    return Read(text, context, taken, session.turns + 1, left)


def _state(session: Session, name: str) -> tuple[str | None, int | None, bool]:
    """What a session has of a field: its value, from which turn, and whether it is doubted."""
    form = session.form
    return session.fields.get(name), form.heard.get(name, {}).get("turn"), name in form.doubted


def _note(
    session: Session, fresh: Mapping[str, tuple[str, float]], wrong: Sequence[str], *, turn: int | None = None
) -> None:
    form = session.form
    for name in wrong:
        form.heard[name] = {**form.heard.get(name, {"turn": 0}), "confidence": REFUSED}
        form.doubted = [*(n for n in form.doubted if n != name), name]
        form.checked = [n for n in form.checked if n != name]
        form.misses.pop(name, None)
    for name, (value, confidence) in fresh.items():
        same = session.fields.get(name) == value
        form.heard[name] = {"confidence": confidence, "turn": session.turns + 1 if turn is None else turn}
        form.doubted = [n for n in form.doubted if n != name]
        # Somebody who says the same once more means it.
        form.checked = [*(n for n in form.checked if n != name), *([name] if same else [])]
        form.misses.pop(name, None)


def _missed(session: Session, text: str) -> None:
    """The answer to a question for a field said nothing about it, and was no question either."""
    asked = next((one for one in session.scenario.fields if one.name == session.asked), None)
    faq = session.scenario.speech(session.language).faq
    if asked is None or "?" in text or any(says(text, entry.keywords) for entry in faq):
        return
    form = session.form
    form.misses[asked.name] = form.misses.get(asked.name, 0) + 1
    if form.misses[asked.name] >= asked.tries:
        form.others.pop(asked.name, None)
        form.doubted = [name for name in form.doubted if name != asked.name]


def by_letters(session: Session, asked: FormField) -> bool:
    """Whether a value is read back, and asked for, a letter or a digit at a time: it was refused twice."""
    return bool(fields.kind(asked).apart) and session.form.refusals.get(asked.name, 0) >= 2
