"""Names of countries and regions in all languages: CLDR (https://cldr.unicode.org, Unicode License v3).

`$CLDR` is the folder common/ of its repository; the package `cldr` of npm holds it: `npm pack cldr@7.9.0`, unpack it,
and set CLDR to package/3rdparty/cldr/common. Only main/<code>.xml and subdivisions/<code>.xml are read.
"""

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

from extraction import lexicon

# Regions and islands that are no administrative units, or not in these words.
OTHERS = (
    "Florida|Tuscany|Bavaria|Saxony|Brittany|Normandy|Provence|Burgundy|Catalonia|Andalusia|Crimea|Sicily|"
    "Sardinia|Lombardy|Tyrol|South Tyrol|Crete|Majorca|Mallorca|Menorca|Ibiza|Tenerife|Lanzarote|Fuerteventura|"
    "Gran Canaria|Madeira|Algarve|Cornwall|Silesia|Masuria|Galicia|Cappadocia|Rügen|Usedom|Fehmarn|Allgäu|"
    "Schwarzwald|Südtirol|Ostsee|Nordsee|Bodensee|Bretagne|Normandie|Auvergne|Alsace|Côte d'Azur|Toscana|"
    "Sardegna|Sicilia|Puglia|Liguria|Kapadokya|Mazury|Podhale|Кавказ|Алтай|Карелия|Крым|Байкал|Бретань|Прованс|"
    "Тоскана|Сицилия|Карпати|Закарпаття|Буковина"
)


class Region(NamedTuple):
    """A name, the country that it is in, whether it is well known, whatever town is called so too, whether it is only a
    part of its country, and the language whose name it is.
    """

    name: str
    country: str = ""
    is_known: bool = False
    is_part: bool = False
    language: str = "ru"


def load() -> list[Region]:
    """What is known by heart, then all that CLDR has, in the order of the languages."""
    folder = Path(os.environ["CLDR"])
    return [*(Region(name, is_known=True) for name in OTHERS.split("|")), *read(folder)]


def read(folder: Path) -> Iterator[Region]:
    """Names of countries and of their parts in all languages."""
    for code in lexicon.codes():
        for country, name in _elements(folder / "main" / f"{code}.xml", "territory"):
            if country.isalpha():
                yield Region(name, country, language=code)
        for part, told in _elements(folder / "subdivisions" / f"{code}.xml", "subdivision"):
            for name in re.split(r" ?[/\[(,;] ?", told):
                yield Region(name, part[:2].upper(), is_part=True, language=code)


def _elements(file: Path, tag: str) -> Iterator[tuple[str, str]]:
    """Types and texts: CLDR writes an element a line, and its type first."""
    for kind, text in re.findall(rf'<{tag} type="(\w+)"[^>]*>([^<]+)</', file.read_text(encoding="utf-8")):
        yield kind, unescape(text)
