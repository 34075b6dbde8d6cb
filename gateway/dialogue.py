"""What has to be said next: where the form stands, in the caller's language, for gpt to put into words."""

from gateway import fields
from gateway.fields import words
from gateway.session import Session
from mesh.wire.gpt import Dialogue
from mesh.wire.lang import Languages


def next_words(languages: Languages, session: Session, text: str, asked: str | None, *, heard: bool) -> Dialogue:
    """The dialogue's next step. `asked` is what comes next, `session.asked` what `text` answers."""
    speech = session.scenario.speech(session.language)
    templates = languages.get(session.language).templates
    form = {field.name: field for field in session.scenario.fields}
    said = {
        name: fields.spoken(form[name], value, session.language)
        for name, value in session.fields.items()
        if name in form
    }
    step, question = "ask", ""
    if asked is None:
        step, question = "done", speech.done.format_map(_Blank(said))
    elif asked != fields.CONFIRM:
        question = form[asked].ask.get(session.language) or form[asked].ask[session.scenario.default_language]
    elif session.asked == fields.CONFIRM and not heard and words.means(text, session.language) == "no":
        heard, question = True, templates["change"]
    else:
        read_back = ", ".join(
            f"{form[name].label.get(session.language, name)} {said[name]}" for name in form if name in said
        )
        step, question = "confirm", templates["confirm"].format(summary=read_back)
    first = session.turns == 0 and session.asked is None
    return Dialogue.model_validate(
        {"step": step, "question": question, "heard": heard, "first": first, "faq": speech.faq}
    )


def went_on(languages: Languages, session: Session, dialogue: Dialogue) -> Dialogue:
    """A number came in part: say what we have, and ask for the rest instead of all of it again."""
    digits = " ".join(session.pending.get(session.asked or "", ""))
    words = languages.get(session.language).templates["go_on"].format(digits=digits)
    return dialogue.model_copy(update={"question": words, "heard": True})


class _Blank(dict[str, str]):
    """Fills a template whose field was not asked for with nothing."""

    def __missing__(self, key: str) -> str:
        return ""
