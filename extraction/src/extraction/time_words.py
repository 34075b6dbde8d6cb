"""The words of which times of day are made, in five languages."""

PM = {
    "en": r"p\.?\s?m\b|in the (?:evening|afternoon)|tonight|this (?:evening|afternoon)",
    "ru": r"вечера|дня|вечером|дн[её]м",
    "de": r"abends|nachmittags|am (?:abend|nachmittag)|heute abend",
    "es": r"(?:de|por|en) la tarde|esta (?:tarde|noche)|p\.?\s?m\b",
    "fr": r"du soir|(?:de )?l['’]apr[èe]s[- ]midi|ce soir",
}
AM = {
    "en": r"a\.?\s?m\b|in the morning",
    "ru": r"утра|утром",
    "de": r"morgens|vormittags|am morgen|früh",
    "es": r"de la mañana|por la mañana|de la madrugada|a\.?\s?m\b",
    "fr": r"du matin",
}
NIGHT = {
    "en": r"at night",
    "ru": r"ночи|ночью",
    "de": r"nachts|in der nacht",
    "es": r"(?:de|por) la noche",
    "fr": r"(?:de|dans) la nuit",
}
"""From six on these mean the evening, before that the small hours."""
NAMED = {
    "en": {r"noon|midday": (12, 0), r"midnight": (0, 0)},
    "ru": {r"полдень|в полдень": (12, 0), r"полночь|в полночь": (0, 0)},
    "de": {r"mittags?": (12, 0), r"mitternacht": (0, 0)},
    "es": {r"mediod[ií]a": (12, 0), r"medianoche": (0, 0)},
    "fr": {r"(?<!après[- ])(?<!apres[- ])midi": (12, 0), r"minuit": (0, 0)},
}
HALF_OF = {
    "первого": 1,
    "второго": 2,
    "третьего": 3,
    "четвёртого": 4,
    "четвертого": 4,
    "пятого": 5,
    "шестого": 6,
    "седьмого": 7,
    "восьмого": 8,
    "девятого": 9,
    "десятого": 10,
    "одиннадцатого": 11,
    "двенадцатого": 12,
}
# Each gives hour and minutes; {h} is an hour, {m} are minutes. The signs say what is done with them.
WORDED: dict[str, list[tuple[str, int, int]]] = {
    "en": [
        (r"half (?:past )?{h}", 0, 30),
        (r"(?:a )?quarter past {h}", 0, 15),
        (r"(?:a )?quarter (?:to|of|till) {h}", -1, 45),
        (r"{m} (?:minutes )?past {h}", 0, 1),
        (r"{m}(?:(?<=[05])| minutes) to {h}", -1, -1),
    ],
    "de": [
        (r"halb {h}", -1, 30),
        (r"viertel nach {h}", 0, 15),
        (r"viertel vor {h}", -1, 45),
        (r"dreiviertel {h}", -1, 45),
        (r"{m} (?:minuten )?nach {h}", 0, 1),
        (r"{m} (?:minuten )?vor {h}", -1, -1),
    ],
    "es": [
        (r"{h} y media", 0, 30),
        (r"{h} y cuarto", 0, 15),
        (r"{h} menos cuarto", -1, 45),
        (r"{h} menos {m}", -1, -1),
        (r"{h} y {m}", 0, 1),
    ],
    "fr": [
        (r"{h}(?: heures?)? et demie?", 0, 30),
        (r"{h}(?: heures?)? et quart", 0, 15),
        (r"{h}(?: heures?)? moins le quart", -1, 45),
        (r"{h}(?: heures?)? moins {m}", -1, -1),
    ],
    "ru": [(r"без четверти {h}", -1, 45), (r"без {m} (?:минут )?{h}", -1, -1)],
}
HOUR, MINUTES = r"(?P<h>[01]?\d|2[0-4])", r"(?P<m>[0-5]?\d)"
BEHIND = r"(?P<m>[0-5]\d)"
"""Minutes behind their hour, "3 05": of one digit they are another hour, "between three and four"."""
PLAIN = {
    "en": [rf"(?:at|around|about|by)\s+{HOUR}(?:\s+{BEHIND})?", rf"{HOUR}(?:\s+{BEHIND})?\s*o.?clock"],
    "ru": [
        rf"{HOUR}\s+(?:час\w*|ч)(?:\s+{MINUTES}(?:\s+минут\w*)?)?",
        rf"(?:в|к|около|на)\s+{HOUR}(?:\s+{BEHIND})?",
    ],
    "de": [rf"{HOUR}\s+uhr(?:\s+{MINUTES})?", rf"(?:um|gegen|ab)\s+{HOUR}"],
    "es": [rf"las?\s+{HOUR}(?:\s+{BEHIND})?", rf"{HOUR}\s*(?:h|horas?)"],
    "fr": [rf"{HOUR}\s*(?:heures?|h)(?:\s+{MINUTES})?", rf"(?:à|vers)\s+{HOUR}"],
}
SPAN = {
    "en": [
        r"between {t} (?:and )?{t}",
        r"from {t} (?:to|till|until) {t}",
        r"(?!\d?[05] to){t} (?:to|till|until|or)(?: at)? {t}",
    ],
    "ru": [r"(?:с|от) {t} до {t}", r"между {t} и {t}", r"{t} или (?:в )?{t}"],
    "de": [r"(?:zwischen|von) {t} (?:und |bis )?{t}", r"{t} (?:bis|oder)(?: um)? {t}"],
    "es": [
        r"entre (?:las? )?{t} y (?:las? )?{t}",
        r"(?:de|desde) {t} (?:a|hasta) {t}",
        r"las? {t} (?:a|hasta|o|o a) las? {t}",
        r"{t} o {t}",
    ],
    "fr": [r"entre {t} et {t}", r"de {t} à {t}", r"{t} ou (?:à )?{t}"],
}
"""Two times between which, or of which, one is to be chosen; so are two with a dash."""
NOT = {
    "en": r"(?<!why )(?<!\w)not(?: at| around| about| by)?",
    "ru": r"(?<!почему )(?<!бы )(?<!\w)не(?: в| к| на| около)?",
    "de": r"(?<!warum )(?<!wieso )(?<!\w)nicht(?: um| gegen| ab)?",
    "es": r"(?<!qué )(?<!que )(?<!\w)no(?: a las?| las?| a)?",
    "fr": r"(?<!pourquoi )(?<!\w)pas(?: à| vers)?",
}
"""Before a time that is not to be."""
# What may stand behind a number that is an hour, in any of the languages.
UNIT = r"o.?clock|uhr|heures?|hrs?|h|horas?|час\w*|ч"
