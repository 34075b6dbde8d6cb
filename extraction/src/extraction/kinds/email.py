"""An e-mail address, written or said."""

from extraction import email, email_patch, lexicon, patterns
from extraction.kinds import Ask, Candidate
from extraction.utterance import Utterance


class Email:
    """An address in small letters."""

    name = "email"
    order = 10
    dictated = True
    normal, apart, literal, strict = "email", "letters", True, True

    def find(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """A written address, or one whose signs are said."""
        one = email.found(said.text, said.language, asked=ask.asked, speaker=ask.speaker)
        return [Candidate(one.value, one.sure, (one.span,))] if one else []

    def patch(self, value: str, said: Utterance, ask: Ask) -> Candidate | None:
        """A part of it said again by itself: its ending, its provider, a sign, what stands before the "at"."""
        if self.find(said, ask):
            return None  # a whole one is no part
        made = email_patch.patched(value, said, ask.speaker)
        return Candidate(*made) if made and made[0] != value else None

    def check(self, value: str, ask: Ask) -> str:
        """An address, and nothing beside it."""
        text = value.strip()
        one = email.found(text, ask.languages[0], asked=True)
        return one.value if one and one.span == (0, len(text)) else ""

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """With its signs in words."""
        return email.said(value, ask.languages[0], by_letters=by_letters)

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> bool | None:
        """Where it was asked for: a sign of an address, or more than a word, is the middle of one until it is whole."""
        if not ask.asked or self.find(said, ask):
            return None
        words = lexicon.of(said.language).email
        signs = patterns.search(rf"@|(?<!\w)(?:{words.at}|{words.dot})(?!\w)", said.text.lower())
        return True if signs or len(said.words) > 1 else None
