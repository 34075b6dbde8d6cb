"""Scenarios: what makes it a hotel, a taxi firm or a help desk. One YAML file each, validated."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mesh.errors import BadInput
from mesh.wire.gpt import Faq

FieldType = Literal["name", "phone", "city", "date_range", "text"]
Texts = Annotated[dict[str, str], Field(min_length=1)]


class Strict(BaseModel):
    """A misspelt key is an error, not a key without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FormField(Strict):
    """Something to find out. `label` and `ask` are texts by language."""

    name: str = Field(pattern="^[a-z][a-z0-9_]{0,39}$")
    type: FieldType
    required: bool = True
    label: Texts
    ask: Texts


class Speech(Strict):
    """What the scenario says in one language. `done` may hold `{field}` names."""

    greeting: str
    prompt: str
    done: str
    faq: list[Faq] = Field(default_factory=list)


class Transfer(Strict):
    """When a caller is put through to a human. `keywords` by language are beginnings of words."""

    number: str = Field(pattern=r"^(\+\d{6,15}|sip:.{3,200})$")
    keywords: dict[str, list[str]]
    announce: Literal["spoken", "text", "none"] = "spoken"
    """How the human learns what it is about before they are connected: they hear it, or get an SMS."""

    def wanted(self, text: str, language: str) -> bool:
        """Whether the caller asks for a human."""
        lower = text.lower()
        return any(re.search(rf"\b{re.escape(word.lower())}", lower) for word in self.keywords.get(language, []))


class Limits(Strict):
    """What a call may take, seconds."""

    max_call_s: float = Field(default=1_800, gt=10, le=14_400)
    idle_s: float = Field(default=7, ge=2, le=60)
    max_silences: int = Field(default=3, ge=1, le=20)


class Recorded(Strict):
    """The calls are recorded, both sides. `consent` by language is said before the greeting; it may be left out."""

    consent: dict[str, str] = Field(default_factory=dict)


class Machine(Strict):
    """What is done when a machine answers a call that we have placed. `message` by language."""

    then: Literal["hangup", "message", "talk"] = "hangup"
    message: dict[str, str] = Field(default_factory=dict)


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

    @model_validator(mode="after")
    def _complete(self) -> "Scenario":
        if self.default_language not in self.languages:
            raise ValueError(f"default_language {self.default_language!r} is not among languages")
        for field in self.fields:
            missing = [code for code in self.languages if code not in field.ask or code not in field.label]
            if missing:
                raise ValueError(f"field {field.name!r} has no ask or label in {', '.join(missing)}")
        consent = self.recording.consent if self.recording else {}
        message = self.machine.message if self.machine.then == "message" else None
        for what, texts in (("recording.consent", consent or None), ("machine.message", message)):
            missing = [code for code in self.languages if texts is not None and not texts.get(code)]
            if missing:
                raise ValueError(f"{what} has no text in {', '.join(missing)}")
        return self

    def speech(self, language: str) -> Speech:
        """Texts in a language, or in the default one."""
        return self.languages.get(language) or self.languages[self.default_language]


class Scenarios:
    """All files of the folder. Raises ValueError, naming the file and the place, for one that is wrong."""

    def __init__(self, folder: Path, default: str) -> None:
        self._by_name = {s.name: s for s in (load(path) for path in sorted(folder.glob("*.yaml")))}
        if default not in self._by_name:
            raise ValueError(f"no scenario {default!r} in {folder}; there are: {', '.join(self._by_name) or 'none'}")
        self._default = default

    @property
    def by_name(self) -> Mapping[str, Scenario]:
        """Every scenario."""
        return self._by_name

    def choose(self, name: str | None, called: str | None = None) -> Scenario:
        """The scenario asked for, or that of the called number, or the default. Raises BadInput unknown_scenario."""
        if name is not None and name not in self._by_name:
            raise BadInput("unknown_scenario", f"No scenario {name!r}; there are: {', '.join(self._by_name)}.")
        if name is not None:
            return self._by_name[name]
        for scenario in self._by_name.values():
            if called and called in scenario.numbers:
                return scenario
        return self._by_name[self._default]


def load(path: Path) -> Scenario:
    """A scenario file. Raises ValueError with the file's name and what is wrong where."""
    try:
        return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: {error}") from error
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise ValueError(f"{path}: {places}") from error
