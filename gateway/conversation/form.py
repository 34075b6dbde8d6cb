"""The form: what a turn brings to it, what the caller refuses, and what is asked for next. No I/O.

A value is doubted when the caller refuses it: it is asked for again, and kept with little confidence if nothing better
comes. A value that needs it (`confirm: each`, or heard with little confidence) is read back at once, the others
together at the end. A field that is not understood `tries` times is left out: the lead is partial then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from extraction import name as names
from extraction import words
from gateway.conversation import fields
from gateway.conversation.fields import CONFIRM, Context, mention
from gateway.conversation.session import Session
from gateway.scenario.base import says
from gateway.scenario.models import FormField
from mesh.wire.common import shortened
from mesh.wire.lead_sender import MAX_VALUE

REFUSED = 0.2
"""Confidence of a value that the caller has refused, and for which no other came."""


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
    whole, text = text, words.readable(text)
    form, before = session.form, dict(session.pending)
    known = {name: value for name, value in session.fields.items() if name not in form.doubted}
    checked = fields.checked(session.asked)
    asked = replace(context, asked=CONFIRM if checked else session.asked)
    joined, session.pending = fields.join(text, session.scenario.fields, asked, session.pending)
    fresh = fields.extract(joined, session.scenario.fields, asked, known)
    for one in session.scenario.fields:
        if one.type == "text" and fresh.get(one.name) == text:
            fresh[one.name] = shortened(whole.strip(), MAX_VALUE)  # it is kept as it was said, all of it
    answer = words.means(text, context.language) if session.asked == CONFIRM or checked else ""
    refused: list[str] = []
    if checked and checked not in fresh:
        fresh |= _rather(session, text, context, checked, known, answer)
        if answer == "yes" and checked not in fresh:
            form.checked.append(checked)
        elif answer == "no" and checked not in fresh:
            refused = [checked]
    elif not fresh:
        fresh, refused = _correction(session, text, context, known)
    corrected = [name for name in fresh if name in session.fields and (checked or session.asked == CONFIRM)]
    for name in refused + corrected:
        form.refusals[name] = form.refusals.get(name, 0) + 1
    _note(session, fresh, refused, joined, asked, turn=session.turns + 1)
    heard = bool(fresh or refused) or answer == "yes" or session.pending != before
    if not heard:
        _missed(session, text)
    confirmed = (session.confirmed and not fresh) or (session.asked == CONFIRM and answer == "yes" and not fresh)
    if confirmed:
        form.heard = {name: one | {"confidence": 1.0} for name, one in form.heard.items()}
    return Taken(fresh, heard, confirmed)


def _correction(
    session: Session, text: str, context: Context, known: dict[str, str]
) -> tuple[dict[str, str], list[str]]:
    """What the turn says instead of values that are there, and which of them it calls wrong without saying more."""
    fresh = _instead(session, text, context, known) or _of_before(session, text, context, known)
    if fresh:
        return fresh, []
    there = [one for one in session.scenario.fields if one.name in known]
    refused = mention.refused(text, there, context.language)
    if session.asked == CONFIRM and words.means(text, context.language) != "yes":
        refused = refused or mention.of(text, there, context.language)
    rest = mention.after(text, context.language)  # "the city is wrong, I said Miami"
    for one in [one for one in there if one.name in refused and one.type != "text"]:
        fresh |= fields.extract(rest, [one], replace(context, asked=one.name), {one.name: session.fields[one.name]})
    return fresh, [name for name in refused if name not in fresh]


def learn(session: Session, read: Read, values: Mapping[str, tuple[str, float]]) -> dict[str, str]:
    """Take what a model found in a turn, each value with its confidence, into a session; those that are taken.

    Where the rules have one theirs stays, but for a name: a model knows better where one ends. The session may have
    gone on since the turn: what has changed there is newer.
    """
    kinds = {one.name: one.type for one in session.scenario.fields}
    fresh, asked = read.taken.fresh, read.context.asked
    added = {
        name: value
        for name, (value, _) in values.items()
        if (name not in fresh or kinds[name] == "name")
        and (name in fresh or session.fields.get(name) != value)
        and (name in fresh or name not in session.fields or name in session.form.doubted or name == asked)
        and _state(session, name) == read.left[name]
    }
    other = {name: value for name, value in added.items() if session.fields.get(name) != value}
    _note(session, other, [], read.text, read.context, turn=read.turn)
    for name, value in added.items():
        session.form.heard[name]["confidence"] = values[name][1]
        session.fields[name] = value
    if added and asked in session.form.misses:
        del session.form.misses[asked]
    return added


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


def _instead(session: Session, text: str, context: Context, known: dict[str, str]) -> dict[str, str]:
    """What takes the place of a value that is denied by itself: "it's not Dallas, it's Houston"."""
    denied = names.denied(text, context.language).casefold()
    for one in session.scenario.fields:
        value = known.get(one.name, "")
        if one.type in ("name", "city") and denied and value and denied.startswith(value.casefold().split()[0]):
            rest = text.casefold().rpartition(denied)
            before, after = text[: len(rest[0])], text[len(rest[0]) + len(denied) :].strip(" ,.;!")
            # "Not Dallas, Houston", and "I meant Houston, not Dallas".
            said = after or words.without_no(before.rpartition(",")[0], context.language)
            return fields.extract(said, [one], replace(context, asked=one.name), {}) if said else {}
    return {}


def _of_before(session: Session, text: str, context: Context, known: dict[str, str]) -> dict[str, str]:
    """A correction of what was said in the turn before, while we ask for something else: "no, it's Michelle"."""
    asked = next((one for one in session.scenario.fields if one.name == session.asked), None)
    rest = words.without_no(text, context.language)
    if asked is None or asked.type in ("yes_no", "text") or rest == text.strip() or not rest:
        return {}
    for one in session.scenario.fields:
        if session.form.heard.get(one.name, {}).get("turn") == session.turns and one.type != "text" and session.turns:
            found = fields.extract(rest, [one], replace(context, asked=one.name), {})
            if found and found[one.name] != known.get(one.name):
                return found
    return {}


def _rather(
    session: Session, text: str, context: Context, checked: str, known: dict[str, str], answer: str
) -> dict[str, str]:
    """What is said instead of the value that we read back: "no, it's Hannah"; or the answer to what comes next."""
    one = next(one for one in session.scenario.fields if one.name == checked)
    rest = words.without_no(text, context.language) if answer == "no" else text
    if rest and answer != "yes" and one.type != "text":
        others = {name: value for name, value in known.items() if name != checked}
        found = fields.extract(rest, [one], replace(context, asked=checked), others)
        if found and found != {checked: session.fields.get(checked)}:
            return found
    if answer:
        return {}
    following = next((f for f in session.scenario.fields if f.required and f.name not in session.fields), None)
    if following is None or following.type == "text":
        return {}
    return fields.extract(text, [following], replace(context, asked=following.name), known)


def _note(
    session: Session, fresh: dict[str, str], refused: list[str], text: str, context: Context, *, turn: int
) -> None:
    form, by_name = session.form, {one.name: one for one in session.scenario.fields}
    for name in refused:
        form.heard[name] = {**form.heard.get(name, {"turn": 0}), "confidence": REFUSED}
        form.doubted = [*(n for n in form.doubted if n != name), name]
        form.checked = [n for n in form.checked if n != name]
        form.misses.pop(name, None)
    for name, value in fresh.items():
        same = session.fields.get(name) == value
        sure = fields.confidence(by_name[name], text, value, context)
        form.heard[name] = {"confidence": sure, "turn": turn}
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
        form.doubted = [name for name in form.doubted if name != asked.name]


def by_letters(session: Session, asked: FormField) -> bool:
    """Whether a value is read back, and asked for, a letter or a digit at a time: it was refused twice."""
    return asked.type in ("phone", "email", "name") and session.form.refusals.get(asked.name, 0) >= 2
