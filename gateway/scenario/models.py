"""A scenario: what makes it a hotel, a taxi firm or a help desk. The models of its YAML file; see scenarios.py."""

from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from extraction import lexicon
from extraction.kinds.registry import part
from gateway.scenario.actions import Machine, Recorded, Tool, Transfer
from gateway.scenario.base import Strict, Texts, placeholders
from mesh.wire.gpt import Faq
from mesh.wire.lead_sender import RESERVED, Delivery

FieldType = Literal[
    "name", "phone", "city", "date", "date_range", "time", "number", "choice", "email", "text", "yes_no"
]
Span = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]$")]
"""From when to when, "09:00-18:00"; to the end of the day is 24:00."""


class Choice(Strict):
    """One of the answers of a `choice`: what is saved, and by language its words; the first is what we say."""

    value: str = Field(min_length=1, max_length=100)
    words: dict[str, Annotated[list[str], Field(min_length=1)]] = Field(default_factory=dict)


class FormField(Strict):
    """Something to find out. `label` and `ask` are texts by language; `choices` are a `choice`'s, `min` and `max` a
    `number`'s. `confirm`: read back as soon as it is heard (`each`), with the others at the end, or not at all (`no`).
    After `tries` answers that said nothing of it, it is left out. `any_time`: the scenario's hours do not limit this
    `date` or `time`.
    """

    name: str = Field(pattern="^[a-z][a-z0-9_]{0,39}$")
    type: FieldType
    required: bool = True
    label: Texts
    ask: Texts
    choices: list[Choice] = Field(default_factory=list, max_length=50)
    min: float | None = None
    max: float | None = None
    confirm: Literal["each", "end", "no"] = "end"
    tries: int = Field(default=4, ge=1, le=20)
    any_time: bool = False

    @model_validator(mode="after")
    def _fits_its_type(self) -> "FormField":
        takes = part(self.type).takes
        if (len(self.choices) < 2) if "choices" in takes else self.choices:
            raise ValueError("a field of type choice has two choices or more, no other has any")
        if len({choice.value for choice in self.choices}) < len(self.choices):
            raise ValueError("two choices have the same value")
        if not {"min", "max"} <= takes and (self.min is not None or self.max is not None):
            raise ValueError("min and max belong to a field of type number")
        if self.any_time and "any_time" not in takes:
            raise ValueError("any_time belongs to a field of type date or time")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is larger than max")
        if self.name in RESERVED or self.name in ("caller", "confirm"):
            raise ValueError(f"name: {self.name!r} is a word of ours; call the field something else")
        return self


class Speech(Strict):
    """What the scenario says in one language. `done` may hold `{field}` names."""

    greeting: str
    prompt: str
    done: str
    faq: list[Faq] = Field(default_factory=list)

    @field_validator("done")
    @classmethod
    def _braces(cls, text: str) -> str:
        try:
            placeholders(text)
        except ValueError:
            raise ValueError("a brace is not closed") from None
        return text


class Hours(Strict):
    """Business hours, in the scenario's time zone. Outside of them `closed` is said, and nobody is put through."""

    open: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], list[Span]] = Field(min_length=1)
    holidays: list[date] = Field(default_factory=list)
    closed: Texts

    @property
    def spans(self) -> tuple[str, ...]:
        """The hours of every day of the week."""
        return tuple(dict.fromkeys(span for spans in self.open.values() for span in spans))

    def on(self, day: date) -> tuple[str, ...]:
        """The hours of a day; none on a holiday."""
        return () if day in self.holidays else tuple(self.open.get(_DAYS[day.weekday()], []))

    def is_open(self, now: datetime) -> bool:
        """Whether somebody is there at a local time."""
        time = f"{now:%H:%M}"
        return any(begin <= time < end for begin, _, end in (span.partition("-") for span in self.on(now.date())))


_DAYS: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
    "mon", "tue", "wed", "thu", "fri", "sat", "sun",
)  # fmt: skip


class Limits(Strict):
    """What a call may take, seconds."""

    max_call_s: float = Field(default=1_800, gt=10, le=14_400)
    idle_s: float = Field(default=7, ge=2, le=60)
    max_silences: int = Field(default=3, ge=1, le=20)


class Scenario(Strict):
    """A scenario file."""

    name: str = Field(pattern="^[a-z0-9_-]{1,64}$")
    default_language: str
    numbers: list[str] = Field(default_factory=list)
    languages: dict[str, Speech] = Field(min_length=1)
    fields: list[FormField] = Field(default_factory=list)
    transfer: Transfer | None = None
    limits: Limits = Field(default_factory=Limits)
    recording: Recorded | None = None
    machine: Machine = Field(default_factory=Machine)
    region: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    """Region in which a national phone number is read (ISO 3166, "CH"); none: that of the language spoken."""
    time_zone: str = "UTC"
    """IANA name ("Europe/Berlin"): what "today" and the business hours mean."""
    voices: dict[str, str] = Field(default_factory=dict)
    """Voice of the speech engine by language; none: the language's."""
    hours: Hours | None = None
    tools: list[Tool] = Field(default_factory=list, max_length=16)
    delivery: Delivery | None = None

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise ValueError(f"{name!r} is no time zone; write it as Europe/Berlin") from None
        return name

    @model_validator(mode="after")
    def _complete(self) -> "Scenario":
        if self.default_language not in self.languages:
            raise ValueError(f"default_language {self.default_language!r} is not among languages")
        for code in self.languages:
            try:
                lexicon.of(code)
            except lexicon.LexiconError as error:
                raise ValueError(f"languages.{code} would not be understood: {error}") from None
        for place, field in enumerate(self.fields):
            for what, texts in (("ask", field.ask), ("label", field.label)):
                missing = [code for code in self.languages if code not in texts]
                if missing:
                    raise ValueError(f"fields.{place}.{what} has no text in {', '.join(missing)}")
        names = {field.name for field in self.fields}
        for code, speech in self.languages.items():
            unknown = [name for name in placeholders(speech.done) if name not in names]
            if unknown:
                raise ValueError(f"languages.{code}.done has {{{unknown[0]}}}, which is no field")
        if len({tool.name for tool in self.tools} | {"transfer"}) <= len(self.tools):
            raise ValueError("tools: each has a name of its own, and none is called transfer")
        consent = self.recording.consent if self.recording else {}
        message = self.machine.message if self.machine.then == "message" else None
        by_language = [("recording.consent", consent or None), ("machine.message", message)]
        by_language.append(("hours.closed", self.hours.closed if self.hours else None))
        by_language += [(f"tools.{place}.text", tool.text or None) for place, tool in enumerate(self.tools)]
        by_language += [(f"tools.{place}.say", tool.say or None) for place, tool in enumerate(self.tools)]
        for what, said in by_language:
            missing = [code for code in self.languages if said is not None and not said.get(code)]
            if missing:
                raise ValueError(f"{what} has no text in {', '.join(missing)}")
        return self

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether somebody is there; always, where there are no business hours."""
        return self.hours is None or self.hours.is_open(now or datetime.now(ZoneInfo(self.time_zone)))

    def speech(self, language: str) -> Speech:
        """Texts in a language, or in the default one."""
        return self.languages.get(language) or self.languages[self.default_language]
