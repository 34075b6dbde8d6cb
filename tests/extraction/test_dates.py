"""Every way in which people write and say dates: a table of cases, and every date in every style, language and region."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from extraction import dates, lexicon, reading
from tests.extraction import kinds

TODAY = date(2026, 11, 20)
TABLE = [
    tuple(cell.strip() for cell in line.split("|"))
    for line in (Path(__file__).parent / "dates.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
DASHES = ("-", "–", "—", "−", " - ", " – ", " — ", " − ", "..", " .. ", " → ")
WORDS = {
    "en": (" to ", " until ", " through "),
    "ru": (" по ", " до "),
    "de": (" bis ", " bis zum "),
    "es": (" al ", " hasta el "),
}
WORDS["fr"] = (" au ", " jusqu'au ")
SHORT = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "ru": "янв фев мар апр мая июн июл авг сен окт ноя дек",
    "de": "Jan. Feb. März Apr. Mai Jun. Jul. Aug. Sep. Okt. Nov. Dez.",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
}
REGION = {
    "en": ("US", "GB", "AU", "PH"),
    "ru": ("RU", "KZ"),
    "de": ("DE", "AT", "CH"),
    "es": ("ES", "MX", "AR"),
    "fr": ("FR", "BE"),
}
MONTHS = {code: lexicon.of(code).dates.months for code in WORDS}
LANGUAGES = sorted(MONTHS)
days = st.dates(date(2026, 11, 21), date(2036, 12, 31))
stays = st.integers(1, 250).map(timedelta)


@pytest.mark.parametrize(("where", "text", "expected"), TABLE)
def test_dates_as_people_write_them(where: str, text: str, expected: str) -> None:
    language, region = (part.replace("-", "") for part in where.split())
    reading = dates.read(text, TODAY, language=language, region=region)
    assert (reading.value if not reading.unread else "") == expected, reading


@pytest.mark.parametrize(
    ("language", "said", "expected"),
    [
        ("fr", "du 1er juillet à 15h au 10 juillet à 11h", "2027-07-01/2027-07-10"),
        ("fr", "arrivée le premier juillet vers quinze, départ le dix", "2027-07-01/2027-07-10"),
        ("fr", "le 5 juillet à 15h30", "2027-07-05"),
        ("es", "el 1 de julio a las cinco de la tarde hasta el 10 de julio", "2027-07-01/2027-07-10"),
        ("es", "llegada el 1 de julio a las 3, salida el 10 a las 12", "2027-07-01/2027-07-10"),
        ("en", "arriving July first at three, leaving the tenth", "2027-07-01/2027-07-10"),
        ("en", "July 5 at 6 to 8", "2027-07-05"),
        ("de", "am 1. Juli um drei, Abreise am 10.", "2027-07-01/2027-07-10"),
        ("ru", "с 1 июля в три до 10 июля", "2027-07-01/2027-07-10"),
    ],
)
def test_an_hour_is_no_end_of_a_stay(language: str, said: str, expected: str) -> None:
    """Found by blind dialogues: "à 15h" behind a day was taken for "to the 15th"."""
    assert kinds.days(said, language, asked=True, today=TODAY) == expected


@pytest.mark.parametrize(
    ("language", "said"), [("en", "1, 3 and 10 July"), ("ru", "1 и 5 июля"), ("de", "1.7. und 5.7.")]
)
def test_days_of_a_list_are_read_back(language: str, said: str) -> None:
    assert (
        not kinds.value("date_range", said, language, today=TODAY)
        or dates.read(said, TODAY, language=language).confidence < 0.6
    )


def numeric(day: date, region: str, sign: str, *, padded: bool, year: str) -> str:
    form = "02d" if padded else "d"
    month_first = region in dates.MONTH_FIRST and sign != "."
    parts = [f"{part:{form}}" for part in ((day.month, day.day) if month_first else (day.day, day.month))]
    if year:
        parts.append(f"{day.year}" if year == "long" else f"{day.year % 100:02d}")
    elif sign == ".":
        return ".".join(parts) + "."
    return sign.join(parts)


def worded(day: date, language: str, region: str, *, short: bool, year: bool) -> str:
    name = (SHORT if short else MONTHS)[language].split()[day.month - 1]
    if language == "en" and region == "US":
        return f"{name} {day.day}" + (f", {day.year}" if year else "")
    dot, of = "." if language == "de" else "", " de " if language == "es" and not short else " "
    first = "1er" if language == "fr" and day.day == 1 else f"{day.day}{dot}"
    return f"{first}{of}{name}" + (f"{of}{day.year}" if year else "")


def written(draw: st.DrawFn, language: str, region: str, moment: list[date], *, year: bool) -> tuple[list[str], bool]:
    """Days in one style, and whether hyphens are in them."""
    style = draw(st.sampled_from(("numeric", "iso", "worded") if year else ("numeric", "worded")))
    if style == "iso":
        sign = draw(st.sampled_from("-/."))
        return [f"{day.year}{sign}{day.month:02d}{sign}{day.day:02d}" for day in moment], sign in "-/"
    if style == "worded":
        short = draw(st.booleans())
        return [worded(day, language, region, short=short, year=year) for day in moment], False
    sign, padded = draw(st.sampled_from("./-" if year else "./")), draw(st.booleans())
    long = draw(st.sampled_from(("long", "short"))) if year else ""
    return [numeric(day, region, sign, padded=padded, year=long) for day in moment], sign in "-/"


@settings(max_examples=400, deadline=None)
@given(st.data(), st.sampled_from(LANGUAGES), days)
def test_a_day_reads_back_in_every_style(data: st.DataObject, language: str, day: date) -> None:
    region = data.draw(st.sampled_from(REGION[language]))
    year = data.draw(st.booleans())
    assume(year or day == next_one(day))
    (text,), _ = written(data.draw, language, region, [day], year=year)  # type: ignore[arg-type]
    reading = dates.read(text, TODAY, language=language, region=region)
    assert (reading.value, reading.unread) == (day.isoformat(), ()), text
    assert kinds.days(text, language, asked=True, region=region, today=TODAY) == day.isoformat(), text


@settings(max_examples=600, deadline=None)
@given(st.data(), st.sampled_from(LANGUAGES), days, stays)
def test_a_range_reads_back_in_every_style(data: st.DataObject, language: str, day: date, stay: timedelta) -> None:
    region, years = data.draw(st.sampled_from(REGION[language])), data.draw(st.sampled_from(("both", "last", "none")))
    last = day + stay
    assume(years != "none" or (day == next_one(day) and last == next_one(last, day)))
    assume(years != "last" or (day.month, day.day) != (2, 29))
    draw = data.draw
    if years == "last":
        (first,), hyphens = written(draw, language, region, [day], year=False)  # type: ignore[arg-type]
        (second,), more = written(draw, language, region, [last], year=True)  # type: ignore[arg-type]
        hyphens = hyphens or more
    else:
        (first, second), hyphens = written(draw, language, region, [day, last], year=years == "both")  # type: ignore[arg-type]
    spaced = tuple(dash for dash in DASHES if " " in dash)
    to = draw(st.sampled_from((spaced if hyphens else DASHES) + WORDS[language]))
    text, expected = first + to + second, f"{day}/{last}"
    reading = dates.read(text, TODAY, language=language, region=region)
    assert (reading.value, reading.unread) == (expected, ()), text
    assert kinds.days(text, language, asked=True, region=region, today=TODAY) == expected, text


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(LANGUAGES), days, st.integers(1, 27))
def test_a_range_within_a_month_reads_back(data: st.DataObject, language: str, day: date, nights: int) -> None:
    last = day + timedelta(nights)
    assume(last.month == day.month)
    name, to = MONTHS[language].split()[day.month - 1], data.draw(st.sampled_from((*DASHES, *WORDS[language])))
    dot, of = "." if language == "de" else "", " de " if language == "es" else " "
    text = f"{day.day}{dot}{to}{last.day}{dot}{of}{name} {day.year}"
    assert dates.read(text, TODAY, language=language).value == f"{day}/{last}", text


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=80) | st.text("0123456789./-– :июляJulbistopo", max_size=40))
def test_any_text_gives_a_real_range_or_nothing(text: str) -> None:
    reading = dates.read(text, TODAY, region="GB")
    found = [date.fromisoformat(part) for part in reading.value.split("/") if part]
    assert found == sorted(set(found))
    for language in LANGUAGES:
        kinds.days(text, language, today=TODAY)


def next_one(day: date, after: date = TODAY) -> date:
    """The next day of the same name."""
    for year in range(after.year, after.year + 9):
        try:
            if (found := day.replace(year=year)) >= after:
                return found
        except ValueError:
            continue
    raise AssertionError(day)


@pytest.mark.parametrize(
    ("text", "language", "region", "sure"),
    [
        ("13/07/2027", "", "US", reading.SURE),  # only one order makes a date of it
        ("07/05/2027", "", "US", reading.GUESSED),
        ("07/05/2027", "", "", reading.UNSURE),
        ("07/05/2027", "de", "US", reading.GUESSED),
        ("2027-07-05", "", "", reading.SURE),
        ("5 July", "en", "", reading.SURE),
    ],
)
def test_confidence_says_when_the_order_is_a_guess(text: str, language: str, region: str, sure: float) -> None:
    assert dates.read(text, TODAY, language=language, region=region).confidence == sure


@pytest.mark.parametrize(
    "text",
    [
        "in 99999999999 days",
        "tomorrow for 9999999 nights",
        "9" * 5_000,
        "in 9999 weeks for 9999999 nights",
        "31.12.9999 - 5",
        "1 July for 9999999 nights",
    ],
)
@pytest.mark.parametrize("language", ["", "en", "ru"])
def test_what_no_calendar_holds_is_not_understood(text: str, language: str) -> None:
    reading = dates.read(text, date(2026, 11, 20), language=language)
    assert not reading.value or reading.unread
    kinds.days(text, language or "en", today=date(2026, 11, 20))
