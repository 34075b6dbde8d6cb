"""A text as a row of the words and signs of which dates are made."""

import re
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from extraction import lexicon, words

_SCAN = (
    r"(?P<iso>(?<!\d)(?P<y>\d{4})(?P<s1>[-./])(?P<m>\d{1,2})(?P=s1)(?P<d>\d{1,2})(?!\d)"
    r"(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?)"
    r"|(?P<compact>(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d))"
    r"|(?P<full>(?<!\d)(?<!\d\.)(?P<a>\d{1,2})(?P<s2>[-/]|\.\s?)(?P<b>\d{1,2})(?P=s2)(?P<c>\d{4}|\d\d)(?!\d|(?P=s2)\d))"
    r"|(?P<spaced>(?<!\d)(?<!\d )\d{1,2} \d{1,2} (?:19|20)\d\d(?! ?\d))"
    r"|(?P<pair>(?<![\d:])(?<!\d\.)(?P<p>\d{1,2})(?P<s3>[./])(?P<q>\d{1,2})(?![\d:]|(?P=s3)\d)(?:\.(?!\.))?|"
    r"(?<![\d:])(?<!\d\.)(?P<p2>\d{1,2})\. (?P<q2>\d{1,2})\.(?!\d))"
    r"|(?P<two>(?<!\d)(?<!\d )(?:0\d \d\d|\d\d 0\d)(?! ?\d))"
    r"|(?P<hyphen>(?<![\d.:-])(?:0\d-\d\d|\d\d-0\d)(?![\d.:/-]))"
    r"|(?P<clock>\d{1,2}:\d\d(?::\d\d)?|\d{1,2}\s?[hH]\s?(?:[0-5]\d)?(?!\w))"
    r"|(?P<short>(?<!\w)['’]\d\d(?!\d))"
    r"|(?P<number>\d+)(?P<nth>{ends}|\.(?![\d.]))?"
    r"|(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)"
    r"|(?P<dash>(?<=\d)(?:\.{3,}|…)(?=\d)|(?:(?<=[./]\d)|(?<=[./]\d\d))(?:\.{3,}|…)(?=\w)|(?<!\.)\.\.(?!\.)|[-‐‑–—−‒―~]+>?|→|/)"
    r"|(?P<sign>[^\s])"
)
Kind = Literal[
    "iso", "full", "pair", "hyphen", "day", "month", "year", "weekday", "to", "and", "back", "word", "skip", "pause"
]


class Token(NamedTuple):
    """A word or sign: where it is, and the numbers in it; `sign` is what parts them."""

    kind: Kind
    text: str
    start: int
    end: int
    numbers: tuple[int, ...] = ()
    sign: str = ""


NEAR = 64
"""Characters before a day in which it may be denied."""
CLOSE = 2
"""Words and signs from an abbreviation to its number."""
_END = Token("skip", "", 0, 0)


class Words(NamedTuple):
    """The patterns of a language."""

    scan: re.Pattern[str]
    known: re.Pattern[str]
    """Any of its words, so that one look is enough for all the others."""
    kinds: tuple[tuple[re.Pattern[str], Kind, tuple[int, ...]], ...]
    counted: re.Pattern[str]
    at: frozenset[str]
    denied: re.Pattern[str]
    """At the end of what stands before a day that is not to be: "not on the", "not until the"."""
    months: tuple[str, ...]
    short: frozenset[str]
    """Abbreviations of months that are words too: the Spanish mar is the sea."""


@cache
def _words(language: str) -> Words:
    has, times, answers = lexicon.of(language).dates, lexicon.of(language).times, lexicon.of(language).answers
    ends = either(f"{has.to} {has.until}")
    made: list[tuple[str, Kind, tuple[int, ...]]] = []
    made += [(stem, "month", (place,)) for place, stem in enumerate(has.month_forms, 1)]
    for table in (has.weekday_forms, has.short_weekdays):
        made += [(stem, "weekday", (place,)) for place, stem in enumerate(table)]
    made += [(either(has.to), "to", ()), (either(has.also), "and", ()), (has.back, "back", ())]
    made.append((either(f"{has.fillers} {has.of} {has.between}"), "skip", ()))
    made += [(pattern, "pause", ()) for pattern in lexicon.of(language).names.hesitations]
    return Words(
        re.compile(_SCAN.replace("{ends}", has.day_ends)),
        re.compile("|".join(f"(?:{pattern})" for pattern, _, _ in made)),
        tuple((re.compile(pattern), kind, value) for pattern, kind, value in made),
        re.compile(f"(?:{has.counted})"),
        frozenset(times.at.split()),
        re.compile(
            rf"(?:{times.denied}|{words.any_of(answers.denies)})\s+(?:(?:\w{{1,4}}|{ends})\s+){{0,2}}$", re.IGNORECASE
        ),
        tuple(has.months.lower().split()),
        frozenset(has.month_homonyms.split()),
    )


def either(words: str) -> str:
    """A pattern of any of some words."""
    return "|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True))


def is_denied(before: str, language: str) -> bool:
    """Whether what stands before a day says that it is not the one: "not on the"."""
    return bool(_words(language).denied.search(before[-NEAR:]))


@lru_cache(maxsize=256)
def tokens(text: str, language: str) -> tuple[Token, ...]:
    """A text whose numbers are digits as a row of tokens."""
    of = _words(language)
    row = [token for match in of.scan.finditer(text) if (token := _token(match, language)).kind != "pause"]
    for place, token in enumerate(row):
        following = row[place + 1] if place + 1 < len(row) else _END
        if token.kind == "month" and token.text.lower() in of.short and not _is_by_number(row, place):
            row[place] = token._replace(kind="word", numbers=())
        if token.kind == "weekday" and len(token.text) == 2 and token.text.islower() and following.text != ".":
            row[place] = token._replace(kind="skip", numbers=())  # the German so and do are words
        if token.kind not in ("day", "pair") or token.sign.isalpha() or following.kind == "month":
            continue
        counted = following.kind != "to" and of.counted.match(following.text.lower())
        if counted or (token.kind == "day" and _is_hour(row[:place], of.at)):
            row[place] = token._replace(kind="word")
    return tuple(row)


def _is_by_number(row: list[Token], place: int) -> bool:
    """Whether a number stands beside a word, with nothing but small words or signs between."""
    for beside in (row[place + 1 :], row[:place][::-1]):
        near = next((token for token in beside[:CLOSE] if token.kind != "skip"), _END)
        if near.numbers and near.kind != "weekday":
            return True
    return False


def _is_hour(before: list[Token], at: frozenset[str]) -> bool:
    """Whether a number behind these tokens is an hour: "at 6", and the eight of "at 6 to 8"."""
    if len(before) > 2 and before[-1].kind == "to" and before[-2].kind == "word":
        before = before[:-2]
    return bool(before) and before[-1].text.lower() in at


def _token(match: re.Match[str], language: str) -> Token:
    kind, said, (start, end) = match.lastgroup, match[0], match.span()
    numbers = tuple(int(number[:9]) for number in re.findall(r"\d+", said)) if said[0].isdigit() else ()
    if match["iso"]:
        return Token("iso", said, start, end, numbers[:3])
    if match["compact"]:
        return Token("iso", said, start, end, (int(said[:4]), int(said[4:6]), int(said[6:])))
    if match["full"] or match["spaced"]:
        return Token("full", said, start, end, numbers, match["s2"] or " ")
    if match["pair"] or match["two"]:
        return Token("pair", said, start, end, numbers, " " if match["two"] else match["s3"] or ".")
    if match["hyphen"]:
        return Token("hyphen", said, start, end, numbers, "-")
    if match["short"]:
        return Token("year", said, start, end, (2000 + int(said[1:]),))
    if match["number"]:
        return _number(said, match["number"], match["nth"] or "", start, end)
    if match["dash"]:
        return Token("to", said, start, end)
    if match["word"]:
        found, value = _word(said.lower().replace("’", "'"), language)
        return Token(found, said, start, end, value)
    return Token("and" if said == "&" else "word" if kind == "clock" else "skip", said, start, end)


def _number(said: str, digits: str, nth: str, start: int, end: int) -> Token:
    if len(digits) == 4 and digits[:2] in ("19", "20", "21"):
        return Token("year", said, start, end, (int(digits),))
    if len(digits) <= 2 and 1 <= int(digits) <= 31:
        return Token("day", said, start, end, (int(digits),), nth)
    return Token("word", said, start, end, (int(digits[:9]),))


@lru_cache(maxsize=4_096)
def _word(lower: str, language: str) -> tuple[Kind, tuple[int, ...]]:
    of = _words(language)
    if not of.known.fullmatch(lower):
        month = _misspelt(lower, language)
        return ("month", (month,)) if month else ("word", ())
    return next((kind, value) for pattern, kind, value in of.kinds if pattern.fullmatch(lower))


@lru_cache(maxsize=4_096)
def _misspelt(lower: str, language: str) -> int:
    """The month whose long name was typed with one slip, "Febuary"; 0 for none. Short ones are too near other words."""
    for place, month in enumerate(_words(language).months, 1):
        if len(month) > 6 and lower[0] == month[0] and not lower.startswith(month) and _one_slip(lower, month):
            return place
    return 0


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter is missing, too many, or another one, or two have changed places."""
    short, long = sorted((one, other), key=len)
    at = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = long[:at] + long[at : at + 2][::-1] + long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or short == swapped
