"""What a lexicon knows of days: months, weekdays, ranges, "tomorrow", "in two weeks", holidays."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from extraction.lexicon.section import Phrase, Section, Words


def _of_a_year(day: str) -> str:
    date.fromisoformat(f"2028-{day}")
    return day


Twelve = Annotated[tuple[Phrase, ...], Field(min_length=12, max_length=12)]
Seven = Annotated[tuple[Phrase, ...], Field(min_length=7, max_length=7)]
Ordinals = Annotated[tuple[Phrase, ...], Field(max_length=31)]
DayOfYear = Annotated[str, Field(pattern=r"^\d\d-\d\d$"), AfterValidator(_of_a_year)]


class Units(Section):
    """What is counted to say how long, in every form that it has behind a number."""

    night: Phrase
    day: Phrase
    week: Phrase
    month: Phrase


class Dates(Section):
    """Days. Numbers are digits when these phrases are looked for: "in two weeks" is "in 2 weeks"."""

    months: Words
    """The twelve months as they are said behind a day: "5 июля"."""
    month_forms: Twelve
    """Each month in all its cases and abbreviations, without the dot."""
    month_homonyms: Words = ""
    """Forms of months that are words too, and months beside a number only: the Spanish mar, sea; the English may."""
    number_months: dict[Phrase, int] = Field(default_factory=dict)
    """Abbreviations of a month that are numbers too, and which month: the French sept, 9."""
    weekdays: Words
    """The seven days of the week, Monday first, as a calendar has them; each is one of `weekday_forms`."""
    weekday_forms: Seven
    short_weekdays: Seven
    """Their abbreviations, without the dot."""
    spoken: str
    """A day as it is read back, of {day} and {month}; this form must be one that is understood as well."""
    spoken_year: str
    """The same with its year: of {date} and {year}."""
    ordinals: Ordinals = ()
    """The days of the month from 1 on as ordinals ("twenty-first"), as far as people use them: all 31, or "first"."""
    ordinal_end: Phrase = ""
    """What {end} stands for in them: the endings of their cases."""
    day_ends: Phrase = r"(?!)"
    """What may stand right behind the digits of a day: st|nd|rd|th."""
    day_before: Phrase = r"(?!)"
    """Before a number, what makes it a day of the month where no ordinal does: the Portuguese dia, the French le."""
    of: Words
    """Between a day and its month, or a month and its year."""
    to: Words
    """Between the first day and the last one."""
    until: Words
    """Those of them that name an end, when no beginning is said before them."""
    between: Words
    """Before the first day, where an `also` is a `to`: "between the 1st and the 5th"."""
    also: Words
    """Between days of a list: and."""
    either: Words
    """Between days of which one is meant: or."""
    back: Phrase
    """Words for the way back, which part the first day from the last one too: leaving, return."""
    start: Phrase
    """Words for the way there, which say that a day is the first one: from, arriving."""
    past: Phrase
    """Beside a day, what makes it one that is over: last, ago, was."""
    over: Phrase
    """What says so by itself, in the same part of the sentence: "last year", "two years ago"; not "I was thinking"."""
    every: Phrase
    """Beside a day, what makes it one that comes again and again: every, usually."""
    about_calls: Phrase
    """Near a day or a time, what makes it that of a call to the caller: "ring me" after eight; not "I am calling"."""
    requests: Phrase
    """In a question, what makes it one for something of the caller's own: "can we", "do you have"."""
    questions: Phrase
    """What a question begins with that asks for no such thing: "is there", "are you", "when"."""
    fillers: Words
    """Said around dates without changing them: from, on, please, arriving."""
    counted: Phrase
    """Beginnings of words for what is counted, but no days of a month: nights, people, o'clock, euros."""
    units: Units
    one: Phrase = r"(?!)"
    """What may stand for a 1 before a unit, beside the numbers: "a" of "a week"."""
    near: dict[int, Phrase]
    """Words for a day, by how far it is from today: 0 today, 1 tomorrow, 2 the day after tomorrow."""
    ahead: Phrase
    """How far ahead a day is: in {n} {unit}."""
    lasting: tuple[Phrase, ...]
    """How long a stay is: for {n} {unit}."""
    no_length: Words
    """Words before a number of days that make it no length: "in 3 days"."""
    later: Phrase
    """{n} {unit} later: the same, but moved so far towards the future."""
    earlier: Phrase
    longer: tuple[Phrase, ...] = ()
    """How much a stay is to be longer, with {n} and {unit}: "{n} more {unit}"."""
    shorter: tuple[Phrase, ...] = ()
    """And shorter: "{n} {unit} less"."""
    weekend: Phrase
    next: Phrase
    """Of the next week, weekend or month: next, following."""
    after_next: Phrase = r"(?!)"
    """Of the one after that: after next."""
    week_from: Phrase = r"(?!)"
    """Before a day, how long after it another one is meant: "a week from", or {n} {unit} after."""
    before_day: Phrase = r"(?!)"
    """The same, how long before it: {n} {unit} before."""
    holidays: dict[DayOfYear, Phrase] = Field(default_factory=dict)
    """Days that people call by a name, by month and day; where one name is part of another the longer stands first."""
    advent: Phrase = r"(?!)"
    """Advent, behind the rank of one of its Sundays."""
    feasts: dict[int, Phrase] = Field(default_factory=dict)
    """The same of those that move with Easter, by days from Easter Sunday: 0 Easter, -2 Good Friday, 49 Pentecost."""
    after_feast: Phrase = r"(?!)"
    """Between a day of the week and a feast, which one it is: the Tuesday "after" Easter."""
    before_feast: Phrase = r"(?!)"
    julian_easter: bool = False
    """Easter is that of the Julian calendar."""
    month_start: Phrase = r"(?!)"
    """Before a month: the beginning of."""
    month_middle: Phrase = r"(?!)"
    month_end: Phrase = r"(?!)"
    both: Phrase = r"(?!)"
    """What may stand for a 2 behind "first" or "last": the German "die ersten beiden Wochen"."""
    month_before_part: bool = False
    """A part of a month stands behind it: the Turkish "haziranın ilk haftası"."""
    ranks: Annotated[tuple[Phrase, ...], Field(max_length=5)] = ()
    """First, second and so on, of a Friday or week of a month, as far as `ordinals` do not have them."""
    last_of: Phrase = r"(?!)"
    """The last one of them."""
    whole: Phrase
    """Before a month, what makes a stay of all of it: "the whole of", "all"."""
    whole_behind: Phrase = r"(?!)"
    """The same behind it: the French entier."""
    half: Phrase = r"(?!)"
    """A half of a month: the Spanish quincena."""
    week_after: Phrase = r"(?!)"
    """Right behind a day of the week, what makes it that of a week later: the English week, the French en 8."""
    months_as_ordinals: bool = False
    """Months are said as ordinals behind days too: "am dritten fünften"."""
    unsure: Phrase = r"(?!)"
    """Before a day or a time, what says that it is not sure: maybe, not sure yet."""
    rewrite: tuple[tuple[Phrase, str], ...] = ()
    """What this language says otherwise than the rules read it: patterns, and what is put in their place."""
