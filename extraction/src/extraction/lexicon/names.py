"""What is said around people's names."""

from pydantic import Field

from extraction.lexicon.section import Phrase, Section, Words


class Names(Section):
    """Structure only: how a language introduces a name. The names themselves are data (names.txt)."""

    introductions: tuple[Phrase, ...]
    """Before the caller's own name, whatever was asked: "my name is", "call me"."""
    if_asked: tuple[Phrase, ...]
    """Before it as an answer; something else may follow them: "I am", "it's", "under the name of"."""
    afterwards: tuple[Phrase, ...]
    """After the name, whatever was asked: "is my name"; the verb of a language that puts it last ("adım")."""
    afterwards_if_asked: tuple[Phrase, ...]
    """The same as an answer: "speaking", "here"."""
    others: tuple[Phrase, ...] = ()
    """Before somebody else's name: relations ("my wife"), and who is asked for ("may I speak to")."""
    others_after: tuple[Phrase, ...] = ()
    """Right behind somebody else's name: verbs in the third person and the like ("told me", "in today?")."""
    surname_endings: dict[str, str] = Field(default_factory=dict)
    """Endings of surnames behind `declines_after`, and those of the nominative: "овой": "ова". The longest first."""
    patronymics: str = ""
    """How names after the father end, which stand between the given name and the surname."""
    cases: dict[str, str] = Field(default_factory=dict)
    """Folded endings of given names in other cases, the vocative too, and those of the nominative: "em": "|e"."""
    verb_endings: str = ""
    """How finite verbs and infinitives end, where that tells them from names."""
    first_name: Phrase
    """What the given name is called: "first name"."""
    last_name: Phrase
    """What the family name is called beside a given name."""
    last_name_alone: str = ""
    """What it is called without one, where the word for it may mean the whole name."""
    declines_after: str = ""
    """Introductions after which names stand in another case than the nominative."""
    titles: Words
    """What stands before a name and is no part of it, articles too."""
    particles: str = ""
    """Parts of names that are written small: "van", "de la"."""
    leading: Words
    """Prepositions before a name: "under", "for"."""
    about: Words
    """What goes on about how a name is written: "with" a K, "like", "as"."""
    with_: Phrase
    """With, in "with a K"."""
    with_articles: str = ""
    """What may stand between with and the letter: articles, "two", "double"."""
    that_is: Phrase
    """The same as is, where it begins a remark: "that's Stephen with a P H"."""
    double: Phrase
    """Double, before a letter."""
    twice: Phrase
    """Before a letter, that it is written twice: with "two" t, "double" f."""
    once: Phrase
    """And once only: with "one" l."""
    hesitations: tuple[Phrase, ...]
    """What is said while thinking."""
    openers: Words
    """Words that only open an answer: greetings, "well", "so", "let's say"."""
    interjections: Words
    """Cries, greetings, "look" and "listen": words that are a sentence by themselves; all of the class."""
    capital_nouns: bool = False
    """Whether every noun is written with a capital, which then does not tell a name."""
