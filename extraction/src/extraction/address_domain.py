"""What stands behind the "at" of a spoken e-mail address: its labels, each after a "dot"."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from extraction import address_letters, address_words, lexicon
from extraction.address_token import Part, Token

SURE, LEFT_OVER, NO_END, ODD_END = 0.95, 0.85, 0.7, 0.75
"""Confidence of a plain address; where something stands between that was not understood; where the provider's end was
not said; where the end is none that is usual."""
MOST_LABEL = 6
"""Words of a label."""
_ENDS = frozenset(
    {
        "com",
        "net",
        "org",
        "edu",
        "gov",
        "info",
        "biz",
        "eu",
        "online",
        "app",
        "dev",
        "io",
        "shop",
        "name",
        "pro",
        "coop",
    }
)


@dataclass(slots=True)
class Half:
    """One side of the "at": its words and signs in their order, where it begins and ends in the tokens."""

    pieces: list[Token] = field(default_factory=list)
    at: int = 0
    sure: float = SURE

    @property
    def text(self) -> str:
        return "".join(one.text for one in self.pieces)

    def doubt(self, most: float) -> None:
        self.sure = min(self.sure, most)


def read(tokens: Sequence[Token], start: int, language: str, *, asked: bool) -> Half | None:
    """The labels behind the "at", each after a "dot"."""
    half = Half(at=start)
    labels = _label(tokens, half, language, first=True)
    while labels and half.at < len(tokens) and tokens[half.at].part is Part.DOT:
        dot, at = tokens[half.at], half.at
        ended = labels > 1 and is_end(half.pieces[-1].text)
        half.at += 1
        before = len(half.pieces)
        half.pieces.append(dot)
        if not _label(tokens, half, language) or (
            ended and len("".join(p.text for p in half.pieces[before + 1 :])) != 2
        ):
            del half.pieces[before:]
            half.at = at
            break
        labels += 1
    if labels > 1:
        if not is_end(half.text.rpartition(".")[2]):
            half.doubt(ODD_END)
        return half
    return _without_dot(tokens, half, language) if asked else None


def _without_dot(tokens: Sequence[Token], half: Half, language: str) -> Half | None:
    """A provider that is known by its name, with its end or without: "gmail com", "gmail"."""
    providers = lexicon.of(language).email.providers
    whole = providers.get(half.text, "")
    rest = tokens[half.at :]
    if whole and rest and not rest[0].gap:
        if not is_end(rest[0].text):
            return None
        whole = f"{half.text}.{rest[0].text}"
        half.at += 1
    half.pieces = [Token(Part.WORD, whole, whole, 0, 0, "")]
    half.doubt(NO_END)
    return half if whole else None


def is_end(label: str) -> bool:
    """Whether a label is a usual last one."""
    return label in _ENDS or (len(label) == 2 and label.isascii() and label.isalpha())


def _label(tokens: Sequence[Token], half: Half, language: str, *, first: bool = False) -> int:
    """Read a label from `half.at` on; how many there were. The last one is a word, or letters in a row."""
    start, made = half.at, list[Token]()
    end = _end_of_label(tokens, start, first=first)
    for token in tokens[start:end]:
        if token.remark and made:
            made[-1], so = address_letters.applied(made[-1], [token.remark])
            half.doubt(SURE if so else LEFT_OVER)
        if token.part in (Part.JOIN, Part.ASIDE):
            continue
        if made and token.gap == "," and made[-1].part is token.part is Part.WORD:
            made = []  # "at, let me check, acme dot org"
            half.doubt(LEFT_OVER)
        if token.is_text or made or token.part is Part.AT:
            made.append(token)
    while made and made[-1].part is Part.SIGN:
        made.pop()
    if not made:
        return 0
    joined = "".join(one.text if one.part is not Part.AT else one.said.lower() for one in made)
    known, _ = address_words.latin("".join(one.said for one in made), language)
    tell = lexicon.of(language).email
    whole = {one.replace("-", ""): one for one in tell.providers} | {one: one for one in tell.domains.values()}
    joined = known = whole.get(known, joined)  # "t online" is t-online
    guessed = any(one.guessed for one in made) and known not in whole.values()
    half.pieces.append(Token(Part.WORD, joined, joined, made[0].start, made[-1].end, "", guessed))
    half.at = end
    return 1


def _end_of_label(tokens: Sequence[Token], start: int, *, first: bool) -> int:
    """Where a label ends: at the "dot" that follows; where none does it is a word, or letters, by itself."""
    at = start
    while at < len(tokens) and at - start <= MOST_LABEL:
        token = tokens[at]
        if token.part is Part.DOT and at > start:
            return at
        if token.part in (Part.DOT, Part.AT) or (at > start and token.gap == "."):
            break
        at += 1
    if start >= len(tokens):
        return start
    if tokens[start].part is Part.AT:
        return start + 1 if tokens[start].said.isascii() and len(tokens[start].said) == 2 and not first else start
    letters = len(row(tokens, start))
    if letters and not (letters == 1 and first):
        return start + letters
    return start + 2 if letters and start + 1 < len(tokens) and tokens[start + 1].is_text else start + 1


def row(tokens: Sequence[Token], start: int) -> list[Token]:
    """The letters in a row from a place on."""
    end = start
    while end < len(tokens) and tokens[end].part is Part.LETTER:
        end += 1
    return list(tokens[start:end])
