"""What a lexicon knows of times of day."""

from typing import Annotated

from pydantic import Field

from extraction.lexicon.section import Phrase, Section, Words

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Shift = Annotated[str, Field(pattern=r"^([+-](\d\d?|m)|m-60)$")]


class Times(Section):
    """Times of day. In phrases {h} is an hour in digits, {mm} minutes of two digits, {m} of one or two."""

    pm: Phrase
    """The part of the day, around an hour, that makes it one of the afternoon or evening."""
    am: Phrase
    night: Phrase
    """At night: the evening from six on, before that the small hours."""
    named: dict[Clock, Phrase]
    """Times that have a name: noon, midnight."""
    one_oclock: Phrase = r"(?!)"
    """One o'clock, where no number says it: the Russian "час дня"."""
    hour_words: Annotated[tuple[Phrase, ...], Field(max_length=12)] = ()
    """The hours 1 to 12 in the form which they have in `worded` phrases with {o}: "первого" of "половина первого"."""
    worded: dict[Phrase, Shift]
    """Phrases with {h}, {m} or {o}, and how many minutes after the hour they mean ("half past {h}": +30), or before
    ("halb {h}": -30); +m and -m are the minutes said; m-60 is those minutes of the hour before."""
    plain: tuple[Phrase, ...]
    """What makes a number an hour when a time was asked for: at {h}."""
    at: Words
    """Words before a number that make it an hour and no day of a month; none that stand before days too."""
    clock: Phrase
    """Behind a number, what makes it an hour: o'clock, Uhr."""
    span: tuple[Phrase, ...]
    """Two times between which, or of which, one is to be chosen: between {t} and {t}, {t} or {t}."""
    denied: Phrase
    """Before a time that is not to be: "not at"; none of a question like "why not at three"."""
    bound: Phrase
    """Before a time, what makes it the end of a span and no time by itself: after, until, not before."""
    hour: Phrase
    """An hour as it is counted: half an "hour" later."""
    minute: Phrase
    fillers: Words
    """Said around times without changing them."""
    rewrite: tuple[tuple[Phrase, str], ...] = ()
    """What this language says otherwise than the rules read it: patterns, and what is put in their place."""
