"""What a lexicon says of numbers: their words, how things and persons are counted, and choices."""

from typing import Annotated

from pydantic import AfterValidator, Field

from extraction.lexicon.section import Phrase, Section, Words


def _count(*counts: int) -> AfterValidator:
    def check(words: str) -> str:
        if len(words.split()) not in counts:
            raise ValueError(f"it has {len(words.split())} words, and needs {' or '.join(map(str, counts))}")
        return words

    return AfterValidator(check)


class Numbers(Section):
    """Words for numbers. Accents may be left out by those who speak or write; they are understood without them too.

    Numbers that are written as one word ("einundzwanzig", "veintidós", "ventuno") are taken apart into these words;
    none of them is listed.
    """

    digits: Annotated[Words, _count(10)]
    """Zero to nine."""
    teens: Annotated[Words, _count(10)]
    """Ten to nineteen. Where they are made of ten and a digit ("dix-sept", "on bir"), that is seen from the words."""
    tens: Annotated[Words, _count(8)]
    """Twenty, thirty, ... ninety."""
    hundreds: Annotated[str, _count(0, 9)] = ""
    """One hundred to nine hundred, where each is a word of its own."""
    hundred: str = ""
    """The word for a hundred that is counted ("two hundred"), in all its forms; it may be counted and in `hundreds`."""
    thousand: str = ""
    """The word for a thousand, in all its forms."""
    powers: dict[Phrase, int] = Field(default_factory=dict)
    """Words for more than thousands, counted by digits before them, and how many noughts each has: million 6."""
    joins: str = ""
    """The words that stand within numbers: "and" in "a hundred and one", "vinte e um"."""
    also: dict[str, int] = Field(default_factory=dict)
    """Other words for numbers, and other forms of those above: cases, genders, colloquial ones."""
    within: dict[str, int] = Field(default_factory=dict)
    """Forms that are used only inside of a longer word: "veinti" 20, "vent" 20."""
    articles: str = ""
    """Those of the words for one that are also "a": "un une"."""
    beside: dict[str, int] = Field(default_factory=dict)
    """Words that are numbers only next to other numbers: "oh" 0."""
    counted: dict[str, int] = Field(default_factory=dict)
    """Digits that are counted, in the plural: "two fives"."""
    repeats: dict[Phrase, int] = Field(default_factory=dict)
    """What says that the digit behind it comes more than once: "double", "three times"."""
    plus: Words
    """The sign before the code of a country."""
    endings: str = ""
    """What may be added to every number and leaves it one, where the words have cases: "de da te ta" (Turkish)."""
    digit_first: bool = False
    """Digits are said before tens: "einundzwanzig"."""
    by_twenties: bool = False
    """Four twenties are eighty; sixty and eighty are counted on to nineteen: "soixante-dix"."""


class Counting(Section):
    """How many persons or things there are."""

    groups: dict[Phrase, int] = Field(default_factory=dict)
    """Phrases that are a number: cases that only counting has."""
    heads: dict[Phrase, int]
    """The same of those that count nothing but persons: "just me" 1, "a couple" 2, "zu dritt" 3. Numbers are digits."""
    persons: Phrase
    """Words for those who are counted, with a number or without: adults, people, guests, children, boys, friends."""
    one: Phrase
    """Those of them that are one person without a number: "(a) child"."""
    me: Phrase
    """The speaker: "I", "me"."""
    kin: Phrase
    """Who comes along, one person each: wife, son, mother, friend, in all cases."""
    pairs: Phrase
    """Who are two without a number: parents, twins."""
    pets: Phrase
    """Who is no person: dogs, cats."""
    we: Phrase
    """What a number of persons stands behind by itself: "we are", "there's"."""
    for_: Phrase
    """The same, where nothing that could be counted follows the number: "for"."""
    total: Phrase
    """What comes before the sum: "so", "in total", "that makes"."""
    with_me: Phrase = r"(?!)"
    """The speaker and somebody else in one: "мы с мужем"."""
    part: Phrase
    """What follows was counted already: "(six people,) two of them (children)". The number, if any, as `\\d+`."""
    are: Phrase
    """Right before how many there are, or at the end behind it: "we are" three, three "in all"."""
    more: Phrase
    fewer: Phrase
    """Beside how many come to those who were counted, or are left out of them: one "more", two "fewer"."""
    units: Words
    """Beginnings of words for what is counted instead of things and persons: nights, days, hours."""


class Choices(Section):
    """Which one of those that were offered."""

    places: Annotated[Words, _count(5)]
    """Beginnings of first, second, ... fifth; forms of one that differ are parted by "|"."""
    last: Phrase
    """The beginning of "last"."""
    denied: Phrase
    """What stands right before a choice that is not meant: "not the"."""
    negates: Phrase
    """What says anywhere in its clause that something is not meant or does not come: "don't", "never", "without"."""
    past: Phrase
    """What tells of another time, so that what is named behind it is no wish: "last year we had the suite"."""
    subordinates: Phrase
    """What begins a clause within a clause, whose no denies nothing outside of it: "if", "that", "because"."""
