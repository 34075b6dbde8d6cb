"""Words that tell how a call went."""

from extraction.lexicon.section import Section, Words


class Calls(Section):
    """What a call's summary is judged by."""

    pleased: Words
    """Beginnings of words of a caller who is content: "thank", "perfect". A no before one of them turns it round."""
    displeased: Words
    """Beginnings of words of one who is not: "terrible", "refund"."""
