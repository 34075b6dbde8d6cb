"""Where the leads of a scenario go: what its file says under `delivery`, else what the settings say."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from lead_sender.config import Settings
from mesh import logs
from mesh.kept.documents import LastGood, listed, read
from mesh.settings import load_config
from mesh.wire.lang import Languages
from mesh.wire.lead_sender import Delivery, EmailTo, Sink, TelegramTo, WebhookTo

PLACEHOLDER = Delivery.model_validate(
    {
        "email": {"to": ["owner@example.com"]},
        "telegram": {"chat_id": "@example"},
        "webhook": {"url": "https://example.com/leads"},
    }
)
"""Shown in Dev Mode when nothing is configured yet."""
log = logs.get("destinations")


class _Choice(BaseModel):
    value: str
    words: dict[str, list[str]] = {}


class _Field(BaseModel):
    name: str
    type: str = "text"
    label: dict[str, str] = {}
    choices: list[_Choice] = []
    min: float | None = None
    max: float | None = None


class _Hours(BaseModel):
    open: dict[str, list[str]] = {}


class _Niche(BaseModel):
    """What of a scenario's file concerns its leads; gateway checks the whole of it."""

    name: str
    default_language: str = "en"
    region: str | None = None
    time_zone: str = "UTC"
    hours: _Hours = _Hours()
    fields: list[_Field] = []
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Who reads the leads of a scenario: where, in which words, and what they call its fields."""

    delivery: Delivery
    texts: Mapping[str, str]
    """Those of config/languages.yaml, in their language."""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def sinks(self) -> list[Sink]:
        """The sinks that are in use."""
        return [sink for sink in ("email", "telegram", "webhook") if getattr(self.delivery, sink)]


@dataclass(frozen=True, slots=True)
class Custom:
    """What the values of a scenario's leads are read in; of a lead without one nothing is known."""

    types: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    region: str = ""
    time_zone: str = ""
    hours: tuple[str, ...] = ()
    choices: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """By field, the values that may be chosen, each with its words in every language."""
    limits: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """By field, the least and the largest number."""


class Destinations:
    """Reads the scenarios' files, and again when one of them has changed; a broken one stays as it was.

    After a restart too: a lead must not go to others, or nowhere, because of a mistake in a file.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder, self._dev = settings.scenarios_dir, settings.is_dev
        self._default = _from_settings(settings)
        self._languages = load_config("languages.yaml", Languages)
        self._kept = LastGood(settings.scenarios_kept_dir / "lead_sender")
        self._seen: dict[Path, int] = {}
        self._niches: dict[Path, _Niche] = {}
        self.broken: dict[str, str] = {}
        """What is wrong with files, by name."""

    def of(self, scenario: str | None) -> Owner:
        """The owner of a scenario's leads; one that is unknown, or None, has those of the settings."""
        niche = self._niche(scenario)
        own = niche.delivery if niche and niche.delivery else Delivery()
        chosen = {sink: getattr(own, sink) or getattr(self._default, sink) for sink in ("email", "telegram", "webhook")}
        delivery = Delivery(language=own.language, **chosen)
        if self._dev and not any(chosen.values()):
            delivery = PLACEHOLDER
        language = own.language or (niche.default_language if niche else "en")
        labels = {one.name: one.label[language] for one in niche.fields if language in one.label} if niche else {}
        return Owner(delivery, self._languages.get(language).templates, labels)

    def region(self, scenario: str | None) -> str | None:
        """Where the numbers of a scenario's callers are at home, when they have no country code."""
        niche = self._niche(scenario)
        return (niche.region or self._languages.get(niche.default_language).region) if niche else None

    def custom(self, scenario: str | None) -> Custom:
        """What the scenario says of the values of its leads."""
        niche = self._niche(scenario)
        if niche is None:
            return Custom()
        types = {one.name: one.type for one in niche.fields}
        hours = tuple(dict.fromkeys(span for spans in niche.hours.open.values() for span in spans))
        choices = {
            one.name: {choice.value: tuple(w for said in choice.words.values() for w in said) for choice in one.choices}
            for one in niche.fields
        }
        limits = {one.name: (one.min, one.max) for one in niche.fields}
        return Custom(types, niche.default_language, niche.region or "", niche.time_zone, hours, choices, limits)

    def _niche(self, scenario: str | None) -> _Niche | None:
        return next((niche for niche in self._niches.values() if niche.name == scenario), None)

    def wanted(self) -> set[Sink]:
        """Every sink that the settings or a scenario name."""
        return {
            sink for name in [None, *(niche.name for niche in self._niches.values())] for sink in self.of(name).sinks
        }

    def refresh(self) -> None:
        """Read the files that have changed. It blocks: run it on a thread."""
        try:
            present = listed(self._folder)
        except ValueError as error:
            # Nobody deletes all of them: the folder is not mounted, or not ours to read. Or there never were any.
            for copy in [] if self._niches else self._kept.all():
                self._read(copy, keep=False)
            self._say({self._folder.name: str(error)} if self._niches else {})
            return
        wrong = dict(self.broken)
        for path, changed in present.items():
            if self._seen.get(path) != changed:
                trouble = self._read(path)
                wrong[path.name] = trouble
        self._niches = {path: niche for path, niche in self._niches.items() if path in present}
        self._seen = present
        names = {path.name for path in present}
        self._say({name: trouble for name, trouble in wrong.items() if trouble and name in names})

    def _say(self, broken: dict[str, str]) -> None:
        for name, trouble in broken.items():
            if self.broken.get(name) != trouble:
                log.error("scenario unreadable: its leads go where they went", file=name, error=trouble[:300])
        self.broken = broken

    def _read(self, path: Path, *, keep: bool = True) -> str:
        """Take a file; what is wrong with it, then its last good version is taken if nothing else is."""
        try:
            document = read(path)
            self._niches[path] = _Niche.model_validate(document.data)
        except ValueError as error:
            copy = self._kept.of(path) if keep and path not in self._niches else None
            if copy is not None:
                with contextlib.suppress(ValueError):
                    self._niches[path] = _Niche.model_validate(read(copy).data)
            return str(error)
        try:
            if keep:
                self._kept.keep(path, document.text)
        except OSError as error:
            log.error("no copy of a good scenario", file=path.name, error=str(error))
        return ""


def _from_settings(settings: Settings) -> Delivery:
    to = [address.strip() for address in settings.lead_email_to.split(",") if address.strip()]
    return Delivery(
        email=EmailTo(to=to) if to else None,
        telegram=TelegramTo(chat_id=settings.lead_telegram_chat) if settings.lead_telegram_chat else None,
        webhook=WebhookTo.model_validate({"url": settings.lead_webhook_url}) if settings.lead_webhook_url else None,
    )
