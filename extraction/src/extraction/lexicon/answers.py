"""Yes and no, changes of mind, what is denied, what is refused."""

from extraction.lexicon.section import Phrase, Section, Words


class Answers(Section):
    """What callers answer, whatever was asked."""

    yes_words: Words
    """Words that say yes by themselves, the plainest first: "yes yeah right"."""
    no_words: Words
    """Words that say no by themselves, or that something is not quite so, the plainest first: "no not wrong almost"."""
    agreed: tuple[Phrase, ...]
    """What says yes as a whole, though its words do not, or would say no: "no problem", "that's it"."""
    marks: tuple[Phrase, ...]
    """Said between a value and what takes its place: "no wait", "I mean", "or rather". A word that is usual in other
    places too ("no", "sorry") needs the comma after it."""
    denies: tuple[Phrase, ...]
    """Said before what is not so: "not" Anna; "instead of" Anna."""
    not_: Phrase
    """What denies, as `denies` or `denies_after` has it, and is never a no by itself: "not"; the Spanish "y no"."""
    denies_after: tuple[Phrase, ...] = ()
    """The same, in languages that say it after what is not so: Anna "değil"."""
    changes: tuple[Phrase, ...] = ()
    """Verbs before what is to go, or to be changed into something else: "change" Denver, "drop" the suite."""
    records: tuple[Phrase, ...] = ()
    """Said before what we have written or said, beside what is true: "you have (me down for)" the 4th; "it says"."""
    records_after: tuple[Phrase, ...] = ()
    """The same, in languages that say it after that: 4'ünü "yazmışsınız"."""
    slips: tuple[Phrase, ...] = ()
    """Said before what the caller has said, beside what is true: "did I say" the 4th? It's the 5th."""
    excepts: tuple[Phrase, ...] = ()
    """Said between a yes and what is not right after all: everything is fine, "only" it's three of us; "except"."""
    but: tuple[Phrase, ...]
    """Said between what is not so and what is: not Anna "but" Hannah."""
    wrong: tuple[Phrase, ...]
    """What calls a value wrong: "is wrong", "a mistake"."""
    rest: tuple[Phrase, ...] = ()
    """All that is not spoken of: "the rest (is fine)"; what is said of it says nothing of the value before it."""
    refuses: tuple[Phrase, ...]
    """What refuses an answer: "I'd rather not say", "no comment", "no thanks"."""
