"""A number of things: "for two people", "вдвоём", "zu dritt", 4; within the limits of the field."""

import re

from extraction import numerals, patterns

_GROUPS = {
    "en": {"a couple": 2, "couple of": 2, "just me": 1, "only me": 1, "myself": 1, "alone": 1, "a dozen": 12},
    "ru": {
        "только я": 1,
        "я один": 1,
        "я одна": 1,
        "вдвоём": 2,
        "вдвоем": 2,
        "двое": 2,
        "двоих": 2,
        "втроём": 3,
        "втроем": 3,
        "трое": 3,
        "троих": 3,
        "вчетвером": 4,
        "четверо": 4,
        "четверых": 4,
        "впятером": 5,
        "пятеро": 5,
        "пятерых": 5,
        "вшестером": 6,
        "один": 1,
        "одна": 1,
        "двух": 2,
        "трёх": 3,
        "трех": 3,
        "четырёх": 4,
        "четырех": 4,
        "пяти": 5,
        "шести": 6,
        "семи": 7,
        "восьми": 8,
        "девяти": 9,
        "десяти": 10,
    },
    "de": {
        "zu zweit": 2,
        "zu dritt": 3,
        "zu viert": 4,
        "zu fünft": 5,
        "zu sechst": 6,
        "allein": 1,
        "alleine": 1,
        "nur ich": 1,
    },
    "es": {"un par": 2, "solo yo": 1, "sólo yo": 1, "yo solo": 1, "sola": 1, "una docena": 12},
    "fr": {"seul": 1, "seule": 1, "une douzaine": 12, "moi seul": 1, "juste moi": 1, "que moi": 1},
}
_PERSON = {
    "en": r"adults?|people|persons?|guests?|kids?|child(?:ren)?|bab(?:y|ies)|infants?|seniors?",
    "ru": r"взросл\w+|человек\w*|гост\w+|дет\w+|реб[её]н\w+|малыш\w*",
    "de": r"erwachsene\w*|personen?|gäste?|kind(?:er)?|baby?s?|säugling\w*",
    "es": r"adultos?|personas?|hu[ée]spedes|niñ[oa]s?|bebés?",
    "fr": r"adultes?|personnes?|enfants?|bébés?",
}
_WITH_ME = {
    "en": r"(?:me|i|myself) and (?:my|a) \w+|my \w+ and (?:me|i|myself)",
    "ru": r"я и (?:мо\w+ )?\w+|мы с \w+",
    "de": r"(?:ich|mich) und mein\w* \w+|meine? \w+ und (?:ich|mich)",
    "es": r"(?:yo|mí) y mi \w+|mi \w+ y yo",
    "fr": r"moi et (?:ma|mon) \w+|(?:ma|mon) \w+ et moi",
}
_MINE = {
    "en": r"my \w+",
    "ru": r"мо[йяёи]\w* \w+|с \w+(?:ой|ом|ью)",
    "de": r"meine?[nr]? \w+",
    "es": r"mis? \w+",
    "fr": r"(?:ma|mon|mes) \w+",
}
# What is counted after this has been counted before: "six people, two of them children".
_PART = {
    "en": r",?\s*(?:\d+ |some )?(?:of (?:them|whom|us)\b|including\b)",
    "ru": r",?\s*(?:\d+ )?(?:из (?:них|которых|нас)(?!\w)|в том числе|включая)",
    "de": r",?\s*(?:davon|darunter|inklusive|einschließlich)\b",
    "es": r",?\s*(?:\d+ )?(?:de (?:ellos|los cuales|nosotros)|incluid\w+|incluyendo)\b",
    "fr": r",?\s*(?:dont|parmi|y compris)\b",
}
_UNIT = re.compile(
    r"\s+(night|day|week|month|hour|o'clock|ноч|дн|день|недел|месяц|час|nächt|nacht|tag|woche|monat|uhr|noche|día|semana|"
    r"hora|nuit|jour|semaine|heure)"
)
_NUMBER = re.compile(r"(?<![\d.,:/+-])(\d{1,9})(?:[.,](\d{1,2}))?(?![\d:/]|[.,]\d)")


def find(text: str, language: str, low: float | None, high: float | None, ask: str = "") -> tuple[str, str]:
    """The first number within the limits, as digits ("" when there is none), and the text without it.

    A number of nights or hours counts only where `ask`, the question, asks for such.
    """
    said = numerals.readings(text.lower(), language)[0]
    for words, count in _GROUPS.get(language, {}).items():
        said = patterns.sub(rf"(?<!\w){words}(?!\w)", str(count), said)
    counted = re.split(_PART.get(language, r"$^"), said)[0]
    said = counted if patterns.search(r"\d", counted) else said
    together = _persons(said, language)
    if together and _within(together, low, high):
        return str(together), ""
    for match in _NUMBER.finditer(said):
        value = float(f"{match[1]}.{match[2] or 0}")
        unit = _UNIT.match(said, match.end())
        if _within(value, low, high) and (unit is None or unit[1] in ask.lower()):
            shown = str(int(value)) if value.is_integer() else str(value)
            return shown, said[: match.start()] + " " + said[match.end() :]
    return "", text


def _persons(said: str, language: str) -> int:
    """Those who are counted apart: "2 adults and a child" are 3; 0 where at most one kind is named."""
    if language in _WITH_ME and patterns.search(rf"\b(?:{_WITH_ME[language]})\b", said):
        return max(2, 1 + len(re.findall(rf"\b(?:{_MINE[language]})\b", said)))
    person = _PERSON.get(language)
    if person is None:
        return 0
    counts = [int(match[1] or 1) for match in patterns.finditer(rf"(?:(\d{{1,3}})\s+|\b)(?:{person})\b", said)]
    return sum(counts) if len(counts) > 1 else 0


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
