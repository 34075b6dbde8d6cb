"""A city: after "in" or "to", or as the answer to the question for it; Russian cases are undone by the gazetteer."""

import re
from functools import cache

from extraction import gazetteer, lexicon, numerals, patterns, people, table, words
from extraction.lexicon.places import Places

_WORD = r"[^\W\d_][\w'’-]*"
_PLACE = rf"((?:(?:St|Ste|Mt|Ft)\.\s+)?{_WORD}(?:\s+(?:(?:de|del|la|am|an der|on|upon|of)\s+)?{_WORD}){{0,2}})"
_NAME_WORD = re.compile(r"(?:St|Ste|Mt|Ft)\.|[^\W\d_][\w'’.-]*(?<!\.)")
MOST_WORDS = 4
# Months, days and languages are no places, whatever villages are called.
_TIME_WORDS = """
january february march april may june july august september october november december monday tuesday
wednesday thursday friday saturday sunday english german spanish french russian
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре
понедельник вторник среду четверг пятницу субботу воскресенье
januar februar märz april mai juni juli august september oktober november dezember
montag dienstag mittwoch donnerstag freitag samstag sonntag
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
lunes martes miércoles jueves viernes sábado domingo
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
lundi mardi mercredi jeudi vendredi samedi dimanche
"""
_TIMES = frozenset(_TIME_WORDS.split())
# Large cities that people are called like.
_NAMED_SO = """
adams adelaide aden alexandria ali ana ann anna arlington asuncion aurora austin belen brandon brooklyn cano
carmen carmona carolina charlotte chelsea concepcion cordoba dalian dallas denver diana duran elizabeth eugene
florence flores george georgia guadalupe gutierrez hagen henderson houston isfahan israel jackson jordan julia
kent kyle lakewood lancaster laredo lena leon lincoln logan london lorena madison maria marion martin mary mason
medina mendoza mercedes milan mora nancy omar owen paris phoenix preston regina richardson rodriguez roma
rosario salem santana santiago santos sara savannah sofia sophia sydney toledo tomas trinidad tyler valencia
victor victoria vienna virginia zamora софия
"""
_NAMES = frozenset(_NAMED_SO.split())


@cache
def _of(language: str) -> Places:
    return lexicon.of(language if language in lexicon.codes() else "en").places


# Names of places keep the small words of their own languages, whatever the caller's is.
@cache
def _all(key: str) -> frozenset[str]:
    return frozenset(word for code in lexicon.codes() for word in getattr(lexicon.of(code).places, key).split())


def _any(words: frozenset[str]) -> str:
    return "|".join(sorted(words))


@cache
def _city_of() -> re.Pattern[str]:
    phrases = "|".join(lexicon.of(code).places.city_of for code in lexicon.codes())
    return re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.IGNORECASE)


def find(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """The city ("" when none), and the text without it.

    After a preposition a place of the gazetteer counts always when it is written with a capital or is large; another
    capitalised word only when the caller tells where they go ("from Google", "in a hurry" name no place). Asked, so
    does what stands after a preposition, a place of the gazetteer anywhere, and a bare answer. Of several the last is
    taken: "I want to go to Paris"; and one that is denied is not: "not Paris, Rome".
    """
    text = _city_of().sub(" ", text)
    if asked and text.rpartition("?")[2].strip():
        text = text.rpartition("?")[2]  # "City? Minneapolis"
    for small in (False, True) if asked else (False,):
        places = _after_prepositions(text, language, small=small, asked=asked)
        if places:
            there = [
                place
                for place in places
                if not re.match(rf"[\s,]*(?:{_any(_all('from_'))})\s", text[place[0] :], re.IGNORECASE)
            ]
            places = there or places  # where to, not where from
            sure = [place for place in places if is_known(place[2])]
            start, end, value = (sure or places)[-1]
            return value, text[:start] + " " + text[end:]
    if asked and "?" not in text and not patterns.search(r"\d", numerals.readings(text, language)[0]):
        return _answered(text, language)
    return "", text


def alone(text: str, language: str) -> str:
    """The large city that is all of a text, "" when it is none or may be somebody's name."""
    said = text.strip(" .,!")
    city = gazetteer.find(said)
    if city is None or not city.is_big or table.folded(city.name) in _NAMES or people.nominative(said):
        return ""
    surname = said.lower().endswith(("ов", "ев", "ёв", "ин", "ын"))  # Иванов, Калинин
    return "" if surname or words.is_plain(said, language) else _written(said, city.name, language)


def is_known(value: str) -> bool:
    """Whether it is the name of a place."""
    return gazetteer.find(value) is not None


def _after_prepositions(text: str, language: str, *, small: bool, asked: bool) -> list[tuple[int, int, str]]:
    """Places from where in the text to where, and their names."""
    around = _of(language)
    preposition = f"(?:{around.prepositions.replace(' ', '|')})"
    # The place is looked ahead at, so that in "to go to Paris" the second "to" is tried too.
    pattern = re.compile(rf"(?:^|[\s,])(?<!speak\s)(?<!talk\s){preposition}\s+(?={_PLACE})", re.IGNORECASE)
    goes = asked or bool(patterns.search(rf"(?<!\w)(?:{'|'.join(around.going)})", text, re.IGNORECASE))
    places: list[tuple[int, int, str]] = []
    for match in pattern.finditer(text):
        if places and match.start() < places[-1][1]:
            continue  # in "a Palma de Mallorca" the second preposition is part of the first place
        said, value = _known_at(match[1], language, asked=asked or (goes and around.prepositions_go))
        if not value and goes:
            said = _tidy(match[1], language, small=small)
            value = "" if _is_time(said) or patterns.search(r"\d", numerals.readings(said, language)[0]) else said
        if value:
            places.append((match.start(), match.end() + len(said), value))
    return places


def _answered(text: str, language: str) -> tuple[str, str]:
    """The city in the answer to the question for it."""
    known = [
        (match.start(), match.start() + len(said), value)
        for match in patterns.finditer(rf"(?<![\w'’-])(?={_PLACE})", text)
        if not _denied(text[: match.start()]) and not _goes_on(text[: match.start()], match[1], language)
        for said, value in (_known_at(match[1], language, asked=True),)
        if value
    ]
    if known:
        # "Chicago, Illinois": what follows without a word of its own only tells where it is.
        start, end, value = known[0]
        for place in known[1:]:
            if place[0] >= end and patterns.search(r"\w", text[end : place[0]]):
                start, end, value = place
        return value, (text[:start] + " " + text[end:]).strip()
    # "Springwood, Illinois": the first part that names something.
    sections = [part for part in text.split(",") if not all(words.is_plain(w, language) for w in words.split(part))]
    text = sections[0] if len(sections) > 1 else text
    if text.islower() and any(words.is_plain(word, language) for word in words.split(text)):
        return "", text  # "sounds right" names no place; what the gazetteer knows has been found
    found: list[str] = []
    for word in words.split(text):  # "City" is a plain word, but not in "Salt Lake City"
        if not _short(word) and (not words.is_plain(word, language) or (found and word[0].isupper() and len(word) > 1)):
            found.append(word)
    if 0 < len(found) <= 3 and len(words.split(text)) <= 5:
        return " ".join(_capital(word) for word in found), ""
    return "", text


def _known_at(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """The longest name of the gazetteer with which the text begins, as it is said and as it is written."""
    ends = [match.end() for match in _NAME_WORD.finditer(text)][:MOST_WORDS]
    for end in reversed(ends):
        said = text[:end]
        city = gazetteer.find(said)
        if city is None or _is_time(said) or (len(said) < 3 and said.islower()):
            continue
        if all(words.is_plain(word, language) for word in words.split(said)) and (said.islower() or not asked):
            continue
        if not city.is_big and re.match(r"\s+[^\W\d_]", text[end:]) and text[end:].lstrip()[0].isupper():
            following = _NAME_WORD.match(text[end:].lstrip())
            if following and following[0].lower() not in _all("follow") and not words.is_plain(following[0], language):
                continue  # "Bad" of Bad Homburg
        if said[0].isupper() or (city.is_big and len(said) > 3) or (asked and not words.is_plain(said, language)):
            return said, _written(said, city.name, language)
    return "", ""


def _written(said: str, name: str, language: str) -> str:
    """As it was said, where that is written with a capital and in the nominative; else as the gazetteer has it."""
    as_said = said[0].isupper() and table.folded(said) == table.folded(name)
    return said if as_said and not _of(language).declines else name


def _denied(before: str) -> bool:
    last = words.split(before)[-1:]
    return bool(last) and last[0].lower() in ("not", "не", "nicht", "no", "pas")


def _goes_on(before: str, text: str, language: str) -> bool:
    """Whether a place is but the end of a longer name: Homburg in "Bad Homburg"."""
    last = patterns.search(r"([^\W\d_][\w'’-]*)\s+$", before)
    if not last or not last[1][0].isupper() or words.is_plain(last[1], language):
        return False
    city = gazetteer.find(text.split(maxsplit=1)[0])
    return text[:1].isupper() and city is not None and not city.is_big


def _is_time(said: str) -> bool:
    return bool(said) and said.split(maxsplit=1)[0].lower() in _TIMES


def _short(word: str) -> bool:
    """Two words in one: "it's", "c'est", "we'd"."""
    if patterns.search(r"['’][A-ZÀ-Þ]", word):  # L'Aquila
        return False
    return bool(
        patterns.search(r"^(?:it|he|she|we|you|they|that|i|c|j|l|d|qu)['’]|['’](?:s|d|re|ll|ve|m)$", word.lower())
    )


def _tidy(text: str, language: str, *, small: bool) -> str:
    kept: list[str] = []
    parts = text.split()
    for place, word in enumerate(parts):
        following = parts[place + 1] if place + 1 < len(parts) else ""
        if kept and word.lower() in _all("within") and following[:1].isupper():
            kept.append(word)
            continue
        if word.lower() in _all("follow") or (word.islower() and not small) or words.is_plain(word, language):
            break
        kept.append(_capital(word))
    return " ".join(kept).strip(" .,!?")


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
