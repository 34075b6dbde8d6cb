"""Endpointing: how long a silence must last before the caller's turn is over, by what they have said so far.

A silence alone says little: 0.3 s after "yes" is the end, 1.2 s within a dictated phone number is not. So the wait
follows from the transcript of the turn so far and from the field that was asked for.
"""

import re
from dataclasses import dataclass

from extraction import phone, words
from gateway.turns import vocabulary

QUICK_MS = 200
"""After a complete answer to what was asked."""
PLAIN_MS = 290
"""After a sentence."""
OPEN_MS = 420
"""After words that neither end nor break off."""
LONG_MS = 1_100
"""After words that show that more comes."""
DICTATION_MS = 1_500
"""Within a number or an address that is being dictated."""
UNHEARD_MS = 800
"""When the transcript is not there yet."""

_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(
    r"[\w.+-]+\s*(?:@|\bat\b|собака|arroba|arobase|\bät\b)\s*[\w-]+\s*(?:\.|\bdot\b|точка|punkt|punto|point)\s*[a-z]{2,}",
    re.IGNORECASE,
)
_EMAIL_PART = re.compile(r"@|\bat\b|\bdot\b|собака|точка|arroba|punto|punkt|arobase|point", re.IGNORECASE)
_SPELLING = re.compile(r"(?:^|[\s,-])\w(?:[\s,.-]+\w)*[\s.,]*$")
_FROM = re.compile(r"\b(?:from|between|с|со|vom|von|del|desde|du|entre)\b", re.IGNORECASE)
_UNTIL = re.compile(r"\b(?:to|till|until|through|and|по|до|bis|al|hasta|au|jusqu)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """What our last words asked for: the type and name of a field, `confirm`, or nothing."""

    type: str = ""
    name: str = ""
    language: str = "en"
    region: str = "US"
    before: str = ""
    """Digits of the answer that came in earlier turns."""

    @property
    def dictated(self) -> bool:
        """Whether the answer comes in groups with pauses between them."""
        return self.type in ("phone", "email") or self.name in ("email", "e_mail")


def unheard_ms(question: Question) -> int:
    """The wait while nobody knows yet what was said."""
    return DICTATION_MS if question.dictated else UNHEARD_MS


def patience_ms(text: str, question: Question) -> int:
    """The wait after `text`, the whole of the turn so far ("" when no words were recognised)."""
    if not text.strip():
        return OPEN_MS
    if question.type == "email" or question.name in ("email", "e_mail"):
        return _email(text)
    digits = f"{question.before} {phone.as_digits(text, question.language)}".strip()
    count = len(_DIGIT.findall(digits))
    if question.type == "phone" or (question.type != "date_range" and count >= 5):
        waited = _phone(digits, count, question)
        if waited:
            return waited
    if vocabulary.trails_off(text, question.language):
        return LONG_MS
    if question.type == "number" and count >= 3:  # a contract's number, not that of the guests
        return LONG_MS
    if question.type == "date_range" and _FROM.search(text) and not _UNTIL.search(text):
        return LONG_MS
    if question.type == "name" and len(text.split()) > 1 and _SPELLING.search(text):
        return LONG_MS  # letter by letter
    if question.type == "confirm" and words.means(text, question.language):
        return QUICK_MS
    return _sentence(text, question)


def is_whole(text: str, question: Question) -> bool:
    """Whether `text` may well be all that the caller says, even before they have paused."""
    return bool(text.strip()) and patience_ms(text, question) <= PLAIN_MS


def _phone(digits: str, count: int, question: Question) -> int:
    """The wait within a phone number; 0 when none is being dictated."""
    value, _ = phone.find(digits, question.language, question.region)
    if value:
        return LONG_MS if phone.may_go_on(digits, question.region) else QUICK_MS
    return DICTATION_MS if count else 0


def _email(text: str) -> int:
    if _EMAIL.search(text):
        return OPEN_MS
    return DICTATION_MS if _EMAIL_PART.search(text) or len(text.split()) > 1 else LONG_MS


def _sentence(text: str, question: Question) -> int:
    ended = text.rstrip().endswith((".", "!", "?", "。"))
    if question.type:  # a short answer to a question is an answer
        return QUICK_MS + 50 if ended else PLAIN_MS
    return PLAIN_MS if ended else OPEN_MS
