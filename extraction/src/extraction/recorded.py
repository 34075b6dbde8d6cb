"""What we are told to have written or said, against what is true: "you wrote Boston, I said Austin"; "did I say Austin?
It's Boston". It denies a value in other words, and is read as "not Boston".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from extraction import changes, dates, denial, lexicon, patterns, words
from extraction.utterance import Utterance

NEAR = 24
"""Characters that may stand between "you have" and digits that stand in a number: "at the end"."""
MOST = 6
"""Words among which what was written is."""
LEAST_DIGITS = 2


class Denied(NamedTuple):
    """An utterance that says "not" where it said "you have", and the values of which one is meant by that."""

    said: Utterance
    names: frozenset[str]


def readings(said: Utterance, held: Callable[[], Mapping[str, str]]) -> Iterator[Denied]:
    """The utterance as a denial of values that are there, where it may be one: of what we have, or else of what the
    caller has said. `held` tells the values by field, as they are written and as they are said.
    """
    answers = lexicon.of(said.language).answers
    for before, after in ((answers.records, answers.records_after), (answers.slips, ())):
        marks = [(*mark.span(), True) for mark in patterns.finditer(words.any_of(before), said.text, re.IGNORECASE)]
        marks += [(*mark.span(), False) for mark in patterns.finditer(words.any_of(after), said.text, re.IGNORECASE)]
        text, names, known = said.text, set[str](), held() if marks else {}
        for start, end, opens in marks:
            found, reach = _meant(text[end:] if opens else _clause_before(text[:start]), said.language, known)
            if found:
                no = answers.not_ if len(answers.not_) <= end - start else answers.no_words.split()[0]
                no = no.rjust(end - start) if opens else no.ljust(end - start)
                meant = text[end : end + reach].replace(",", " ") if opens else ""  # one row of digits
                text = text[:start] + no + meant + text[end + len(meant) :]
                names |= found
        if names:
            yield Denied(Utterance(text, said.language), frozenset(names))


def _clause_before(text: str) -> str:
    """What stands before a mark, as far back as its clause goes and no value does."""
    return re.split(r"[,.;:!?…–]", text)[-1]


def _meant(text: str, language: str, held: Mapping[str, str]) -> tuple[frozenset[str], int]:
    """The values that a text begins with, and where the digits end that are in one."""
    read = dates.as_digits(text, language)
    if (row := _ROW.match(read.text)) and (groups := list(re.finditer(r"\d+", row[0]))):
        for last in range(len(groups), 0, -1):
            digits = "".join(one[0] for one in groups[:last])
            found = {name for name, value in held.items() if digits in value.split()[0]}
            if found and len(digits) >= LEAST_DIGITS:
                return frozenset(found), read.source(*groups[last - 1].span())[1]
    clause = re.split(r"[,;:!?…–]|\.(?!\d)", read.text, maxsplit=1)[0]
    for word in re.findall(r"\d+|[^\W\d_]+(?:['’-][^\W\d_]+)*", clause)[:MOST]:
        said = denial.tokens_of(word)
        if names := frozenset(name for name, value in held.items() if said & denial.tokens_of(value)):
            return names, 0
        if not (changes.is_everyday(word, language) or len(word) <= denial.SMALL):
            break
    return frozenset(), 0


_ROW = re.compile(rf"[^\d,.;:!?…]{{0,{NEAR}}}\d+(?:[ ,–-]+\d+)*")
