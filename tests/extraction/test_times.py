"""Times of day: a table of cases, and every time in every style."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction import lexicon, time
from tests.extraction import kinds

TABLE = [
    tuple(cell.strip() for cell in line.split("|"))
    for line in (Path(__file__).parent / "times.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("language", "hours", "text", "expected"), TABLE)
def test_times_as_people_say_them(language: str, hours: str, text: str, expected: str) -> None:
    spans = () if hours == "-" else (hours,)
    assert kinds.time(text, language, asked=True, hours=spans) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(lexicon.codes()),
    st.sampled_from(("24", "am", "AM", "a.m.")),
)
def test_a_time_reads_back_in_every_style(hour: int, minute: int, language: str, style: str) -> None:
    if style == "24":
        text = f"{hour:02d}:{minute:02d}"
    else:
        part = style if hour < 12 else style.replace("a", "p").replace("A", "P")
        text, language = f"{hour % 12 or 12}:{minute:02d}{part}", "en"
    reading = time.read(text, language=language)
    assert (reading.value, reading.unread) == (f"{hour:02d}:{minute:02d}", ()), text


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 6), st.integers(0, 59), st.sampled_from(lexicon.codes()))
def test_an_early_hour_is_never_guessed(hour: int, minute: int, language: str) -> None:
    assert kinds.time(f"{hour}:{minute:02d}", language, asked=True) == ""
    in_hours = kinds.time(f"{hour}:{minute:02d}", language, asked=True, hours=["09:00-19:00"])
    assert in_hours == f"{hour + 12:02d}:{minute:02d}"


@pytest.mark.parametrize("text", ["3pm or so maybe", "whenever", "25:00", "3:75", "", "1e9"])
def test_what_is_no_time_is_not_read_whole(text: str) -> None:
    reading = time.read(text)
    assert not reading.value or reading.unread
