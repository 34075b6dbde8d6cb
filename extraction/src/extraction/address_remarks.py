"""Remarks about how a word of an e-mail address is written: "with two l's", "mit Doppel-s", "s as in sugar"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from extraction import changes, lexicon, patterns, words
from extraction.address_token import Part, Place, Remark, Token

WORDS = 4
"""Words of a remark, at the most."""
SMALL = 4
"""Letters of a word that may stand between a letter and a word that begins with it: "be de Barcelona"."""
MANY = 3
"""Most letters that a remark counts: a larger number is one of the address."""


def settled(found: Sequence[Token], text: str, language: str) -> list[Token]:
    """The words, with every remark made one aside."""
    reader = _Reader(found, text, language)
    made: list[Token] = []
    at = 0
    while at < len(found):
        end, remark = reader.read(made, at)
        if end > at and (twice := reader.twice(made, at, end)):
            made.append(twice)
        elif end > at:
            first, last = found[at], found[end - 1]
            said = text[first.start : last.end]
            made.append(Token(Part.ASIDE, "", said, first.start, last.end, first.gap, remark=remark))
        else:
            made.append(found[at])
        at = max(end, at + 1)
    return _without_explained(made, language)


def _without_explained(found: list[Token], language: str) -> list[Token]:
    """The words without what explains, before an "at", of what those before it are made: "o montero, one word, the o of
    oscar and montero, at ...".
    """
    for stop in (place for place, token in enumerate(found) if token.part is Part.AT):
        for start in range(1, stop):
            token = found[start]
            if (token.part is Part.JOIN or token.gap == ",") and _explains(found[:start], found[start:stop], language):
                asides = [replace(one, part=Part.ASIDE) if one.is_text else one for one in found[start:stop]]
                return [*found[:start], *asides, *_without_explained(found[stop:], language)]
    return found


def _explains(before: Sequence[Token], said: Sequence[Token], language: str) -> bool:
    """Whether words say but again what stands before them, with words that begin with its letters, and small ones."""
    pieces = {one.text for one in before if one.is_text}
    again = [one for one in said if one.is_text and one.text in pieces]
    if all(len(one.text) == 1 for one in again) or any(one.part in (Part.AT, Part.DOT, Part.SIGN) for one in said):
        return False
    letters = tuple(one.text for one in again if len(one.text) == 1)
    rest = (one for one in said if one.is_text and one not in again)
    return bool(letters) and all(
        changes.is_everyday(one.said, language) or one.text.startswith(letters) for one in rest
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the remarks of one text."""

    found: Sequence[Token]
    text: str
    language: str

    def read(self, made: Sequence[Token], at: int) -> tuple[int, Remark | None]:
        """Where the remark that begins at a place has ended, the place itself where none begins; and what it says of
        letters.
        """
        token, before = self.found[at], made[-1] if made else None
        if before and before.part is Part.LETTER and (end := self._like(before, at)):
            return end, None
        if before and before.remark and len(token.said) <= SMALL and changes.is_everyday(token.said, self.language):
            letters, end = self._letters(at + 1)  # "with two f and two n"
            if len(letters) > 1:
                return self._rest(letters, end, without=before.remark.without)
        letters, end = self._letters(at, plural=True)
        if letters:  # "has two l's"
            return self._rest(letters, end, without=False)
        tell, said = lexicon.of(self.language), token.said.lower()
        with_ = bool(patterns.fullmatch(tell.names.with_ or r"(?!)", said))
        if not token.is_text or not (with_ or patterns.fullmatch(tell.email.without, said)):
            return at, None
        letters, end = self._letters(at + 1)
        if token.part is not Part.WORD and not self._letters(at + 1, plural=True)[0]:
            return at, None  # "с" is a letter too
        if letters:
            behind = made[-1].said.lower() if made else ""
            return self._rest(letters, end, without=not with_, place=self._marks(behind) if not token.gap else "")
        return (self._pause(at) if token.gap or not at else at), None

    def twice(self, made: Sequence[Token], at: int, end: int) -> Token | None:
        """A letter said to be two beside others that are spelled: "l double e"."""
        first, last = self.found[at], self.found[end - 1]
        beside = (made[-1:], self.found[end : end + 1])
        spelled = any(one and one[0].part is Part.LETTER for one in beside)
        return (
            replace(last, text=last.text * 2, start=first.start, gap=first.gap)
            if end == at + 2
            and spelled
            and (
                last.part is Part.LETTER
                and patterns.fullmatch(lexicon.of(self.language).names.twice, first.said.lower())
            )
            else None
        )

    def _rest(self, letters: str, end: int, *, without: bool, place: Place = "") -> tuple[int, Remark]:
        """What else a remark says: the letter that is wrong, and where the right one stands."""
        if not place:
            place, end = self._place(end)
        wrong, end = self._denied(end)
        if wrong and not place:
            place, end = self._place(end)
        return end, Remark(letters, place, without, wrong)

    def _like(self, letter: Token, at: int) -> int:
        """Where "as in Bravo" behind a letter ends, and "de Barcelona" behind the name of one; 0: there is none."""
        names = lexicon.of(self.language).names
        like = {*names.about.split(), "in"} - {one for one in names.about.split() if _is_with(one, self.language)}
        end = at
        while end < len(self.found) and self.found[end].said.lower() in like:
            end += 1
        word = self.found[end] if end < len(self.found) else None
        if word and end > at and word.part is Part.WORD and not word.gap:
            return end + 1
        word = self.found[at + 1] if at + 1 < len(self.found) else None
        small = self.found[at].is_text and len(self.found[at].said) <= SMALL and not self.found[at].gap
        begins = word is not None and word.part is Part.WORD and word.text.startswith(letter.text)
        return at + 2 if len(letter.said) > 1 and small and begins else 0

    def _letters(self, at: int, *, plural: bool = False) -> tuple[str, int]:
        """The letters that a remark names from a place on, as often as it says ("" where it names none), and where they
        end. With `plural` only where a number of them is said.
        """
        names = lexicon.of(self.language).names
        articles, double = names.with_articles or r"(?!)", names.twice or r"(?!)"
        many, end, counted = 1, at, False
        while end < len(self.found):
            token = self.found[end]
            counted = token.part is Part.NUMBER and 0 < int(token.text) <= MANY
            if counted or patterns.fullmatch(double, token.said.lower()):
                many = int(token.text) if counted else 2
            elif token.part is not Part.ASIDE and not patterns.fullmatch(articles, token.said.lower()):
                break
            end += 1
        start = end
        if end < len(self.found):
            glued = patterns.fullmatch(rf"(?:{double})-([^\W\d_])", self.found[end].said.lower())
            letter = glued[1] if glued else self._plural(end) if many > 1 else ""
            if plural and many > 1 and not counted and self.found[end].part is Part.LETTER:
                letter = self.found[end].text  # "double s"
            if letter:
                return letter * max(many, 2), end + 1
        if plural:
            return "", at
        while end < len(self.found) and self.found[end].part is Part.LETTER:
            if end > start and (many > 1 or self.found[end].gap or self._place(end)[0]):
                break  # "two l's", "un e à la fin"
            end += 1
        if end == at + 1 and self._is_small(end):
            return "", at  # "нет в адресе"
        made = "".join(one.text for one in self.found[start:end])
        return made * many if end == start + 1 else made, end

    def _is_small(self, end: int) -> bool:
        """Whether the letter before a place is a word of the language with something behind it."""
        behind = self.found[end] if end < len(self.found) else None
        goes_on = behind is not None and behind.is_text and not behind.gap and not self._place(end)[0]
        return goes_on and changes.is_everyday(self.found[end - 1].said, self.language)

    def _plural(self, at: int) -> str:
        """The letter of which a word names more than one: l's, enes; "" for another word."""
        said = self.found[at].said.lower().replace("’", "'")
        one = said.removesuffix("s").removesuffix("'")
        if one == said:
            return ""
        return lexicon.of(self.language).email.letters.get(one, one if len(one) == 1 else "")

    def _place(self, at: int) -> tuple[Place, int]:
        """Where in a word the letters stand, where that is said: "at the end"."""
        for end in range(at, min(at + WORDS, len(self.found))):
            token = self.found[end]
            if token.gap and (end > at or token.gap == "."):
                break
            place = self._marks(token.said.lower())
            if place and not (self.found[end + 1 :] and self.found[end + 1].part is Part.DOT):
                return place, end + 1
            if token.part is not Part.AT and not changes.is_everyday(token.said, self.language):
                break
        return "", at

    def _marks(self, word: str) -> Place:
        """The place that a word tells: "end", "starts"."""
        phone = lexicon.of(self.language).phone
        if phone.ends and patterns.compiled("|".join(phone.ends.split())).match(word):
            return "end"
        return "begin" if phone.begins and patterns.compiled("|".join(phone.begins.split())).match(word) else ""

    def _denied(self, at: int) -> tuple[str, int]:
        """The letter that a remark denies: "not a k"."""
        if at >= len(self.found):
            return "", at
        denies = patterns.compiled(words.any_of(lexicon.of(self.language).answers.denies)).match(
            self.text, self.found[at].start
        )
        if not denies:
            return "", at
        behind = at
        while behind < len(self.found) and self.found[behind].start < denies.end():
            behind += 1
        if behind < len(self.found) and _is_with(self.found[behind].said, self.language):
            behind += 1
        letters, end = self._letters(behind)
        return (letters, end) if letters else ("", at)

    def _pause(self, at: int) -> int:
        """Where a remark of few words has ended; the place itself where it goes on."""
        for end in range(at + 1, min(len(self.found), at + 1 + WORDS)):
            if self.found[end].gap:
                return end
            if not self.found[end].is_text:  # "without the dot, ..."
                sign = self.found[end].part in (Part.DOT, Part.SIGN)
                return end + 1 if sign and self.found[end + 1 :] and self.found[end + 1].gap else end
        return at


def _is_with(word: str, language: str) -> bool:
    return bool(patterns.fullmatch(lexicon.of(language).names.with_ or r"(?!)", word.lower()))
