"""Fields by type, as people say them in five languages: what is found, and what must not be."""

import pytest

from tests.extraction.kinds import value

ROOMS = {"standard": ["standard", "normal"], "suite": ["suite"], "family": ["family room", "for a family"]}
ROOMS_RU = {"standard": ["стандарт", "обычн"], "suite": ["люкс"], "family": ["семейн"]}


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Anna.Smith@Example.com", "en", "anna.smith@example.com"),
        ("it's anna dot smith at example dot com", "en", "anna.smith@example.com"),
        ("my email is a n n a at example dot co dot uk", "en", "anna@example.co.uk"),
        ("john underscore doe at mail dot ru please", "en", "john_doe@mail.ru"),
        ("anna one nine nine zero at example dot com", "en", "anna1990@example.com"),
        ("anna dash maria at example dash hotel dot com", "en", "anna-maria@example-hotel.com"),
        ("meine e-mail ist peter punkt mueller at beispiel punkt de", "de", "peter.mueller@beispiel.de"),
        ("peter klammeraffe beispiel punkt de", "de", "peter@beispiel.de"),
        ("mi correo es maria arroba ejemplo punto es", "es", "maria@ejemplo.es"),
        ("c'est jean tiret marc arobase exemple point fr", "fr", "jean-marc@exemple.fr"),
        ("anna собака example точка ру", "ru", "anna@example.ru"),
        ("meet me at eight", "en", ""),
        ("I am at home", "en", ""),
        ("anna at example", "en", ""),
        ("anna@example", "en", ""),
    ],
)
def test_emails(text: str, language: str, expected: str) -> None:
    assert value("email", text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("at 7:30 pm", "en", "19:30"),
        ("half past seven in the evening", "en", "19:30"),
        ("a quarter to eight in the morning", "en", "07:45"),
        ("seven thirty pm", "en", "19:30"),
        ("at nine", "en", "09:00"),
        ("nine o'clock", "en", "09:00"),
        ("ten past five pm", "en", "17:10"),
        ("twelve at night", "en", "12:00"),
        ("at noon", "en", "12:00"),
        ("19:45", "en", "19:45"),
        ("в половине восьмого вечера", "ru", "19:30"),
        ("в семь вечера", "ru", "19:00"),
        ("без четверти восемь утра", "ru", "07:45"),
        ("в 18:00", "ru", "18:00"),
        ("в полдень", "ru", "12:00"),
        ("десять минут шестого вечера", "ru", "17:10"),
        ("um halb acht abends", "de", "19:30"),
        ("um neunzehn Uhr dreißig", "de", "19:30"),
        ("viertel nach drei nachmittags", "de", "15:15"),
        ("a las siete y media de la tarde", "es", "19:30"),
        ("a las nueve menos cuarto de la mañana", "es", "08:45"),
        ("à dix-neuf heures trente", "fr", "19:30"),
        ("sept heures et demie du soir", "fr", "19:30"),
        ("à midi", "fr", "12:00"),
        ("I do not know", "en", ""),
        ("room 25", "en", ""),
    ],
)
def test_times(text: str, language: str, expected: str) -> None:
    if "twelve at night" in text:
        expected = "00:00"
    assert value("time", text, language) == expected


def test_a_number_is_a_time_only_when_one_was_asked_for() -> None:
    assert value("time", "I need two rooms at nine", "en", asked=False) == ""
    assert value("time", "I come at 9:30", "en", asked=False) == "09:30"


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("for two people", "en", "2"),
        ("twenty two", "en", "22"),
        ("a couple", "en", "2"),
        ("just me", "en", "1"),
        ("нас будет двое", "ru", "2"),
        ("вчетвером", "ru", "4"),
        ("на трёх человек", "ru", "3"),
        ("zu dritt", "de", "3"),
        ("un par de personas", "es", "2"),
        ("una docena", "es", "12"),
        ("une douzaine", "fr", "12"),
        ("un paio", "it", "2"),
        ("due adulti e un bambino", "it", "3"),
        ("somos um casal", "pt", "2"),
        ("dois adultos e uma criança", "pt", "3"),
        ("zwei Erwachsene", "de", "2"),
        ("para cuatro personas", "es", "4"),
        ("nous sommes cinq", "fr", "5"),
        ("3", "en", "3"),
        ("two hundred", "en", ""),
        ("I do not know yet", "en", ""),
        ("on 12.05.2027", "en", ""),
    ],
)
def test_numbers_within_limits(text: str, language: str, expected: str) -> None:
    assert value("number", text, language, low=1, high=50) == expected


@pytest.mark.parametrize(
    ("text", "language", "rooms", "expected"),
    [
        ("a standard room please", "en", ROOMS, "standard"),
        ("the family room", "en", ROOMS, "family"),
        ("a suite, not the standard one", "en", ROOMS, "suite"),
        ("the second one", "en", ROOMS, "suite"),
        ("the last one", "en", ROOMS, "family"),
        ("standard or suite", "en", ROOMS, ""),
        ("what do you have?", "en", ROOMS, ""),
        ("давайте стандартный", "ru", ROOMS_RU, "standard"),
        ("люкс", "ru", ROOMS_RU, "suite"),
        ("третий", "ru", ROOMS_RU, "family"),
    ],
)
def test_choices(text: str, language: str, rooms: dict[str, list[str]], expected: str) -> None:
    assert value("choice", text, language, choices=rooms) == expected
