"""What remains of a call: its outcome, a summary and the caller's mood, by a model where there is one, or by rules."""

import re

from extraction import lexicon, words
from gateway.conversation import fields
from gateway.conversation.model import Model
from gateway.conversation.session import Session
from mesh import logs
from mesh.errors import PeerError
from mesh.wire.common import shortened
from mesh.wire.gpt import MAX_TEXT
from mesh.wire.lead_sender import MAX_SUMMARY, CallSummary, Outcome, Sentiment

DEADLINE_S = 8.0
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["summary", "sentiment"],
    "properties": {
        "summary": {"type": "string"},
        "sentiment": {"type": "string", "enum": ["positive", "neutral", "negative"]},
    },
}
log = logs.get("call_summary")


def outcome(session: Session) -> Outcome:
    """How the call ended, from what happened in it."""
    if session.transferred:
        return "transferred"
    if session.confirmed and session.complete:
        return "completed"
    if session.fields:
        return "partial"
    return "information" if session.turns else "abandoned"


def known(session: Session) -> str:
    """What the form holds and what the caller said last, in the session's language: for a colleague, or the lead."""
    form = {wanted.name: wanted for wanted in session.scenario.fields}
    values = [
        f"{form[name].label.get(session.language, name)}: {fields.spoken(form[name], value, session.language)}"
        for name, value in session.fields.items()
        if name in form
    ]
    last = next((message.content for message in reversed(session.history) if message.role == "user"), "")
    return ". ".join([*values, *([f"“{last}”"] if last else [])])


def mood(session: Session) -> Sentiment:
    """The caller's mood by the words that tell one."""
    score = 0
    if session.language not in lexicon.codes():
        return "neutral"
    calls = lexicon.of(session.language).calls
    good, bad = tuple(calls.pleased.split()), tuple(calls.displeased.split())
    for message in session.history:
        if message.role != "user":
            continue
        denied = False
        for word in (word.lower() for word in words.split(message.content)):
            # A no before a good one makes it a bad one.
            score += (-2 if denied else 1) * word.startswith(good) - 2 * (word.startswith(bad) and not denied)
            denied = words.means(word, session.language) == "no"
    return "positive" if score > 0 else "negative" if score < 0 else "neutral"


async def summarise(session: Session, model: Model, duration_s: float) -> CallSummary:
    """What remains of a call. Never fails: without a model, or with one that is late or lies, the rules write it."""
    found = CallSummary(
        summary=shortened(known(session), MAX_SUMMARY),
        outcome=outcome(session),
        sentiment=mood(session),
        language=session.language,
        turns=session.turns,
        duration_s=duration_s,
    )
    if not session.turns:
        return found
    said = "\n".join(f"{'Caller' if one.role == 'user' else 'We'}: {one.content}" for one in session.history)
    prompt = (
        "Summarise this telephone call for the owner of the business in two or three sentences, in the language with "
        f"the code {session.language}: what the caller wants, what was agreed, what is open. Then judge their mood."
    )
    try:
        written = await model.ask(prompt, shortened(said, MAX_TEXT), _SCHEMA, DEADLINE_S)
    except PeerError as error:
        if error.code != "no_model":
            log.warning("the rules sum up", session_id=session.id, reason=error.reason)
        return found
    text, feeling = written.get("summary"), written.get("sentiment")
    if not isinstance(text, str) or not text.strip() or feeling not in ("positive", "neutral", "negative"):
        log.warning("the model's summary makes no sense", session_id=session.id)
        return found
    text = re.sub(r"\s+", " ", text).strip()
    text = shortened(text, MAX_SUMMARY)
    return found.model_copy(update={"summary": text, "sentiment": feeling, "by": "llm"})
