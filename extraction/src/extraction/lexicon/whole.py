"""A whole lexicon."""

from extraction.lexicon.names import Names
from extraction.lexicon.places import Places
from extraction.lexicon.section import Section


class Lexicon(Section):
    """Everything that the rules know of a language. Each section is typed in a file of its own beside this one."""

    name: str
    """The language's name in itself."""

    names: Names
    places: Places
