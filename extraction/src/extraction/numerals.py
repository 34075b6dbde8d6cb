"""Numbers in words as digits, in five languages: "nine hundred ninety-nine", "null eins sieben", "quatre-vingt-douze".

A row of number words can be read in more than one way: "twenty seven" is 27 or 20 and 7. `readings` gives all of them,
the most natural one first; whoever knows what the number must look like chooses (a telephone number by its validity).

A word is an atom: a digit (0-9), a teen (10-19, and what a language says in one word up to 99), tens (20, 30, ...),
hundreds. Atoms join as numbers are spoken: hundreds, then tens, then a digit, each at most once.
"""

import re
from functools import cache
from itertools import product

MAX_READINGS, LONGEST_ROW = 64, 24
"""A longer row of number words than anybody dictates is read in parts."""
DIGIT, TEEN, TENS, HUNDREDS, TIMES_HUNDRED, AND, REPEAT, PLUS = range(8)
Atom = tuple[int, int]
"""Kind and value."""

_DIGITS = {
    "en": "zero one two three four five six seven eight nine",
    "ru": "ноль один два три четыре пять шесть семь восемь девять",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
}
_TEENS = {
    "en": "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "ru": "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать "
    "девятнадцать",
    "de": "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "es": "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve",
    "fr": "dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "ru": "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "fr": "vingt trente quarante cinquante soixante septante huitante nonante",
}
_HUNDREDS = {
    "ru": "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот",
    "es": "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos",
}
_TIMES_HUNDRED = {"en": "hundred", "de": "hundert", "fr": "cent cents"}
_AND = {"en": "and", "es": "y", "fr": "et", "de": "und"}
_OTHER: dict[str, dict[str, Atom]] = {
    "en": {
        "oh": (DIGIT, 0),
        "o": (DIGIT, 0),
        "nought": (DIGIT, 0),
        "nil": (DIGIT, 0),
        "fourty": (TENS, 40),
        "double": (REPEAT, 2),
        "triple": (REPEAT, 3),
        "treble": (REPEAT, 3),
        "plus": (PLUS, 0),
    },
    "ru": {
        "нуль": (DIGIT, 0),
        "одна": (DIGIT, 1),
        "раз": (DIGIT, 1),
        "две": (DIGIT, 2),
        "дважды": (REPEAT, 2),
        "трижды": (REPEAT, 3),
        "плюс": (PLUS, 0),
    },
    "de": {
        "ein": (DIGIT, 1),
        "eine": (DIGIT, 1),
        "zwo": (DIGIT, 2),
        "fuenf": (DIGIT, 5),
        "zwoelf": (TEEN, 12),
        "dreissig": (TENS, 30),
        "doppel": (REPEAT, 2),
        "plus": (PLUS, 0),
    },
    "es": {
        "un": (DIGIT, 1),
        "una": (DIGIT, 1),
        "cien": (HUNDREDS, 100),
        "dieciseis": (TEEN, 16),
        "veintiún": (TEEN, 21),
        "doble": (REPEAT, 2),
        "triple": (REPEAT, 3),
        "más": (PLUS, 0),
        "mas": (PLUS, 0),
    },
    "fr": {
        "une": (DIGIT, 1),
        "zero": (DIGIT, 0),
        "vingts": (TENS, 20),
        "octante": (TENS, 80),
        "dix": (TENS, 10),
        "double": (REPEAT, 2),
        "triple": (REPEAT, 3),
        "plus": (PLUS, 0),
    },
}
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:-[^\W\d_]+)*|[^\w]|_")


@cache
def _atoms(language: str) -> dict[str, Atom]:
    """Every word that is a number, or part of one."""
    table: dict[str, Atom] = {}
    for kind, words, first, step in (
        (DIGIT, _DIGITS, 0, 1),
        (TEEN, _TEENS, 10, 1),
        (TENS, _TENS, 20, 10),
        (HUNDREDS, _HUNDREDS, 100, 100),
    ):
        for index, word in enumerate(words.get(language, "").split()):
            table[word] = (kind, first + step * index)
    for word in _TIMES_HUNDRED.get(language, "").split():
        table[word] = (TIMES_HUNDRED, 100)
    for word in _AND.get(language, "").split():
        table[word] = (AND, 0)
    table |= _OTHER.get(language, {})
    return table | _compounds(language, table)


def _compounds(language: str, table: dict[str, Atom]) -> dict[str, Atom]:
    """Numbers that a language writes as one word."""
    digits = _DIGITS.get(language, "").split()
    tens = _TENS.get(language, "").split()
    made: dict[str, Atom] = {}
    if language == "de":
        ones = {"ein" if word == "eins" else word: value for value, word in enumerate(digits) if value}
        for word, one in (ones | {"fuenf": 5, "zwo": 2}).items():
            for ten in (*tens, "dreissig"):
                made[f"{word}und{ten}"] = (TEEN, table[ten][1] + one)
            made[f"{word}hundert"] = (HUNDREDS, 100 * one)
    if language == "es":
        plain = str.maketrans("áéíóú", "aeiou")
        for value, word in enumerate(digits[1:], 1):
            accent = {"dos": "dós", "tres": "trés", "seis": "séis"}.get(word, word)
            made |= {f"veinti{accent}": (TEEN, 20 + value), f"veinti{word.translate(plain)}": (TEEN, 20 + value)}
    return made


def readings(text: str, language: str) -> list[str]:
    """The text with its numbers as digits, in every way that it can be read, the most natural one first.

    "Double" and "triple" repeat the next digit, "plus" before a number is "+". Never empty; the text itself where no
    word of it is a number.
    """
    pieces: list[list[str]] = []
    run: list[Atom] = []
    since = ""  # what came after the last number word: spaces, an "and"
    table = _atoms(language)
    by_twenties = _french if language == "fr" else list

    def close() -> None:
        nonlocal since
        if run:
            pieces.append(_ways(by_twenties(run)))
            run.clear()
        pieces.append([since])
        since = ""

    for token in _TOKEN.findall(text):
        atoms = _atoms_of(token, table, language)
        joins = token.isspace() or (bool(atoms) and atoms[0][0] == AND)
        if run and joins:
            since += token
        elif atoms and not joins:
            if len(run) >= LONGEST_ROW:
                pieces.append(_ways(by_twenties(run), most=1))
                run.clear()
                since = " "
            run.extend(atoms if not since.strip() or not run else [(AND, 0), *atoms])
            if not run[: -len(atoms)]:
                pieces.append([since])
            since = ""
        else:
            close()
            since = token
    close()
    made = dict.fromkeys("".join(ways) for ways, _ in zip(product(*pieces), range(MAX_READINGS), strict=False))
    return [re.sub(r"\+\s+(?=\d)", "+", reading) for reading in made]


def _atoms_of(token: str, table: dict[str, Atom], language: str) -> list[Atom]:
    """The atoms of a word: of "ninety-nine" two, of "quatre-vingt-dix" three, of another word none."""
    lower = token.lower()
    if lower in table:
        return [table[lower]]
    if "-" in lower:
        parts = [table.get(part) for part in lower.split("-")]
        return [part for part in parts if part is not None] if all(parts) else []
    if language == "de" and "hundert" in lower:
        head, _, tail = lower.partition("hundert")
        atoms = [table.get(head + "hundert"), table.get(tail.removeprefix("und"))]
        return [atom for atom in atoms if atom is not None] if tail and all(atoms) else []
    return []


def _ways(run: list[Atom], most: int = MAX_READINGS) -> list[str]:
    """A row of atoms as digits, in every way; the one with the fewest numbers first."""
    found: dict[str, int] = {}
    _read(run, 0, [], found, most)
    return sorted(found, key=found.__getitem__) or [""]


def _french(run: list[Atom]) -> list[Atom]:
    """Four and twenty in a row are 80, and open for what is added to them: "quatre vingt dix"."""
    joined: list[Atom] = []
    for atom in run:
        if atom == (TENS, 20) and joined and joined[-1] == (DIGIT, 4):
            joined[-1] = (TENS, 80)
        else:
            joined.append(atom)
    return joined


def _read(run: list[Atom], at: int, numbers: list[str], found: dict[str, int], most: int) -> None:
    """All ways from `at` on: each takes the longest number first, then shorter ones."""
    if len(found) >= most:
        return
    if at == len(run):
        found.setdefault(" ".join(numbers).replace("+ ", "+"), len(numbers))
        return
    kind, value = run[at]
    if kind == PLUS:
        _read(run, at + 1, [*numbers, "+"], found, most)
    elif kind == AND:
        _read(run, at + 1, numbers, found, most)
    elif kind == REPEAT and at + 1 < len(run) and run[at + 1][0] == DIGIT:
        _read(run, at + 2, [*numbers, str(run[at + 1][1]) * value], found, most)
    elif kind == REPEAT:
        _read(run, at + 1, numbers, found, most)
    else:
        for length in range(min(7, len(run) - at), 0, -1):
            number = _number(run[at : at + length])
            if number is not None:
                _read(run, at + length, [*numbers, number], found, most)


def _number(atoms: list[Atom]) -> str | None:
    """One number of atoms as it is spoken, or None where nobody says it so: hundreds, tens, a digit."""
    if atoms[0][0] == AND or atoms[-1][0] == AND:
        return None
    total, least = 0, 1_000
    pending: int | None = None
    for place, (kind, value) in enumerate(atoms):
        following = atoms[place + 1][0] if place + 1 < len(atoms) else None
        if kind == DIGIT and following == TIMES_HUNDRED:
            pending = value
        elif kind == TIMES_HUNDRED:
            if least <= 100 or (pending is None and place):
                return None
            total, least, pending = total + 100 * (1 if pending is None else pending), 100, None
        elif kind == HUNDREDS:
            if least <= 100:
                return None
            total, least = total + value, 100
        elif kind in (TENS, TEEN):
            # French counts on from sixty and from eighty: "soixante-dix", "quatre-vingt-seize".
            on_from = least == 10 and 10 <= value < 20 and total % 100 in (60, 80)
            if least <= 10 and not on_from:
                return None
            total, least = total + value, 10 if kind == TENS else 1
        elif kind == DIGIT:
            # "Dix-sept" is 17, but nobody says "dix-six".
            if least <= 1 or (value == 0 and len(atoms) > 1) or (atoms[place - 1] == (TENS, 10) and value < 7):
                return None
            total, least = total + value, 1
        elif kind != AND or least <= 1:
            return None
    return str(total)
