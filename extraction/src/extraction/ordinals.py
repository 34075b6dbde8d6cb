"""Days of the month in words as digits: "the twenty-first", "двадцать пятого", "vom ersten", "le premier"."""

import re
from functools import cache

from extraction import numerals, patterns

_EN = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth"
)
_RU = (
    "перв втор трет четв[её]рт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат четырнадцат пятнадцат "
    "шестнадцат семнадцат восемнадцат девятнадцат"
)
_DE = (
    "erst zweit dritt viert fünft sechst siebt acht neunt zehnt elft zwölft dreizehnt vierzehnt fünfzehnt sechzehnt "
    "siebzehnt achtzehnt neunzehnt"
)
_RU_END = r"(?:ого|его|ьего|ое|ее|ье|ому|ему|ым|им|ый|ий|ой)"
_FIRST = {"es": r"primer[oa]?", "fr": r"premi[eè]re?|1er", "de": r"$^", "ru": r"$^", "en": r"$^"}


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], int]]:
    """What each day is called, the longest first."""
    found: list[tuple[str, int]] = []
    if language == "en":
        ones = _EN.split()
        found += [(rf"{word}", day) for day, word in enumerate(ones, 1)]
        found += [("twentieth", 20), ("thirtieth", 30)]
        found += [(rf"twenty[\s-]+{word}", 20 + day) for day, word in enumerate(ones[:9], 1)]
        found.append((r"thirty[\s-]+first", 31))
    elif language == "ru":
        ones = _RU.split()
        found += [(word + _RU_END, day) for day, word in enumerate(ones, 1)]
        found += [("двадцат" + _RU_END, 20), ("тридцат" + _RU_END, 30)]
        found += [(rf"двадцать\s+{word}{_RU_END}", 20 + day) for day, word in enumerate(ones[:9], 1)]
        found.append((rf"тридцать\s+{ones[0]}{_RU_END}", 31))
    elif language == "de":
        found += [(rf"{word}e[nrs]?", day) for day, word in enumerate(_DE.split(), 1)]
        ones = ["ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
        found += [("zwanzigste[nrs]?", 20), (r"drei(?:ß|ss)igste[nrs]?", 30), (r"einunddrei(?:ß|ss)igste[nrs]?", 31)]
        found += [(rf"{word}undzwanzigste[nrs]?", 20 + day) for day, word in enumerate(ones, 1)]
    elif language in _FIRST:
        found.append((_FIRST[language], 1))
    ordered = sorted(found, key=lambda item: -len(item[0]))
    return [(re.compile(rf"\b(?:{words})\b", re.IGNORECASE), day) for words, day in ordered]


def said(text: str, language: str) -> bool:
    """Whether an ordinal is in the text, in words or as "5th"."""
    if patterns.search(r"\b\d{1,2}(?:st|nd|rd|th|-?го|-?е|-?ое|er|º|\.(?!\d))(?!\w)", text.lower()):
        return True
    return any(pattern.search(text) for pattern, _ in _patterns(language))


def as_digits(text: str, language: str) -> str:
    """The text with ordinals, and then all other numbers, as digits; articles before them are left out."""
    for pattern, day in _patterns(language):
        text = pattern.sub(str(day), text)
    text = numerals.readings(text, language)[0]
    if language == "ru":
        text = re.sub(r"\b(со?\s+\d{1,2})\s+на\s+(?=\d)", r"\1 по ", text, flags=re.IGNORECASE)
    if language == "en":
        text = re.sub(r"\bthe\s+(?=\d)", "", text, flags=re.IGNORECASE)
        text = re.sub(r"\b20 (?=[2-9]\d\b)", "20", text)  # "twenty twenty-seven"
    return text
