"""The fields of a scenario as the kinds of `extraction` read them. Pure functions, no I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from extraction import lexicon, repair, words
from extraction.kinds import Ask, Kind
from extraction.kinds.registry import KINDS, part
from extraction.utterance import Utterance
from gateway.conversation.assignment import assign
from gateway.scenario.models import FormField

CONFIRM = "confirm"
"""Asked when all fields are there: whether they are right."""


def checked(asked: str | None) -> str:
    """The field whose value was read back by itself, "" when none was."""
    return asked.removeprefix(f"{CONFIRM}.") if asked and asked.startswith(f"{CONFIRM}.") else ""


@dataclass(frozen=True, slots=True)
class Context:
    """What an utterance is read in: `asked` is the field that our last reply asked for."""

    language: str
    region: str
    today: date
    asked: str | None
    hours: tuple[str, ...] = ()
    """Opening hours, as 09:00-18:00: "at three" is 15:00 where they say so."""
    languages: tuple[str, ...] = ()
    """Those of the scenario."""
    now: datetime | None = None
    """In the scenario's time zone; none: the day's beginning."""

    @property
    def local(self) -> datetime:
        """The time in the scenario's zone."""
        return self.now or datetime.combine(self.today, time.min)

    def ask(  # each as Ask has it
        self,
        field: FormField,
        *,
        asked: bool = False,
        known: str = "",
        elsewhere: str = "",
        before: str = "",
        speaker: str = "",
    ) -> Ask:
        """What an utterance is read for, where it is read for a field."""
        language = self.language
        return Ask(
            languages=tuple(dict.fromkeys((language, *self.languages))),
            region=self.region,
            today=self.today,
            hours=self.hours,
            low=field.min,
            high=field.max,
            question=field.ask.get(language, ""),
            choices={one.value: one.words.get(language, [one.value]) for one in field.choices},
            asked=asked,
            known=known,
            elsewhere=elsewhere,
            before=before,
            speaker=speaker,
        )


def kind(field: FormField) -> Kind:
    """What knows how such a field is said."""
    return KINDS[field.type]


def nouns(field: FormField, language: str) -> tuple[str, ...]:
    """Beginnings of the words by which the field is named."""
    label = [word.lower()[: max(4, len(word) - 2)] for word in words.split(field.label.get(language, ""))]
    usual = lexicon.of(language).fields.nouns.get(field.type, "").split()
    return tuple(usual + [word for word in label if len(word) >= 4])


def extract(text: str, form: Sequence[FormField], context: Context, known: Mapping[str, str]) -> dict[str, str]:
    """New values by field name, normalised; a value that is already known in the same form is not new."""
    found = assign(Utterance(text, context.language), asks(form, context, known))
    return {name: one.value for name, one in found.items()}


def asks(
    form: Sequence[FormField], context: Context, known: Mapping[str, str], pending: Mapping[str, str] | None = None
) -> dict[str, tuple[Kind, Ask]]:
    """What a turn is read for: every field, each with its kind."""
    wanted = next((field.type for field in form if field.name == context.asked), "")
    who = speaker(form, known)
    return {
        field.name: (
            kind(field),
            context.ask(
                field,
                asked=field.name == context.asked,
                known=known.get(field.name, ""),
                elsewhere="" if field.name == context.asked else wanted,
                before=(pending or {}).get(field.name, ""),
                speaker=who,
            ),
        )
        for field in form
    }


def speaker(form: Iterable[FormField], known: Mapping[str, str]) -> str:
    """The caller's name; "" where it is not known."""
    return next((known.get(field.name, "") for field in form if part(field.type).names_speaker), "")


def lenient(ask: Ask) -> Ask:
    """The same field as if our last words had asked for it."""
    return replace(ask, asked=True, elsewhere="")


def warm(language: str) -> None:
    """Load what the rules of a language need, so that no turn waits for it: 250 ms.

    Everything that a turn does is done once: an answer, what is said in passing, a correction.
    """
    today, held = date(2027, 1, 1), []
    asking = Ask((language,), "US", today, question="?", choices={"one": ("one",)})
    said = Utterance("Anna Smith, +1 415 555 0123, in London on 1 July at 15:00", language)
    plain = Utterance(f"{words.first(True, language)}, London", language)
    for name, one in KINDS.items():
        for text in (said, plain):
            value = next((found.value for found in one.find(text, replace(asking, asked=True)) if text is said), "")
            one.find(text, asking)
            if value:
                held.append(
                    repair.Held(name, one, replace(asking, known=value), value, recent=True, level=repair.CONTRARY)
                )
    for text in (said, plain):
        repair.find(text, held)
        words.opening(text.text, language)
        words.refuses(text.text, language)


def spoken(field: FormField, value: str, language: str, *, by_letters: bool = False) -> str:
    """A value as it is read back to the caller; `by_letters`: a letter or a digit at a time."""
    ask = Context(language, "", date(2027, 1, 1), None).ask(field)
    return kind(field).spoken(value, ask, by_letters=by_letters)
