"""An e-mail address, written or spoken: "anna dot smith at example dot com", "анна собака пример точка ру"."""

import re

from extraction import lexicon, numerals, patterns, words
from extraction.mapped import Mapped

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,24}(?![\w-])")

_AGAIN = re.compile(r"\.{2,}|…|[:;]\s|\bso,|,\s+so\s")


def said(value: str, language: str, *, by_letters: bool = False) -> str:
    """An address as it is read out: "anna dot smith at example dot com", or letter by letter."""
    signs = lexicon.of(language).email.signs
    parts = value if by_letters else [part for part in re.split(r"([^\w]|_)", value) if part]
    return (", " if by_letters else " ").join(signs.get(part, part) for part in parts)


Span = tuple[int, int]
NONE = ("", (0, 0), False)


def find(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """The address in small letters ("" when there is none), and the text without it."""
    value, (start, end), _ = found(text, language, asked=asked)
    return (value, text[:start] + " " + text[end:]) if value else ("", text)


def found(text: str, language: str, *, asked: bool) -> tuple[str, Span, bool]:
    """The address in small letters ("" when there is none), where it stands, and whether it was written.

    A spoken one counts only when it was asked for, or when it has both an "at" and a "dot" with words around them.
    """
    if written := _ADDRESS.search(text):
        return written[0].strip(".-").lower(), written.span(), True
    tell = lexicon.of(language).email
    if not all(patterns.search(rf"(?<!\w)(?:{sign})(?!\w)", text, re.IGNORECASE) for sign in (tell.at, tell.dot)):
        return NONE
    # Whoever says it again, in Latin letters or slower, means the last.
    parts = [(0, len(text))]
    for match in _AGAIN.finditer(text):
        parts = [*parts[:-1], (parts[-1][0], match.start()), (match.end(), len(text))]
    for start, end in ((0, len(text)), *reversed(parts)):
        value, (first, last) = _said(text[start:end], language, asked=asked)
        if value.isascii() and _ADDRESS.fullmatch(value):
            return value, (start + first, start + last), False
    return NONE


def _said(text: str, language: str, *, asked: bool) -> tuple[str, Span]:
    """The words of an address joined as it is written, and where they stand; what is said before it stays apart."""
    tell = lexicon.of(language).email
    said = numerals.read(text, language)[0]
    signs = ((tell.underscore, "_"), (tell.at, "@"), (tell.dot, "."), (tell.dash, "-"), (tell.plus, "+"))
    for phrase, sign in signs:
        said = said.sub(rf"(?<=[\w.+-])[\s,]+(?:{phrase})[\s,]+(?=[\w])", sign, re.IGNORECASE)
    at = said.text.find("@")
    if at < 0:
        return "", (0, 0)
    tail = Mapped(said.text[at + 1 :], said.spans[at + 1 :])
    tail = tail.sub(r"(?<=\w)\s+(?=\w(?:\s|[._-]|$))|(?<=(?<!\w)\w)\s+(?=\w)", "")
    behind = re.match(r"[\w-]+(?:\.[\w-]+)+", tail.text)
    local, start = _local(said.text[:at], language, asked=asked)
    if not behind or not local or words.means(local, language):
        return "", (0, 0)
    labels = behind[0].lower().split(".")
    labels[-1] = tell.domains.get(labels[-1], labels[-1])
    return f"{local}@{'.'.join(labels)}".lower(), (said.source(start, at)[0], tail.source(0, behind.end())[1])


def _local(head: str, language: str, *, asked: bool) -> tuple[str, int]:
    """The part before the "at": the last word, and those before it that are letters or numbers by themselves."""
    skipped = set(lexicon.of(language).email.before.split())
    taken: list[str] = []
    start = len(head)
    for match in reversed(list(re.finditer(r"[\w.+'’-]+", head))):
        word = match[0]
        if (word.lower() in skipped and len(word) > 1) or "'" in word or "’" in word:
            break
        if taken and len(word) > 1 and not word.isdigit() and not (asked and _spelled(taken)):
            break
        taken.insert(0, word)
        start = match.start()
    return "".join(taken), start


def _spelled(taken: list[str]) -> bool:
    """So far only letters and numbers by themselves: the word before them belongs to them ("anna 1 9 9 0")."""
    return all(len(word) == 1 or word.isdigit() for word in taken)
