"""A whole lexicon."""

from extraction.lexicon.contact import Email, Phone
from extraction.lexicon.numbers import Choices, Counting, Numbers
from extraction.lexicon.section import Section


class Lexicon(Section):
    """Everything that the rules know of a language. Each section is typed in a file of its own beside this one."""

    name: str
    """The language's name in itself."""
    numbers: Numbers
    counting: Counting
    choices: Choices
    phone: Phone
    email: Email
