"""The language that a caller speaks, and when a session takes it.

Names, places and numbers are said in any language: what an utterance tells is in its other words. A sentence is plain,
and taken at once, whichever turn it is; a word or two decide only where nothing has been said yet but a greeting, or
when the next turn agrees, so that one "merci" changes nothing. The session's own language is lang's prior throughout.

| step | slow or down                          | it lies |
| ---- | ------------------------------------- | ------- |
| lang | skipped: the session's language stays | same    |
"""

import re
from datetime import date

from extraction import gazetteer, lexicon, numerals, table, words
from extraction.kinds import Ask
from extraction.kinds.name import Name
from extraction.kinds.registry import KINDS, part
from extraction.name_parts import LIKELY
from extraction.utterance import Utterance
from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from gateway.turns.vocabulary import requested_language
from mesh.client import Client
from mesh.wire.common import shortened
from mesh.wire.lang import DETECT, LangReply, LangRequest

SURE = 0.8
"""Confidence, the session's language as the prior, from which an utterance tells anything."""
SENTENCE, TELLING = 3, 2
"""Words of a plain utterance, and how many of them tell its language."""
LONGEST_CITY = 3
"""Words of a city's name that is looked for."""
ENOUGH = 400
"""Characters of an utterance that tell its language."""
_DIGIT = re.compile(r"\d")


async def find(lang: Client, deadline_s: float, turn: Turn, session: Session, text: str, hint: str | None) -> None:
    """Set the language of a draft: as told, as asked for, or as lang finds it, if it is sure."""
    before, told = session.detected, hint or requested_language(text, session.scenario.languages)
    if told:
        session.language = told if told in session.scenario.languages else session.language
        return
    session.detected = ""
    if len(session.scenario.languages) == 1:
        return
    text = _without_dictation(session, text)
    if not words.split(text):
        return
    request = LangRequest(
        text=shortened(text, ENOUGH), history=[session.language], allowed=list(session.scenario.languages)
    )
    found = await turn.optional("lang", lang.call(DETECT, request, deadline_s=deadline_s, retries=1))
    if found is None or found.by == "default" or found.confidence < SURE:
        return
    code = found.detected_language
    telling = _telling(request.text, code, asks_name=_asks_for_name(session))
    if not telling:
        return
    session.detected = code
    plain = _is_plain(request.text, found, len(telling))
    if plain or code == before or _only_greeted(session):
        session.language = code


def _without_dictation(session: Session, text: str) -> str:
    """The text without the address or number that was asked for: they are the same letters in any language."""
    asked = next((field for field in session.scenario.fields if field.name == session.asked), None)
    if asked is None or not KINDS[asked.type].dictated:
        return text
    said = Utterance(words.readable(text), session.language)
    ask = Ask((session.language,), session.scenario.region or "", date.min, asked=True)
    return said.cut(tuple(span for one in KINDS[asked.type].find(said, ask)[:1] for span in one.spans)).text


def _is_plain(text: str, found: LangReply, telling: int) -> bool:
    """Whether nobody would say so who does not speak the language."""
    if telling >= TELLING and (found.by == "script" or len(words.split(text)) >= SENTENCE):
        return True
    return bool(_name(text, found.detected_language, asked=False))


def _telling(text: str, code: str, *, asks_name: bool) -> list[str]:
    """The words of an utterance that tell its language: no names, places, numbers or single letters."""
    called = _name(text, code, asked=asks_name or len(words.split(text)) < SENTENCE)
    names = {table.folded(part) for part in words.split(called)}
    said = words.split(numerals.natural(text, code))
    left, at = [], 0
    while at < len(said):
        lengths = range(min(LONGEST_CITY, len(said) - at), 0, -1)
        place = next((size for size in lengths if _is_place(said[at : at + size])), 0)
        left += [] if place else said[at : at + 1]
        at += place or 1
    return [word for word in left if len(word) > 1 and not _DIGIT.search(word) and table.folded(word) not in names]


def _name(text: str, language: str, *, asked: bool) -> str:
    """The name that the speaker likely gives as their own; "" where they give none."""
    said = Utterance(text, language if language in lexicon.codes() else "en")
    found = Name().find(said, Ask((said.language,), "", date.min, asked=asked))
    return found[0].value if found and found[0].confidence >= LIKELY else ""


def _is_place(said: list[str]) -> bool:
    return gazetteer.find(" ".join(said)) is not None


def _only_greeted(session: Session) -> bool:
    """Whether the caller has said a word at most."""
    return sum(len(words.split(one.content)) for one in session.history if one.role == "user") <= 1


def _asks_for_name(session: Session) -> bool:
    return any(part(field.type).names_speaker for field in session.scenario.fields if field.name == session.asked)
