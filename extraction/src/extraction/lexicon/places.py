"""What is said around the names of places."""

from pydantic import Field

from extraction.lexicon.section import Phrase, Section, Words


class Places(Section):
    """Structure only: how a language says where somebody goes. The places themselves are data (gazetteer.txt)."""

    prepositions: Words
    """All that stand before a place: to, in, from."""
    to: str = ""
    """Those that say where somebody goes: "to", "for"."""
    from_: Words
    """Those that say where somebody comes from."""
    going: tuple[Phrase, ...]
    """Beginnings of the words that tell of a journey or a stay: "travel", "fly", "ticket"."""
    here: tuple[Phrase, ...] = ()
    """What tells where somebody is, not where they go: "I live", "calling from"."""
    which: tuple[Phrase, ...] = ()
    """Behind a place, what tells which one of its name is meant, by where that is: "the one in"."""
    stays: tuple[Phrase, ...] = ()
    """What somebody has in a place who goes there ("a week in", "a hotel in"), where `to` has no word for "in"."""
    melted: dict[str, str] = Field(default_factory=dict)
    """Prepositions with an article in them, and the article: names of places may begin with it ("au": "le" Havre)."""
    city_of: Phrase
    """The word city with its article: "the city of"."""
    within: str = ""
    """Small words within names of places: "de", "am", "sur"."""
    endings: dict[str, str] = Field(default_factory=dict)
    """Case endings of places that the gazetteer has in the nominative only, without accents, and what stands in their
    place: "owie": "ow", "u": "|o". The longest first."""
    away_endings: str = ""
    """Case endings of where somebody is or comes from, in a language that has no prepositions."""
    to_endings: str = ""
    """Those of where somebody goes."""
    declines: bool = False
    """Whether names of places change with their case."""
