"""What people say when they are asked for something: fillers, titles, repetitions, several things at once."""

from datetime import date
from pathlib import Path

import pytest

from gateway import fields
from gateway.scenarios import load

REGIONS = {"en": "US", "ru": "RU", "de": "DE", "es": "ES", "fr": "FR"}
GENERIC, HOTEL = load(Path("config/scenarios/generic.yaml")), load(Path("config/scenarios/hotel.yaml"))


@pytest.mark.parametrize(
    ("language", "asked", "text", "expected"),
    [
        ("en", "name", "Uh, yeah, it's, um, Robert, Robert De Niro", "Robert De Niro"),
        ("en", "name", "You can call me Liz", "Liz"),
        ("en", "name", "Liz.", "Liz"),
        ("en", "name", "My name? Oh, it's Jennifer", "Jennifer"),
        ("en", "name", "the name is smith, john smith", "John Smith"),
        ("en", "name", "I am Dr. Emily Watson", "Emily Watson"),
        ("en", "name", "Mister Brown", "Brown"),
        ("en", "name", "I'm calling about a room", ""),
        ("en", "name", "my name is mary ann o'connor", "Mary Ann O'connor"),
        ("en", "name", "who is this?", ""),
        ("ru", "name", "Меня Ольга зовут", "Ольга"),
        ("ru", "name", "ну, Александр Сергеевич Пушкин", "Александр Сергеевич Пушкин"),
        ("ru", "name", "Зовут меня Катя", "Катя"),
        ("ru", "name", "это говорит Виктор", "Виктор"),
        ("ru", "name", "я Виктор", "Виктор"),
        ("ru", "name", "а кто это?", ""),
        ("de", "name", "Mein Name ist Frau Doktor Schneider", "Schneider"),
        ("de", "name", "Schneider, Maria Schneider", "Maria Schneider"),
        ("de", "name", "ich bin der Klaus", "Klaus"),
        ("es", "name", "soy la señora Martínez", "Martínez"),
        ("es", "name", "Pues me llamo Juan Carlos", "Juan Carlos"),
        ("fr", "name", "C'est monsieur Martin", "Martin"),
        ("fr", "name", "euh, Marie", "Marie"),
        ("en", "city", "I'm going to Los Angeles next week", "Los Angeles"),
        ("en", "city", "san francisco", "San Francisco"),
        ("en", "city", "it's Salt Lake City", "Salt Lake City"),
        ("en", "city", "we'd like to visit Rome", "Rome"),
        ("en", "city", "I don't know yet", ""),
        ("en", "city", "London I think", "London"),
        ("ru", "city", "мы едем в Нижний Новгород", "Нижний Новгород"),
        ("ru", "city", "в Ростов-на-Дону", "Ростов-на-Дону"),
        ("ru", "city", "хочу поехать в Сочи", "Сочи"),
        ("ru", "city", "в Москве", "Москва"),
        ("ru", "city", "из Петербурга", "Петербург"),
        ("ru", "city", "в Великий Новгород", "Великий Новгород"),
        ("ru", "city", "ялта", "Ялта"),
        ("de", "city", "wir möchten nach Frankfurt am Main", "Frankfurt am Main"),
        ("de", "city", "in die Schweiz, nach Zürich", "Zürich"),
        ("es", "city", "a Palma de Mallorca", "Palma de Mallorca"),
        ("fr", "city", "à Aix-en-Provence", "Aix-en-Provence"),
        ("en", "phone", "my number's (212) 555 0147 extension 3", "+12125550147"),
        ("en", "phone", "plus forty-four twenty seven nine four six oh nine five eight", "+442079460958"),
        ("en", "phone", "one eight hundred five five five oh one nine nine", "+18005550199"),
        ("en", "phone", "it's 415-555-01 23", "+14155550123"),
        ("en", "phone", "zero zero four nine one seven zero one two three four five six seven", "+491701234567"),
        ("ru", "phone", "восемь девятьсот три, сто двадцать три, сорок пять, шестьдесят семь", "+79031234567"),
        ("ru", "phone", "плюс семь 903 123 45 67", "+79031234567"),
        ("ru", "phone", "9031234567", "+79031234567"),
        ("de", "phone", "null eins sieben null zwölf vierunddreißig fünfhundertsiebenundsechzig", "+491701234567"),
        ("es", "phone", "seiscientos doce, trescientos cuarenta y cinco, seiscientos setenta y ocho", "+34612345678"),
        ("fr", "phone", "zéro six douze trente quatre cinquante six soixante dix huit", "+33612345678"),
        ("en", "dates", "the 4th through the 8th of june", "2027-06-04/2027-06-08"),
        ("en", "dates", "sometime between june first and june fifth", "2027-06-01/2027-06-05"),
        ("en", "dates", "arriving on may 3rd and leaving on may 7th", "2027-05-03/2027-05-07"),
        ("en", "dates", "check in december 30, check out january 2", "2026-12-30/2027-01-02"),
        ("en", "dates", "from monday till wednesday", "2026-11-23/2026-11-25"),
        ("en", "dates", "two nights from tomorrow", "2026-11-21/2026-11-23"),
        ("ru", "dates", "в эту субботу", "2026-11-21"),
        ("ru", "dates", "с 30 декабря по 2 января", "2026-12-30/2027-01-02"),
        ("ru", "dates", "на первое июня", "2027-06-01"),
        ("de", "dates", "von Montag bis Mittwoch", "2026-11-23/2026-11-25"),
        ("de", "dates", "am 3.5.", "2027-05-03"),
        ("de", "dates", "dieses Wochenende", "2026-11-21/2026-11-22"),
        ("es", "dates", "desde el 3 hasta el 7 de mayo", "2027-05-03/2027-05-07"),
        ("es", "dates", "entre el tres y el siete de mayo", "2027-05-03/2027-05-07"),
        ("fr", "dates", "du 30 décembre au 2 janvier", "2026-12-30/2027-01-02"),
        ("fr", "dates", "à partir du trois mai pour deux nuits", "2027-05-03/2027-05-05"),
        ("en", "guests", "me and my wife", "2"),
        ("en", "guests", "two adults and two kids", "4"),
        ("en", "guests", "there's three of us", "3"),
        ("ru", "guests", "я и жена", "2"),
        ("ru", "guests", "два взрослых и ребёнок", "3"),
        ("de", "guests", "zwei Erwachsene und ein Kind", "3"),
        ("es", "guests", "dos adultos y un niño", "3"),
        ("fr", "guests", "deux adultes et un enfant", "3"),
    ],
)
def test_an_answer(language: str, asked: str, text: str, expected: str) -> None:
    scenario = HOTEL if asked == "guests" else GENERIC
    context = fields.Context(language=language, region=REGIONS[language], today=date(2026, 11, 20), asked=asked)
    found = fields.extract(text, scenario.fields, context, {}).get(asked, "")
    assert found.casefold() == expected.casefold()
