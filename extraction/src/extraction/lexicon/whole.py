"""A whole lexicon."""

from extraction.lexicon.answers import Answers
from extraction.lexicon.contact import Email, Phone
from extraction.lexicon.dates import Dates
from extraction.lexicon.fields import Fields
from extraction.lexicon.numbers import Choices, Counting, Numbers
from extraction.lexicon.section import Section
from extraction.lexicon.times import Times


class Lexicon(Section):
    """Everything that the rules know of a language. Each section is typed in a file of its own beside this one."""

    name: str
    """The language's name in itself."""
    answers: Answers
    fields: Fields
    numbers: Numbers
    counting: Counting
    choices: Choices
    phone: Phone
    email: Email
    dates: Dates
    times: Times
