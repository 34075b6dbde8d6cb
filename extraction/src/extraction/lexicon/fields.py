"""How callers name the fields of a form."""

from extraction.lexicon.section import Section, Words


class Fields(Section):
    """What is said of a field, and not in it."""

    nouns: dict[str, Words]
    """By kind of field, beginnings of the words that name it: `phone: "phone number"`. The label of a field in the
    scenario is known besides; kinds that have no name of their own (number, choice, text) are left out."""
