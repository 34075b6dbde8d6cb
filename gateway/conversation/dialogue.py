"""What has to be said next: where the form stands, in the caller's language, for gpt to put into words."""

import re

from extraction import words
from gateway.conversation import fields, form
from gateway.conversation.session import Session
from gateway.scenario.models import FormField
from mesh.wire.gpt import Dialogue
from mesh.wire.lang import Languages


def next_words(languages: Languages, session: Session, text: str, asked: str | None, *, heard: bool) -> Dialogue:
    """The dialogue's next step. `asked` is what comes next, `session.asked` what `text` answers."""
    speech = session.scenario.speech(session.language)
    templates = languages.get(session.language).templates
    wanted = [field for field in session.scenario.fields if field.name in session.fields]
    said = {field.name: _said(session, field) for field in wanted}
    step = "ask"
    if asked is None:
        step, question = "done", speech.done.format_map(_Blank(said)) if said else templates["call_back"]
    elif asked == fields.CONFIRM:
        step = "confirm"
        if session.asked == fields.CONFIRM and not heard and words.means(text, session.language) == "no":
            heard, question = True, templates["change"]
        else:
            question = _read_back([field for field in wanted if field.confirm != "no"] or wanted, session, templates)
    elif name := fields.checked(asked):
        step, question = "confirm", _read_back([field for field in wanted if field.name == name], session, templates)
    else:
        question = _ask(session, asked, templates)
    first = session.turns == 0 and session.asked is None
    return Dialogue.model_validate(
        {"step": step, "question": question, "heard": heard, "first": first, "faq": speech.faq}
    )


def _said(session: Session, field: FormField) -> str:
    value = session.fields[field.name]
    return fields.spoken(field, value, session.language, by_letters=form.by_letters(session, field))


def _read_back(wanted: list[FormField], session: Session, templates: dict[str, str]) -> str:
    parts = [f"{field.label.get(session.language, field.name)} {_said(session, field)}" for field in wanted]
    return templates["confirm"].format(summary=", ".join(parts))


def _ask(session: Session, asked: str, templates: dict[str, str]) -> str:
    field = next(field for field in session.scenario.fields if field.name == asked)
    question = field.ask.get(session.language) or field.ask[session.scenario.default_language]
    slow = form.by_letters(session, field) or session.form.misses.get(asked, 0) >= 2
    if slow and (apart := fields.kind(field).apart):
        question = f"{question} {templates[apart]}"
    if closed := session.form.closed.get(asked):
        return f"{templates[closed['template']].format(**closed['names'])} {question}"
    if others := session.form.others.get(asked):
        spoken = [fields.spoken(field, value, session.language) for value in others]
        return templates["which"].format(first=", ".join(spoken[:-1]), last=spoken[-1])
    return templates["again"].format(question=question) if asked in session.form.doubted else question


def opening(session: Session) -> list[str]:
    """What a call begins with: that it is recorded, that nobody is there now, the greeting."""
    scenario, language = session.scenario, session.language
    consent = scenario.recording.consent.get(language) if scenario.recording else None
    closed = scenario.hours.closed.get(language) if scenario.hours and not scenario.is_open() else None
    return [text for text in (consent, closed, scenario.speech(language).greeting) if text]


def went_on(languages: Languages, session: Session, dialogue: Dialogue) -> Dialogue:
    """A number came in part: say what we have, and ask for the rest instead of all of it again."""
    digits = " ".join(session.pending.get(session.asked or "", ""))
    words = languages.get(session.language).templates["go_on"].format(digits=digits)
    return dialogue.model_copy(update={"question": words, "heard": True})


_END = re.compile(r"[.!?…][\"»”)]*\s+|[。！？]\s*|\n+")


class Statements:
    """An answer that is to ask nothing, because the next question follows it: a model that asks all the same asks in
    vain. Its first sentence is passed on as it is written, of the later ones those that are no questions.
    """

    def __init__(self) -> None:
        self.text = ""
        """What was passed on."""
        self.asks = False
        """It ends with a question."""
        self._sentence = ""
        self._passed: int | None = 0
        """Characters of the first sentence that have been passed on; None after it."""

    def feed(self, piece: str) -> str:
        """More of the answer; what of it is to be said."""
        self._sentence += piece
        said = ""
        while (end := _END.search(self._sentence)) is not None:
            said += self._judged(end.end())
        if self._passed is not None:
            said += self._sentence[self._passed :]
            self._passed = len(self._sentence)
        self.text += said
        return said

    def end(self) -> str:
        """The answer is complete; what is left of it to be said."""
        said = self._judged(len(self._sentence))
        self.text += said
        return said

    def _judged(self, length: int) -> str:
        sentence, self._sentence = self._sentence[:length], self._sentence[length:]
        question = sentence.rstrip(' \n"»”)').endswith(("?", "？"))
        passed, self._passed = self._passed, None
        if not sentence.strip() or (question and passed is None):
            return ""
        self.asks = question
        return sentence[passed or 0 :]


class _Blank(dict[str, str]):
    """Fills a template whose field was not asked for with nothing."""

    def __missing__(self, key: str) -> str:
        return ""
