"""Days of the year that people call by a name: Christmas Eve, 8 March in Russia, la Saint-Sylvestre."""

import re

from extraction import patterns

# (what it is called, month, day); where one name is part of another the longer stands first.
_DAYS: dict[str, list[tuple[str, int, int]]] = {
    "en": [
        (r"new year'?s eve", 12, 31), (r"new year'?s day|new year'?s", 1, 1), (r"christmas eve", 12, 24),
        (r"christmas day|christmas", 12, 25), (r"boxing day", 12, 26), (r"valentine'?s day", 2, 14),
        (r"halloween", 10, 31), (r"independence day", 7, 4), (r"st\.? patrick'?s day", 3, 17),
    ],
    "ru": [
        (r"(?:под )?нов(?:ый|ого|ому) год(?:а|у)?", 12, 31), (r"рождеств(?:о|а|у)", 1, 7),
        (r"(?:день|дня|дню) победы", 5, 9),
    ],
    "de": [
        (r"heiligabend|heiliger abend|weihnachten", 12, 24), (r"zweite[rn]? weihnachtstag|stephanstag", 12, 26),
        (r"erste[rn]? weihnachtstag", 12, 25), (r"silvester", 12, 31), (r"neujahr", 1, 1), (r"nikolaus", 12, 6),
    ],
    "es": [
        (r"nochebuena", 12, 24), (r"(?:el día de )?navidad", 12, 25), (r"nochevieja|fin de año", 12, 31),
        (r"año nuevo", 1, 1), (r"(?:el día de )?reyes", 1, 6),
    ],
    "fr": [
        (r"(?:la )?veille de noël|réveillon de noël", 12, 24), (r"noël", 12, 25),
        (r"(?:la )?saint[- ]sylvestre|réveillon(?: du nouvel an)?", 12, 31),
        (r"(?:le )?(?:jour de l'an|nouvel an)", 1, 1),
    ],
}  # fmt: skip


def as_days(text: str, language: str, months: list[str]) -> str:
    """The text with these days as a day and a month, in words that dates.find reads; `months` are the language's."""
    for name, month, day in _DAYS.get(language, []):
        said = f"{months[month - 1]} {day}" if language == "en" else f"{day} {months[month - 1]}"
        text = patterns.sub(rf"(?<!\w)(?:{name})(?!\w)", said, text, flags=re.IGNORECASE)
    return text
