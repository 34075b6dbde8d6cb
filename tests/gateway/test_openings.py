"""A scenario's hours and holidays limit its dates and times, and what is open nearest is offered."""

from datetime import date, datetime
from typing import Any

import pytest

from gateway.conversation import openings
from gateway.scenario.models import FormField, Hours
from mesh.settings import load_config
from mesh.wire.lang import Languages

LANGUAGES = load_config("languages.yaml", Languages)
NOW = datetime(2026, 11, 20, 11, 0)
"""A Friday, in the scenario's own time."""
HOURS = Hours(
    open={
        **{day: ["09:00-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},  # type: ignore[dict-item]
        "sat": ["10:00-14:00"],
    },
    holidays=[date(2026, 12, 25)],
    closed={"en": "We are closed."},
)


def field(kind: str, **more: Any) -> FormField:
    return FormField(name=kind, type=kind, label={"en": kind}, ask={"en": f"Which {kind}?"}, **more)


FORM = [field("date"), field("time")]


def refused(kind: str, value: str, language: str = "en", now: datetime = NOW, **known: str) -> openings.Refusal | None:
    one = next(one for one in FORM if one.name == kind)
    return openings.refusal(one, value, FORM, known, HOURS, now, language)


@pytest.mark.parametrize(
    ("day", "free"),
    [
        ("2026-11-23", None),
        ("2026-11-22", ("2026-11-21", "2026-11-23")),  # a Sunday
        ("2026-12-25", ("2026-12-24", "2026-12-26")),  # a holiday
        ("2026-11-20", None),
    ],
)
def test_a_day_when_nobody_is_there_is_refused(day: str, free: tuple[str, ...] | None) -> None:
    found = refused("date", day)
    assert (found.free if found else None) == free


def test_today_is_refused_when_its_hours_are_over() -> None:
    evening = NOW.replace(hour=19)
    found = refused("date", "2026-11-20", now=evening)
    assert found
    assert found.free == ("2026-11-21", "2026-11-23"), "never a day that is over"


@pytest.mark.parametrize(
    ("time", "day", "free"),
    [
        ("15:00", "2026-11-23", None),
        ("08:00", "2026-11-23", ("09:00", "11:30")),
        ("19:00", "2026-11-23", ("17:30", "13:00")),
        ("12:30", "2026-11-23", ("13:00", "11:30")),
        ("15:00", "2026-11-21", ("13:30", "10:00")),  # a Saturday
        ("15:00", "", None),
        ("03:00", "", ("09:00", "10:00")),
    ],
)
def test_a_time_outside_of_the_hours_is_refused(time: str, day: str, free: tuple[str, ...] | None) -> None:
    found = refused("time", time, **({"date": day} if day else {}))
    assert (set(found.free) if found else None) == (set(free) if free else None), found


def test_a_day_without_the_time_that_was_said_before_is_refused() -> None:
    found = refused("date", "2026-11-21", time="15:00")
    assert found
    assert found.free == ("2026-11-20", "2026-11-23")


def test_what_is_not_limited() -> None:
    nights = field("date_range")
    assert openings.refusal(nights, "2026-11-22/2026-11-24", [nights], {}, HOURS, NOW, "en") is None
    free = field("time", any_time=True)
    assert openings.refusal(free, "23:00", [free], {}, HOURS, NOW, "en") is None
    assert openings.refusal(FORM[1], "23:00", FORM, {}, None, NOW, "en") is None
    with pytest.raises(ValueError, match="any_time"):
        field("text", any_time=True)


def test_the_hours_of_the_day_that_is_held_read_a_time() -> None:
    assert openings.spans(HOURS, FORM, {"date": "2026-11-21"}, NOW) == ("10:00-14:00",)
    assert openings.spans(HOURS, FORM, {}, NOW) == HOURS.spans
    assert openings.spans(None, FORM, {}, NOW) == ()


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("en", "Sunday, November 22"),
        ("ru", "воскресенье, 22 ноября"),
        ("de", "Sonntag, 22. November"),
        ("es", "domingo, 22 de noviembre"),
        ("fr", "dimanche, 22 novembre"),
    ],
)
def test_a_refusal_is_said_in_the_caller_s_language(language: str, day: str) -> None:
    for found in (refused("date", "2026-11-22", language), refused("time", "19:00", language, date="2026-11-23")):
        assert found
        said = LANGUAGES.get(language).templates[found.template].format(**found.names)
        assert found.names["free"] in said
    found = refused("date", "2026-11-22", language)
    assert found
    assert found.names["day"] == day
