"""Makes names.txt (names of people of many countries) and given_names.txt (Russian given names by their cases).

Sources: Faker (https://github.com/joke2k/faker, MIT), its lists of people's names; for Russian, the dictionary of
OpenCorpora (CC BY-SA 3.0) by way of pymorphy3; for languages of which few are known then, Mimesis
(https://github.com/lk-geimfari/mimesis, MIT), its everyday words left out. A line of names.txt is
`key<TAB>given<TAB>surname`: the languages in which each word of a name is a given name, and a surname.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from importlib import import_module
from itertools import chain, product
from pathlib import Path
from pkgutil import iter_modules

from extraction import frequency, lexicon
from extraction.build.russian import Form, Russian
from extraction.people import NAMES, RUSSIAN_CASES
from extraction.table import folded, write

_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)?")
_SCRIPTS = re.compile(r"[A-Za-zÀ-ɏЀ-ӿ'’-]+")
_CASES = ("nomn", "accs", "gent", "datv", "ablt", "loct")
_SMALL = 3
"""Letters of the words of a surname of several ("Le Goff") that are particles, or fewer."""
_FEW = 1_500
"""Names of a language that are few."""
_EVERYDAY = 5.3

Found = dict[str, tuple[set[str], set[str]]]


def main() -> None:
    """Write both files anew."""
    russian = list(Russian().forms("Name", "Surn", "Patr"))
    found: Found = defaultdict(lambda: (set(), set()))
    for place, name, language in _faker():
        parts = name.replace("-", " ").split()
        for part in parts:
            if _WORD.fullmatch(part) and _SCRIPTS.fullmatch(part) and (len(parts) == 1 or len(part) > _SMALL):
                found[folded(part)][place].add(language)
    for form in russian:
        if {"nomn", "sing"} <= form.tags:
            found[folded(form.word)][0 if "Name" in form.tags else 1].add("ru")
    _add_where_few(found)
    write(NAMES, [f"{key}\t{' '.join(sorted(a))}\t{' '.join(sorted(b))}" for key, (a, b) in found.items()])
    write(RUSSIAN_CASES, [f"{key}\t{name}" for key, name in given_names(russian).items()])


def _faker() -> list[tuple[int, str, str]]:
    """(0 for a given name and 1 for a surname, the name, its language) of every country that Faker knows."""
    people = import_module("faker.providers.person")
    found = []
    for module in iter_modules(people.__path__):
        provider = import_module(f"faker.providers.person.{module.name}").Provider
        for key in dir(provider):
            place = 0 if key.startswith("first_names") else 1 if "last_names" in key or "middle_names" in key else None
            names = getattr(provider, key)
            if place is not None and isinstance(names, (tuple, list, dict)):
                found += [(place, name, module.name.split("_")[0]) for name in names if isinstance(name, str)]
    return found


def _add_where_few(found: Found) -> None:
    """The names of Mimesis in languages of which there are few given names, or few surnames."""
    datasets = Path(str(import_module("mimesis").__file__)).parent / "datasets"
    for language, place in product(lexicon.codes(), range(2)):
        if sum(language in names[place] for names in found.values()) >= _FEW:
            continue
        for file in sorted(datasets.glob(f"{language}*/person.json")):
            names = json.loads(file.read_text(encoding="utf-8")).get(("names", "surnames")[place], [])
            for name in chain(*names.values()) if isinstance(names, dict) else names:
                is_word = frequency.zipf(name.lower(), language) >= _EVERYDAY
                if _WORD.fullmatch(name) and _SCRIPTS.fullmatch(name) and len(name) > _SMALL and not is_word:
                    found[folded(name)][place].add(language)


def given_names(russian: Iterable[Form]) -> dict[str, str]:
    """Russian given names by their folded singular cases; a form that is a name itself is that name."""
    cases = {case: place for place, case in enumerate(_CASES)}
    forms = [
        (min(cases[tag] for tag in form.tags & set(cases)), form)
        for form in russian
        if {"Name", "sing"} <= form.tags and form.tags & set(cases)
    ]
    found: dict[str, str] = {}
    for _, form in sorted(forms, key=lambda one: one[0]):
        found.setdefault(folded(form.word), form.normal.capitalize())
    return found
