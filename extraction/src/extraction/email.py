"""An e-mail address, written or spoken: "anna dot smith at example dot com", "анна собака пример точка ру"."""

import re

from extraction import lexicon, numerals, patterns

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,24}(?![\w-])")


def said(value: str, language: str, *, by_letters: bool = False) -> str:
    """An address as it is read out: "anna dot smith at example dot com", or letter by letter."""
    signs = lexicon.of(language).email.signs
    parts = value if by_letters else [part for part in re.split(r"([^\w]|_)", value) if part]
    return (", " if by_letters else " ").join(signs.get(part, part) for part in parts)


def find(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """The address in small letters ("" when there is none), and the text without it.

    A spoken one counts only when it was asked for, or when it has both an "at" and a "dot" with words around them.
    """
    written = _ADDRESS.search(text)
    if written:
        return written[0].strip(".-").lower(), text[: written.start()] + " " + text[written.end() :]
    # Whoever says it again, in Latin letters or slower, means the last.
    for said in (text, *reversed(re.split(r"\.{2,}|…|[:;]\s|\bso,|,\s+so\s", text))):
        match = _ADDRESS.search(_joined(said, language, asked=asked))
        if match and match[0].isascii():
            return match[0].lower(), ""
    return "", text


def _joined(text: str, language: str, *, asked: bool) -> str:
    """The words of an address joined as it is written; what is said before it stays apart."""
    text = numerals.natural(text.lower(), language)
    words = lexicon.of(language).email
    signs = ((words.underscore, "_"), (words.at, "@"), (words.dot, "."), (words.dash, "-"), (words.plus, "+"))
    for said, sign in signs:
        text = patterns.sub(rf"(?<=[\w.+-])[\s,]+(?:{said})[\s,]+(?=[\w])", sign, text)
    head, at, tail = text.partition("@")
    if not at:
        return text
    tail = re.sub(r"(?<=\w)\s+(?=\w(?:\s|[._-]|$))|(?<=(?<!\w)\w)\s+(?=\w)", "", tail)
    domain = re.match(r"[\w-]+(?:\.[\w-]+)+", tail)
    if not domain:
        return text
    labels = domain[0].split(".")
    labels[-1] = words.domains.get(labels[-1], labels[-1])
    return f"{_local(head, language, asked=asked)}@{'.'.join(labels)}"


def _local(head: str, language: str, *, asked: bool) -> str:
    """The part before the "at": the last word, and those before it that are letters or numbers by themselves."""
    skipped = set(lexicon.of(language).email.before.split())
    words = re.findall(r"[\w.+'’-]+", head)
    taken: list[str] = []
    for word in reversed(words):
        if (word in skipped and len(word) > 1) or "'" in word or "’" in word:
            break
        if taken and len(word) > 1 and not word.isdigit() and not (asked and _spelled(taken)):
            break
        taken.insert(0, word)
    return "".join(taken)


def _spelled(taken: list[str]) -> bool:
    """So far only letters and numbers by themselves: the word before them belongs to them ("anna 1 9 9 0")."""
    return all(len(word) == 1 or word.isdigit() for word in taken)
