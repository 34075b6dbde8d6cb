"""An e-mail address, written or spoken: "anna dot smith at example dot com", "анна собака пример точка ру"."""

import re

from extraction import numerals

_AT = {
    "en": r"at(?: sign)?",
    "ru": r"собак[аи]|собачка|эт",
    "de": r"at|ät|klammeraffe",
    "es": r"arroba",
    "fr": r"arobase|arobas|at",
}
_DOT = {"en": r"dot|period|point", "ru": r"точка", "de": r"punkt|dot", "es": r"punto", "fr": r"point"}
_DASH = {
    "en": r"dash|hyphen|minus",
    "ru": r"дефис|тире|минус",
    "de": r"minus|bindestrich|strich",
    "es": r"guion|guión",
    "fr": r"tiret",
}
_LOW = {
    "en": r"underscore",
    "ru": r"подч[её]ркивание|нижнее подч[её]ркивание",
    "de": r"unterstrich",
    "es": r"guion bajo|guión bajo",
    "fr": r"tiret bas|underscore|souligné",
}
_TLD = {"ком": "com", "ру": "ru", "нет": "net", "орг": "org", "рф": "рф"}
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,24}(?![\w-])")
# What is said before an address, and is no part of it.
_BEFORE = {
    "en": "is my email address e-mail mail it's its it the to at so write send",
    "ru": "моя мой почта адрес электронная имейл емейл мейл это на пишите",
    "de": "ist meine mail email e-mail adresse die lautet sie an",
    "es": "es mi correo electrónico email la dirección el a",
    "fr": "est mon adresse mail email e-mail courriel l'adresse c'est à",
}


# The words for the signs of an address when we read one back.
_SAID = {
    "en": {"@": "at", ".": "dot", "-": "dash", "_": "underscore", "+": "plus"},
    "ru": {"@": "собака", ".": "точка", "-": "дефис", "_": "подчёркивание", "+": "плюс"},
    "de": {"@": "at", ".": "punkt", "-": "minus", "_": "unterstrich", "+": "plus"},
    "es": {"@": "arroba", ".": "punto", "-": "guion", "_": "guion bajo", "+": "más"},
    "fr": {"@": "arobase", ".": "point", "-": "tiret", "_": "tiret bas", "+": "plus"},
}


def said(value: str, language: str, *, by_letters: bool = False) -> str:
    """An address as it is read out: "anna dot smith at example dot com", or letter by letter."""
    signs = _SAID.get(language, _SAID["en"])
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
    text = numerals.readings(text.lower(), language)[0]
    for table, sign in ((_LOW, "_"), (_AT, "@"), (_DOT, "."), (_DASH, "-")):
        words = table.get(language, table["en"])
        text = re.sub(rf"(?<=[\w.+-])[\s,]+(?:{words})[\s,]+(?=[\w])", sign, text)
    head, at, tail = text.partition("@")
    if not at:
        return text
    tail = re.sub(r"(?<=\w)\s+(?=\w(?:\s|[._-]|$))|(?<=(?<!\w)\w)\s+(?=\w)", "", tail)
    domain = re.match(r"[\w-]+(?:\.[\w-]+)+", tail)
    if not domain:
        return text
    labels = domain[0].split(".")
    labels[-1] = _TLD.get(labels[-1], labels[-1])
    return f"{_local(head, language, asked=asked)}@{'.'.join(labels)}"


def _local(head: str, language: str, *, asked: bool) -> str:
    """The part before the "at": the last word, and those before it that are letters or numbers by themselves."""
    skipped = set(_BEFORE.get(language, "").split())
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
