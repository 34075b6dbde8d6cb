"""The words and signs of which dates are made, in five languages, and a text as a row of them."""

import re
from functools import cache, lru_cache
from typing import Literal, NamedTuple

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
# A month in its cases and abbreviations, in the order of the months.
MONTH = {
    "en": "jan(?:uary)? feb(?:r(?:uary)?)? mar(?:ch)? apr(?:il)? may june? july? aug(?:ust)? sept?(?:ember)? "
    "oct(?:ober)? nov(?:ember)? dec(?:ember)?",
    "ru": r"янв(?:ар\w{1,2})? фев(?:р(?:ал\w{1,2})?)? мар(?:т\w{0,2})? апр(?:ел\w{1,2})? ма[йяею]|маем июн\w{0,2} "
    r"июл\w{0,2} авг(?:уст\w{0,2})? сен(?:т(?:ябр\w{1,2})?)? окт(?:ябр\w{1,2})? ноя(?:б(?:р\w{1,2})?)? "
    r"дек(?:абр\w{1,2})?",
    "de": "jan(?:uars?)?|jän(?:ners?)?|jaenner feb(?:r(?:uars?)?)?|feber mär(?:z)?|maerz|mrz apr(?:ils?)? mais? "
    "jun(?:i|o|is)? jul(?:i|y|is)? aug(?:usts?)? sept?(?:embers?)? okt(?:obers?)? nov(?:embers?)? dez(?:embers?)?",
    "es": "ene(?:ro)? feb(?:rero)? mar(?:zo)? abr(?:il)? mayo? jun(?:io)? jul(?:io)? ago(?:sto)? "
    "sept?|set|septiembre|setiembre oct(?:ubre)? nov(?:iembre)? dic(?:iembre)?",
    "fr": "janv?(?:ier)? f[ée]vr?(?:ier)? mars avr(?:il)? mai juin juil(?:l(?:et)?)? ao[ûu]t sept?(?:embre)? "
    "oct(?:obre)? nov(?:embre)? d[ée]c(?:embre)?",
}
WEEKDAYS = {
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "ru": "понедельник\\w* вторник\\w* сред[аеуы] четверг\\w* пятниц\\w+ суббот\\w+ воскресень\\w+",
    "de": "montags? dienstags? mittwochs? donnerstags? freitags? (?:samstag|sonnabend)s? sonntags?",
    "es": "lunes martes mi[ée]rcoles jueves viernes s[áa]bado domingo",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
}
SHORT_WEEKDAYS = {
    "en": "mon tues? wed thurs?|thu fri sat sun",
    "ru": "пн вт ср чт пт сб вс",
    "de": "mo di mi do fr sa so",
    "es": "lun mart mi[ée] jue vie s[áa]b dom",
    "fr": "lun mard mer jeu ven sam dim",
}
# Between the first day and the last one.
_TO = {
    "en": "to till til until through thru",
    "ru": "по до",
    "de": "bis auf",
    "es": "al a hasta",
    "fr": "au à a jusqu'au jusqu'à jusqu'aux",
}
UNTIL = {"en": "till til until through thru", "ru": "до по", "de": "bis", "es": "hasta", "fr": "jusqu'au jusqu'à"}
"""With nothing before them they name an end whose beginning is not said."""
BETWEEN = {"en": "between", "ru": "между", "de": "zwischen", "es": "entre", "fr": "entre"}
"""Before it an "and" is a "to"."""
_AND = {"en": "and &", "ru": "и &", "de": "und &", "es": "y e &", "fr": "et &"}
# Beginnings of words for the way back, which part the first day from the last as well.
_BACK = {
    "en": r"leav\w*|back|return\w*|check-?out|out|depart\w*|home",
    "ru": r"обратно|уезжа\w*|уех\w*|уед\w*|улет\w*|выезд\w*|выех\w*|возвра\w*|назад|отъезд\w*",
    "de": r"zurück|abreis\w*|abfahr\w*|r[eü]is\w*|rückreise|wieder|weg|ab|abflug",
    "es": r"volv\w*|vuel\w*|regres\w*|sali[dm]\w*|salgo|vuelta",
    "fr": r"retour|repart\w*|rentr\w*|revien\w*|d[ée]part|jusque",
}
# Beginnings of what a number counts, which makes it no day.
_UNITS = re.compile(
    r"night|day|week|people|person|adult|guest|kid|child|room|o'clock|[ap]m$|ноч|дн|день|сут|недел|человек|взросл|гост|"
    r"час|месяц|month|nächt|nacht|tag|woche|monat|person|gäste|kind|uhr|noche|d[ií]a|semana|mes|hora|nuit|jour|semaine|"
    r"heure|mois|euro|dollar|руб"
)
# Before a number that is an hour, which no day has before it.
_AT = {"en": ("at",), "ru": ("в",), "de": ("um", "gegen"), "es": ("las", "la"), "fr": ("vers",)}
# What stands between a day and its month, or a month and its year.
OF = frozenset(["of", "de", "del", "d'", "d", ",", ".", "числа", "the", "el", "le", "la", "dem", "den", "г"])
# Said around dates without changing them.
_FILLERS = {
    "en": "from the on of in between for at please date dates day check-in check in arriving arrive arrival starting "
    "start beginning begin our we i i'd we'd will be would like want need stay it's it is about around this coming "
    "next then year a",
    "ru": "между с со в во на г год года году числа число заезд приезд въезд даты дата дни день от начиная пожалуйста "
    "нам мне нужно надо хочу хотим бы хотели этот эту это эти",
    "de": "zwischen vom von am den dem der die das im in zum zur ab an anreise ankunft datum zeitraum bitte für über "
    "nächsten nächste kommenden kommende diesen dieses diese einer einem jahr wir ich möchten möchte wollen",
    "es": "del de desde el la los las en entre llegada entrada fecha fechas por favor para partir día este esta "
    "que viene próximo próxima año queremos quiero durante",
    "fr": "du de des le la les en entre arrivée arrivee date dates à a partir dès s'il vous plaît pour ce cette "
    "prochain prochaine pendant nous je voudrais voudrions",
}
_SUFFIX = r"(?:st|nd|rd|th|er|re|º|ª|°|-?(?:го|ого|его|е|ое|ье|му|ому|м|ым|й|ый|ий)(?!\w)|\.(?![\d.]))"
_SCAN = re.compile(
    r"(?P<iso>(?<!\d)(?P<y>\d{4})(?P<s1>[-./])(?P<m>\d{1,2})(?P=s1)(?P<d>\d{1,2})(?!\d)"
    r"(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?)"
    r"|(?P<compact>(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d))"
    r"|(?P<full>(?<!\d)(?<!\d\.)(?P<a>\d{1,2})(?P<s2>[-/]|\.\s?)(?P<b>\d{1,2})(?P=s2)(?P<c>\d{4}|\d\d)(?!\d|(?P=s2)\d))"
    r"|(?P<spaced>(?<!\d)(?<!\d )\d{1,2} \d{1,2} (?:19|20)\d\d(?! ?\d))"
    r"|(?P<pair>(?<![\d:])(?<!\d\.)(?P<p>\d{1,2})(?P<s3>[./])(?P<q>\d{1,2})(?![\d:]|(?P=s3)\d)\.?|"
    r"(?<![\d:])(?<!\d\.)(?P<p2>\d{1,2})\. (?P<q2>\d{1,2})\.(?!\d))"
    r"|(?P<two>(?<!\d)(?<!\d )(?:0\d \d\d|\d\d 0\d)(?! ?\d))"
    r"|(?P<hyphen>(?<![\d.:-])(?:0\d-\d\d|\d\d-0\d)(?![\d.:/-]))"
    r"|(?P<clock>\d{1,2}:\d\d(?::\d\d)?|\d{1,2}\s?[hH]\s?(?:[0-5]\d)?(?!\w))"
    r"|(?P<short>(?<!\w)['’]\d\d(?!\d))"
    rf"|(?P<number>\d+)(?P<nth>{_SUFFIX})?"
    r"|(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)"
    r"|(?P<dash>\.{2,}|…|[-‐‑–—−‒―~]+>?|→|/)"
    r"|(?P<sign>[^\s])"
)
Kind = Literal["iso", "full", "pair", "hyphen", "day", "month", "year", "weekday", "to", "and", "back", "word", "skip"]


class Token(NamedTuple):
    """A word or sign: where it is, and the numbers in it; `sign` is what parts them."""

    kind: Kind
    text: str
    start: int
    end: int
    numbers: tuple[int, ...] = ()
    sign: str = ""


def _is_hour(before: list[Token], language: str) -> bool:
    """Whether a number behind these tokens is an hour: "at 6", and the eight of "at 6 to 8"."""
    if len(before) > 2 and before[-1].kind == "to" and before[-2].kind == "word":
        before = before[:-2]
    return bool(before) and before[-1].text.lower() in _AT.get(language, ())


_END = Token("skip", "", 0, 0)


def tokens(text: str, language: str) -> list[Token]:
    """A text whose numbers are digits as a row of tokens."""
    row = [_token(match, language) for match in _SCAN.finditer(text)]
    for place, token in enumerate(row):
        following = row[place + 1] if place + 1 < len(row) else _END
        if token.kind not in ("day", "pair") or token.sign.isalpha() or following.kind == "month":
            continue
        counted = following.kind != "to" and _UNITS.match(following.text.lower())
        if counted or (token.kind == "day" and _is_hour(row[:place], language)):
            row[place] = token._replace(kind="word")
    return row


def _token(match: re.Match[str], language: str) -> Token:
    kind, said, (start, end) = match.lastgroup, match[0], match.span()
    numbers = tuple(int(number[:9]) for number in re.findall(r"\d+", said)) if said[0].isdigit() else ()
    if match["iso"]:
        return Token("iso", said, start, end, numbers[:3])
    if match["compact"]:
        return Token("iso", said, start, end, (int(said[:4]), int(said[4:6]), int(said[6:])))
    if match["full"] or match["spaced"]:
        return Token("full", said, start, end, numbers, match["s2"] or " ")
    if match["pair"] or match["two"]:
        return Token("pair", said, start, end, numbers, " " if match["two"] else match["s3"] or ".")
    if match["hyphen"]:
        return Token("hyphen", said, start, end, numbers, "-")
    if match["short"]:
        return Token("year", said, start, end, (2000 + int(said[1:]),))
    if match["number"]:
        return _number(said, match["number"], match["nth"] or "", start, end)
    if match["dash"]:
        return Token("to", said, start, end)
    if match["word"]:
        found, value = _word(said.lower().replace("’", "'"), language)
        return Token(found, said, start, end, value)
    return Token("and" if said == "&" else "word" if kind == "clock" else "skip", said, start, end)


def _number(said: str, digits: str, nth: str, start: int, end: int) -> Token:
    if len(digits) == 4 and digits[:2] in ("19", "20", "21"):
        return Token("year", said, start, end, (int(digits),))
    if len(digits) <= 2 and 1 <= int(digits) <= 31:
        return Token("day", said, start, end, (int(digits),), nth)
    return Token("word", said, start, end, (int(digits[:9]),))


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], Kind, tuple[int, ...]]]:
    language = language if language in MONTHS else "en"
    made: list[tuple[str, Kind, tuple[int, ...]]] = []
    made += [(stem, "month", (place,)) for place, stem in enumerate(MONTH[language].split(), 1)]
    for table in (WEEKDAYS, SHORT_WEEKDAYS):
        made += [(stem, "weekday", (place,)) for place, stem in enumerate(table[language].split())]
    made += [(_either(_TO[language]), "to", ()), (_either(_AND[language]), "and", ()), (_BACK[language], "back", ())]
    made.append((_either(_FILLERS[language]), "skip", ()))
    return [(re.compile(pattern), kind, value) for pattern, kind, value in made]


def _either(words: str) -> str:
    return "|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True))


@cache
def _known(language: str) -> re.Pattern[str]:
    """Any of the words, so that one look is enough for all the others."""
    return re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _, _ in _patterns(language)))


def _word(lower: str, language: str) -> tuple[Kind, tuple[int, ...]]:
    if not _known(language).fullmatch(lower):
        month = _misspelt(lower, language)
        return ("month", (month,)) if month else ("word", ())
    return next((kind, value) for pattern, kind, value in _patterns(language) if pattern.fullmatch(lower))


@lru_cache(maxsize=4_096)
def _misspelt(lower: str, language: str) -> int:
    """The month whose long name was typed with one slip, "Febuary"; 0 for none. Short ones are too near other words."""
    for place, month in enumerate(MONTHS.get(language, "").lower().split(), 1):
        if len(month) > 6 and lower[0] == month[0] and not lower.startswith(month) and _one_slip(lower, month):
            return place
    return 0


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter is missing, too many, or another one, or two have changed places."""
    short, long = sorted((one, other), key=len)
    at = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = long[:at] + long[at : at + 2][::-1] + long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or short == swapped
