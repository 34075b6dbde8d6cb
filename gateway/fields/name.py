"""A person's name: after "my name is", or as the bare answer to the question for it."""

import re
from collections.abc import Callable

from gateway.fields import words

_LETTERS = r"[^\W\d_][\w'’.-]*"
_NAME = rf"({_LETTERS}(?:\s+{_LETTERS}){{0,4}})"

# (introduction, whether it is one only when the name was asked for: "I am late" is no name)
_INTRODUCTIONS = {
    "en": [
        (r"(?:my (?:full )?name is|my name's|the name is|the name's|call me|this is)", False),
        (r"(?:i am|i'm|it is|it's)", True),
    ],
    "ru": [(r"(?:меня зовут|мо[её] имя|зовут меня|имя)", False), (r"(?:это|я)", True)],
    "de": [
        (r"(?:ich heiße|ich heisse|mein name ist|mein name:|hier spricht|hier ist)", False),
        (r"(?:ich bin|das ist)", True),
    ],
    "es": [(r"(?:me llamo|mi nombre es|habla)", False), (r"(?:soy|es)", True)],
    "fr": [
        (r"(?:je m'appelle|je m’appelle|mon nom est|mon nom c'est)", False),
        (r"(?:je suis|c'est|c’est|moi c'est)", True),
    ],
}
# A name ends before one of these.
_AND = {
    "en": {"and", "from", "my", "i", "speaking", "here", "but", "i'm", "calling", "in", "to", "phone", "number"},
    "ru": {
        "и",
        "из",
        "мой",
        "моя",
        "я",
        "телефон",
        "номер",
        "а",
        "но",
        "хочу",
        "мне",
        "слушает",
        "говорит",
        "беспокоит",
        "нужен",
        "нужна",
        "в",
    },
    "de": {"und", "aus", "meine", "mein", "ich", "telefon", "nummer", "aber", "in", "nach", "am", "apparat"},
    "es": {"y", "de", "mi", "yo", "teléfono", "número", "pero", "en", "a", "quiero", "quisiera"},
    "fr": {"et", "de", "mon", "je", "téléphone", "numéro", "mais", "à", "j'aimerais", "j’aimerais"},
}
# Parts of names that are written small.
_PARTICLES = {"van", "von", "de", "der", "den", "da", "di", "del", "la", "le", "bin", "ibn", "zu", "dos"}


def find(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """The name that the speaker gives as their own ("" when none), and the text without it."""
    for introduction, only_asked in _INTRODUCTIONS.get(language, []):
        if only_asked and not asked:
            continue
        match = re.search(rf"(?:^|[\s,.!]){introduction}[\s,:]+{_NAME}", text, re.IGNORECASE)
        if match:
            value = _tidy(match[1], language)
            if value:
                return value, text[: match.start()] + " " + text[match.start(1) + len(value) :]
    if asked:
        bare = re.sub(r"^[\s,.!?]*(?:\w+[,!]\s+)?", _keep_unless_plain(language), text, count=1)
        value = _tidy(bare, language)
        # An answer of many words is a sentence, and a sentence is not a name.
        if value and len(words.split(bare)) <= len(value.split()) + 1 and "?" not in text:
            return value, ""
    return "", text


def _keep_unless_plain(language: str) -> Callable[[re.Match[str]], str]:
    """Drops a first word that is no name, as in "Yes, Anna"; of "Anna, Petrova" nothing."""

    def replace(match: re.Match[str]) -> str:
        found = words.split(match[0])
        return match[0] if found and not words.is_plain(found[0], language) else ""

    return replace


def _tidy(text: str, language: str) -> str:
    kept: list[str] = []
    for part in re.split(r"\s+", text.strip(" ,.!?;:")):
        bare = part.strip(",.!?;:")
        lower = bare.lower()
        stops = lower in _AND.get(language, set()) and not (lower in _PARTICLES and kept)
        if not bare or stops or words.is_plain(bare, language):
            break
        kept.append(lower if lower in _PARTICLES and kept else _capital(bare))
        if part.endswith((",", ".", "!", ";")) and not re.fullmatch(r"[^\W\d_]\.", part):
            break
    while kept and kept[-1] in _PARTICLES:
        kept.pop()
    return " ".join(kept[:4])


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] if part.islower() else part for part in word.split("-"))
