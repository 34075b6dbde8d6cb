"""A person's name: after "my name is", or as the bare answer to the question for it."""

import re
from collections.abc import Callable
from difflib import SequenceMatcher

from extraction import name_words as tell
from extraction import numerals, patterns, people, words

_LETTERS = r"[^\W\d_][\w'’.-]*"
_NAME = rf"({_LETTERS}(?:\s+{_LETTERS}){{0,4}})"

_LETTERS_APART = re.compile(r"(?<!\w)(?:[^\W\d_](?:\s*[-,.]\s*|\s+)){2,}[^\W\d_](?!\w)")
_DOTS = re.compile(r"\s*(?:\.{2,}|…)[\s,]*")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
LIKE = 0.5
"""Likeness from which a spelled word is a spelling of one that was said."""


def find(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """The name that the speaker gives as their own ("" when none), and the text without it.

    What is spelled, letter by letter, counts more than what was heard: "Peter Smith, P-I-E-T-E-R" is Pieter Smith.
    """
    text = tell.with_letters().sub(" ", tell.hesitations().sub("", _DOTS.sub(", ", text)))
    spelled = _spelled(text) if asked or _introduced(text, language) else ""
    if spelled:
        said = _LETTERS_APART.sub(" ", tell.double().sub(r"\1 \1", text)).strip(" ,.-")
        said = re.sub(r"[\s,.]*\s[\s,.]*", lambda gap: " " if gap[0].count(",") > 1 else gap[0], said)
        value, rest = _said(said, language, asked=asked)
        return _merged(value, spelled), rest
    return _said(_repeated(text), language, asked=asked)


def corrected(text: str, language: str) -> str:
    """What is put in the place of something else, "" when nothing is: of "no, not Anna, Catherine" Catherine."""
    around = tell.of(language)
    if around is None:
        return ""
    no, but = around.not_, around.but
    after = patterns.search(
        rf"\b{no}\s+[\w'’-]+(?:\s+[\w'’-]+)?\s*[,.;]\s*(?:(?:{but})\s+)?{_NAME}", text, re.IGNORECASE
    )
    if after:
        return after[1]
    instead = patterns.search(rf"\b{no}\s+[\w'’-]+\s+(?:{but})\s+{_NAME}", text, re.IGNORECASE)
    if instead:
        return instead[1]
    before = patterns.search(rf"{_NAME}\s*,\s*(?:and |und |et |y |а )?{no}\s+[\w'’-]+\s*[.!]?$", text, re.IGNORECASE)
    return before[1] if before else ""


def denied(text: str, language: str) -> str:
    """What is said not to be: of "no, not Anna, Catherine" Anna; "" when nothing is."""
    around = tell.of(language)
    if around is None:
        return ""
    no = around.not_
    found = patterns.search(rf"\b{no}\s+([\w'’-]+(?:\s+[\w'’-]+){{0,2}})", text, re.IGNORECASE)
    return re.sub(r"^(?:es|a|en|in|to|the|в|из|nach|à|de)\s+", "", found[1], flags=re.IGNORECASE) if found else ""


def fuller(value: str, text: str, language: str) -> str:
    """The whole of a name of which a part is known, by itself: "Heidi", and then "Heidi Klum"; "" for anything else."""
    whole = _bare(_repeated(text), language)
    parts = [part.lower() for part in whole.split()]
    longer = len(parts) > len(value.split()) and all(part.lower() in parts for part in value.split())
    return whole if value and longer else ""


def is_denied(value: str, text: str, language: str) -> bool:
    """Whether it is this name, or one like it, that is said not to be."""
    said, known = words.split(denied(text, language).lower()), words.split(value.lower())
    if value and said and bool(_CYRILLIC.search(value)) != bool(_CYRILLIC.search(said[0])):
        return True  # it was written in another alphabet when it was first heard
    return any(SequenceMatcher(None, one, other).ratio() >= LIKE for one in said[:2] for other in known)


def _introduced(text: str, language: str) -> bool:
    return any(
        patterns.search(rf"(?:^|[\s,.!]){introduction}[\s,:]", text, re.IGNORECASE)
        for introduction, only_asked in tell.introductions(language)
        if not only_asked
    )


def _spelled(text: str) -> str:
    match = _LETTERS_APART.search(tell.double().sub(r"\1 \1", text))
    return "".join(re.findall(r"[^\W\d_]", match[0])).capitalize() if match else ""


def _merged(said: str, spelled: str) -> str:
    """The name with the word that is most like the spelled one replaced by it."""
    parts = said.split()
    if not parts:
        return spelled
    likeness = [SequenceMatcher(None, part.lower(), spelled.lower()).ratio() for part in parts]
    best = likeness.index(max(likeness))
    if likeness[best] >= LIKE:
        parts[best] = spelled
        return " ".join(parts)
    return f"{said} {spelled}" if len(parts) == 1 else spelled


def _repeated(text: str) -> str:
    """A surname before the whole name ("Bond. James Bond.", "Robert, Robert De Niro") is left out."""
    return re.sub(r"\b([^\W\d_]{2,})[,.;]\s+(?=(?:[^\W\d_]+\s+){0,2}\1\b)", "", text, flags=re.IGNORECASE)


def _is_lower(value: str, text: str) -> bool:
    """Whether a text that knows capitals writes the name without one: then it is another word."""
    first = value.split(maxsplit=1)[0]
    return bool(patterns.search(r"[^\W\d_a-zß-ÿа-яё]", text[1:])) and first not in text and first.lower() in text


def _without_echo(value: str) -> str:
    """Of "Bond James Bond" the whole name."""
    parts = value.split()
    return " ".join(parts[1:]) if len(parts) > 2 and parts[0] == parts[-1] else value


def _in_parts(text: str, language: str) -> str:
    """Of "Alice, last name Cooper" both; "" where no part is called by its name."""
    around = tell.of(language)
    if around is None:
        return ""
    given_too = bool(patterns.search(rf"\b(?:{around.first_name})", text, re.IGNORECASE))
    called = around.last_name if given_too else around.last_name_alone or around.last_name
    last = patterns.search(rf"\b(?:{called}){tell.is_()}([^\W\d_][\w'’-]+)", text, re.IGNORECASE)
    if not last:
        return ""
    first = patterns.search(rf"\b(?:{around.first_name}){tell.is_()}([^\W\d_][\w'’-]+)", text, re.IGNORECASE)
    before = text[: last.start()].strip(" ,.;")
    given = _tidy(first[1], language) if first else _said(before, language, asked=True)[0] if before else ""
    return f"{given} {_capital(last[1])}".strip()


def _said(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    if asked and (parts := _in_parts(text, language)):
        return parts, ""
    for introduction, only_asked in tell.introductions(language):
        if only_asked and not asked:
            continue
        # The name is looked ahead at: in "it's under the name of Ann" a second introduction follows the first.
        for match in patterns.finditer(rf"(?:^|[\s,.!]){introduction}(?=[\s,:]+{_NAME})", text, re.IGNORECASE):
            value = _without_echo(_tidy(match[1], language))
            if not value or (only_asked and ("?" in text[match.start() :] or _is_lower(value, text))):
                continue
            if tell.declines(match[0], language):
                value = " ".join(people.nominative(word) or word for word in value.split())
            longer = re.match(rf"\s*,\s*{_NAME}\s*(?:[.!]|$)", text[match.start(1) + len(match[1]) :])
            full = _bare(longer[1], language) if longer else ""
            if len(full.split()) > len(value.split()):
                return full, ""  # "it's Kostya, Konstantin Khabensky"
            last = value.split()[-1]
            end = text.lower().find(last.lower(), match.end()) + len(last)
            return value, text[: match.start()] + " " + text[max(end, match.end()) :]
    for afterwards, only_asked in tell.afterwards(language):
        said = patterns.search(rf"(?:^|[,.!]\s*|\s){_NAME}\s*,?\s+(?:{afterwards})(?=[\s,.!]|$)", text, re.IGNORECASE)
        if said and (asked or not only_asked) and "?" not in text:
            value = _tidy(said[1], language)
            whole = patterns.search(rf"((?:[^\W\d_]+\s+){{1,2}}{re.escape(value)})(?!\w)", text[said.end() :])
            if value:
                return whole[1] if whole else value, text[: said.start()] + " " + text[said.end() :]
    value = _bare(text, language) if asked else ""
    return (value, "") if value else ("", text)


def _bare(text: str, language: str) -> str:
    """The name in an answer that is little else: of "Natasha, Natalia Orlova" the longer one. "" for a sentence."""
    text = text.rpartition("?")[2]
    if len(re.findall(r"\d", numerals.readings(text, language)[0])) > 1:  # the O of O'Malley is no number
        return ""
    found = ""
    for section in re.split(r"[,.;!:]+(?:\s+|$)|\s+[-–]\s+", text):
        bare = section
        while (
            cut := re.sub(r"^[\s,.!?]*[^\W_]+(?:[,.!]+\s*|\s+)", _keep_unless_opening(language), bare, count=1)
        ) != bare:
            bare = cut
        if found and bare.split()[:1] and bare.split()[0].lower() in tell.leading():
            return found  # "Frida Kahlo, para servirle"
        said = [word for word in words.split(bare) if word.lower() not in tell.titles() | tell.leading()]
        value = _tidy(bare, language)
        rest = said[len(value.split()) :]
        ends = len(rest) <= 1 or rest[0].lower() in tell.about()
        if value and (ends or all(word.lower() in tell.ends(language) for word in rest)):
            found = value if len(value.split()) > len(found.split()) else found
        elif value or not all(words.is_plain(word, language) for word in said):
            # "Andrés, con acento" goes on about the name; anything else is a sentence.
            return found if found and said and said[0].lower() in tell.ends(language) else _last_words(text, language)
    return found


def _last_words(text: str, language: str) -> str:
    """A name by itself at the end of sentences: "I want to leave my details. Martin King"."""
    last = re.split(r"[.;!:]+\s+", text.strip(" .!"))[-1].split(", ")[-1]
    said = words.split(last)
    named = all(word[0].isupper() and not words.is_plain(word, language) for word in said)
    return _tidy(last, language) if 1 < len(said) <= 4 and named and last != text.strip(" .!") else ""


def _keep_unless_opening(language: str) -> Callable[[re.Match[str]], str]:
    """Drops a first word that only opens an answer, as in "Yes, hello, Anna"; of "Anna, Petrova" nothing."""

    def replace(match: re.Match[str]) -> str:
        found = words.split(match[0])
        opens = bool(found) and (found[0].lower() in tell.openers(language) or bool(words.means(found[0], language)))
        return "" if opens or not found else match[0]

    return replace


def _tidy(text: str, language: str) -> str:
    kept: list[str] = []
    for part in re.split(r"\s+", text.strip(" ,.!?;:")):
        if not kept and (part.lower().strip(".,") in tell.titles() or part.lower() in tell.leading()):
            continue
        bare = part.strip(",.!?;:")
        lower = bare.lower()
        stops = lower in tell.ends(language) and not (lower in tell.particles() and kept)
        # "Weiß" is a name and "weiß" a word; after a name, a capital letter decides.
        particle = lower in tell.particles() and kept
        plain = words.is_plain(bare, language) and not (kept and bare[:1].isupper()) and not particle
        if not bare or stops or plain:
            break
        kept.append(lower if lower in tell.particles() and kept else _capital(bare))
        if part.endswith((",", ".", "!", ";")) and not patterns.fullmatch(r"[^\W\d_]\.", part):
            break
    while kept and kept[-1] in tell.particles():
        kept.pop()
    return " ".join(kept[:4])


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] if part.islower() else part for part in word.split("-"))
