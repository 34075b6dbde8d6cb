"""What a lexicon says of telephone numbers and e-mail addresses."""

from pydantic import Field

from extraction.lexicon.section import Phrase, Section, Words


class Phone(Section):
    """Telephone numbers as they are dictated and corrected."""

    between: Phrase
    """What may be said between the groups of a number: "and then", "dash"."""
    country: str = ""
    """What is said before the code of a country, a phrase: "country code"."""
    others: str = ""
    """Beginnings of words for what has a number that is no telephone number: order, booking, invoice, flight, card."""
    ends: str = ""
    """Beginnings of words that say that digits are the last ones: "(the) last (two)", "ends (in)", "(at the) end"."""
    begins: str = ""
    """Beginnings of words that say that they are the first ones: "begins (with)", "first"."""
    area: str = ""
    """Beginnings of words for the code of an area or network, with which a number begins: "area (code)", "prefix"."""
    middle: str = ""
    """Beginnings of words that say that they are neither: "(in the) middle"."""
    before_last: Phrase = r"(?!)"
    """The one before the last one, with its ending: "second to last"; where "last" is part of it, too."""
    after: Phrase = r"(?!)"
    """Before digits, what says that others come behind them: "after (415 it's 556)"."""
    swapped: Phrase = r"(?!)"
    """What says that digits have changed places: "swapped", "the wrong way round"."""
    missing: Phrase = r"(?!)"
    """What says that digits were left out: "is missing", "you forgot"."""
    digit: str = ""
    """Beginnings of the word for a digit."""


class Email(Section):
    """E-mail addresses as they are said."""

    at: Phrase
    dot: Phrase
    dash: Phrase
    underscore: Phrase
    plus: Phrase
    """The signs, as callers say them; of `underscore` a part may be a `dash`: it is looked for first."""
    without: str = ""
    """What is said before a sign that is to go, a phrase: "without", "with no"."""
    signs: dict[str, str]
    """The word for each of @ . - _ + when we read an address back."""
    joined: Phrase
    """What says that the words before it are written as one: "all one word", "no spaces". Numbers are digits: `1`."""
    asides: Phrase
    """What is said within an address and adds nothing: "in small letters", "no accent", "and then", "the letter"."""
    initial: Phrase
    """What the first letter of the caller's name is called: "first initial"."""
    letters: dict[str, str] = Field(default_factory=dict)
    """Names of letters, of those that are written as words when they are heard: "double you" w. One that is an everyday
    word too counts beside other letters only."""
    written: dict[str, str] = Field(default_factory=dict)
    """Letters as they are written in addresses, where leaving out the accent is not enough: "ж" zh, "ä" ae."""
    domains: dict[str, str] = Field(default_factory=dict)
    """Words of addresses that are written otherwise than they sound: "ру" ru, "джимейл" gmail."""
    providers: dict[str, str] = Field(default_factory=dict)
    """What is meant by a provider whose end is not said: "gmail" gmail.com."""
    before: Words
    """Words that are said before an address and are no part of it: "my e-mail is"."""
