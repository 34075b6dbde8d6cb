"""A whole lexicon."""

from extraction.lexicon.answers import Answers
from extraction.lexicon.calls import Calls
from extraction.lexicon.contact import Email, Phone
from extraction.lexicon.dates import Dates
from extraction.lexicon.fields import Fields
from extraction.lexicon.names import Names
from extraction.lexicon.numbers import Choices, Counting, Numbers
from extraction.lexicon.places import Places
from extraction.lexicon.section import Section
from extraction.lexicon.times import Times
from extraction.lexicon.turns import Turns


class Lexicon(Section):
    """Everything that the rules know of a language. Each section is typed in a file of its own beside this one."""

    name: str
    """The language's name in itself."""
    turns: Turns
    calls: Calls
    answers: Answers
    fields: Fields
    dates: Dates
    times: Times
    numbers: Numbers
    counting: Counting
    choices: Choices
    phone: Phone
    email: Email

    names: Names
    places: Places
