"""Filling the form by rules: what is said, what is asked, what comes of it."""

from datetime import date

import pytest

from extraction import dates, phone, words
from extraction.kinds import Ask
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance
from tests.extraction.kinds import days, value
from tests.gateway.forms import hear, held

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "language", "region", "expected"),
    [
        ("my number is 415 555 0123", "en", "US", "+14155550123"),
        ("(415) 555-0123, thanks", "en", "US", "+14155550123"),
        ("four one five, five five five, oh one two three", "en", "US", "+14155550123"),
        ("plus seven nine zero three one two three four five six seven", "en", "US", "+79031234567"),
        ("four one five triple five zero one two three", "en", "US", "+14155550123"),
        ("восемь девять ноль три 123-45-67", "ru", "RU", "+79031234567"),
        ("8 (903) 123 45 67", "ru", "RU", "+79031234567"),
        ("+49 170 1234567", "de", "DE", "+491701234567"),
        ("null eins sieben null eins zwei drei vier fünf sechs sieben", "de", "DE", "+491701234567"),
        ("seis uno dos tres cuatro cinco seis siete ocho", "es", "ES", "+34612345678"),
        ("06 12 34 56 78", "fr", "FR", "+33612345678"),
        ("plus seven nine hundred ninety-nine one two three forty five sixty seven", "en", "US", "+79991234567"),
        ("nine oh three two twelve thirty four fifty six", "en", "US", "+19032123456"),
        ("four fifteen, five fifty five, oh one twenty three", "en", "US", "+14155550123"),
        ("it's double four two oh seven nine four six oh nine five eight", "en", "GB", "+442079460958"),
        ("восемь девятьсот три сто двадцать три сорок пять шестьдесят семь", "ru", "RU", "+79031234567"),
        ("плюс семь девятьсот три, сто двадцать три, сорок пять, шестьдесят семь", "ru", "RU", "+79031234567"),
        ("null eins sieben null hundertdreiundzwanzig fünfundvierzig siebenundsechzig", "de", "DE", "+491701234567"),
        ("seis doce treinta y cuatro cincuenta y seis setenta y ocho", "es", "ES", "+34612345678"),
        ("zéro six douze trente-quatre cinquante-six soixante-dix-huit", "fr", "FR", "+33612345678"),
        ("zéro six, douze, trente quatre, quatre-vingt-douze, quatre vingt dix-neuf", "fr", "FR", "+33612349299"),
        ("twenty seven", "en", "US", ""),
        ("415 555", "en", "US", ""),
        ("room 12 on floor 3", "en", "US", ""),
        ("12345678901234567890", "en", "US", ""),
    ],
)
def test_phones(text: str, language: str, region: str, expected: str) -> None:
    assert value("phone", text, language, region=region) == expected


@pytest.mark.parametrize(
    ("text", "language", "asked", "expected"),
    [
        ("Hi, my name is John Smith and I want a room", "en", False, "John Smith"),
        ("it's anna", "en", True, "Anna"),
        ("I'm Kate from Boston", "en", True, "Kate"),
        ("Yes, Anna", "en", True, "Anna"),
        ("Anna", "en", False, ""),
        ("I am late", "en", False, ""),
        ("can you call me back on Monday", "en", True, ""),
        ("The name's Bond. James Bond.", "en", True, "James Bond"),
        ("Hello this is Bob Marley calling, I'd like a room", "en", False, "Bob Marley"),
        ("Мария Ивановна слушает", "ru", True, "Мария Ивановна"),
        ("I want to book a room", "en", True, ""),
        ("What?", "en", True, ""),
        ("Hello", "en", True, ""),
        ("меня зовут Анна Петрова, хочу номер", "ru", False, "Анна Петрова"),
        ("анна", "ru", True, "Анна"),
        ("не знаю", "ru", True, ""),
        ("ich heiße Pieter van den Berg", "de", False, "Pieter van den Berg"),
        ("hier spricht Jörg Müller", "de", False, "Jörg Müller"),
        ("me llamo José Luis y quiero reservar", "es", False, "José Luis"),
        ("je m'appelle Anne-Marie Dubois", "fr", False, "Anne-Marie Dubois"),
        ("oui", "fr", True, ""),
        ("Miller, John Miller", "en", True, "John Miller"),
        ("P-I-E-T-E-R", "en", True, "Pieter"),
        ("Peter Smith, P-I-E-T-E-R", "en", True, "Pieter Smith"),
        ("my name is Jon, J O N", "en", False, "Jon"),
        ("My name is Catherine Miller, K A T H R Y N", "en", False, "Kathryn Miller"),
        ("Smith. S, M, Y, T, H.", "en", True, "Smyth"),
        ("Ana, A double N A", "en", True, "Anna"),
        ("ich heiße Meier, M-E-Y-E-R", "de", False, "Meyer"),
        ("меня зовут Наталия, Н А Т А Л Ь Я", "ru", False, "Наталья"),
    ],
)
def test_names(text: str, language: str, asked: bool, expected: str) -> None:
    assert value("name", text, language, asked=asked) == expected


@pytest.mark.parametrize(
    ("text", "language", "asked", "expected"),
    [
        ("I want to go to Paris", "en", False, "Paris"),
        ("I want to go to Yalta", "en", True, "Yalta"),
        ("i want to go to yalta", "en", True, "Yalta"),
        ("Yalta", "en", True, "Yalta"),
        ("Yalta", "en", False, ""),
        ("L'Aquila", "en", True, "L'Aquila"),
        ("in New York please", "en", True, "New York"),
        ("I am in a hurry", "en", False, ""),
        ("в Ялту", "ru", True, "Ялта"),
        ("хочу поехать в Санкт-Петербург", "ru", False, "Санкт-Петербург"),
        ("в Москве", "ru", True, "Москва"),
        ("Нижний Новгород", "ru", True, "Нижний Новгород"),
        ("nach Berlin", "de", True, "Berlin"),
        ("a Madrid", "es", True, "Madrid"),
        ("à Lyon", "fr", True, "Lyon"),
        ("how much?", "en", True, ""),
    ],
)
def test_cities(text: str, language: str, asked: bool, expected: str) -> None:
    assert value("city", text, language, asked=asked) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("from 1 to 10 July", "en", "2027-07-01/2027-07-10"),
        ("July 1-10", "en", "2027-07-01/2027-07-10"),
        ("July 1st to August 3rd", "en", "2027-07-01/2027-08-03"),
        ("from December 28 to January 3", "en", "2026-12-28/2027-01-03"),
        ("the 5th of May 2028", "en", "2028-05-05"),
        ("7/1 to 7/10", "en", "2027-07-01/2027-07-10"),
        ("с 1 по 10 июля", "ru", "2027-07-01/2027-07-10"),
        ("1 мая", "ru", "2027-05-01"),
        ("vom 1. bis 10. Juli", "de", "2027-07-01/2027-07-10"),
        ("1.7. bis 10.7.", "de", "2027-07-01/2027-07-10"),
        ("del 1 al 10 de julio", "es", "2027-07-01/2027-07-10"),
        ("du 1er au 10 juillet", "fr", "2027-07-01/2027-07-10"),
        ("tomorrow", "en", "2026-11-21"),
        ("послезавтра", "ru", "2026-11-22"),
        ("31 February", "en", ""),
        ("I have 2 kids", "en", ""),
    ],
)
def test_dates(text: str, language: str, expected: str) -> None:
    assert days(text, language, asked=True, today=TODAY) == expected


def test_a_relative_date_counts_only_when_asked() -> None:
    assert days("call me tomorrow", "en", asked=False) == ""


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("yes, that's right", "en", "yes"),
        ("no, it is wrong", "en", "no"),
        ("not right", "en", "no"),
        ("да, всё верно", "ru", "yes"),
        ("неверно", "ru", "no"),
        ("ja genau", "de", "yes"),
        ("sí", "es", "yes"),
        ("c'est pas ça", "fr", "no"),
        ("Yalta", "en", ""),
    ],
)
def test_yes_and_no(text: str, language: str, expected: str) -> None:
    assert words.means(text, language) == expected


def test_values_are_spoken_as_people_say_them() -> None:
    assert phone.spoken("+14155550123") == "+1 415 555 0123"
    assert dates.spoken("2027-07-01/2027-07-10", "ru") == "1 июля – 10 июля"
    assert [one.spans for one in KINDS["city"].find(Utterance("Paris", "en"), Ask(("en",), "", TODAY, asked=True))] == [
        ((0, 5),)
    ]


@pytest.mark.parametrize(
    ("text", "language", "known", "expected"),
    [
        ("no, not Anna, Catherine", "en", "Anna", "Catherine"),
        ("it's Catherine, not Anna", "en", "Anna", "Catherine"),
        ("not Anna but Catherine", "en", "Anna", "Catherine"),
        ("нет, не Анна, а Екатерина", "ru", "Анна", "Екатерина"),
        ("nein, nicht Anna, sondern Katharina", "de", "Anna", "Katharina"),
        ("no, no Ana, sino Catalina", "es", "Ana", "Catalina"),
        ("non, pas Anna, mais Catherine", "fr", "Anna", "Catherine"),
        ("I do not know, sorry", "en", "Anna", "Anna"),
        ("no, not yet", "en", "Anna", "Anna"),
    ],
)
def test_a_name_is_corrected(text: str, language: str, known: str, expected: str) -> None:
    session = held(language, asked="phone", name=known)
    hear(session, text)
    assert session.fields == {"name": expected}
