"""Dates as people say them. Today is Friday, 20 November 2026."""

from datetime import date

import pytest

from tests.extraction import kinds

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("from the first to the fifth of July", "en", "2027-07-01/2027-07-05"),
        ("July twenty first to July twenty-fifth", "en", "2027-07-21/2027-07-25"),
        ("the third of March", "en", "2027-03-03"),
        ("March the third, twenty twenty eight", "en", "2028-03-03"),
        ("December fifth for three nights", "en", "2026-12-05/2026-12-08"),
        ("next Friday", "en", "2026-11-27"),
        ("on Monday", "en", "2026-11-23"),
        ("from Friday to Sunday", "en", "2026-11-27/2026-11-29"),
        ("tomorrow", "en", "2026-11-21"),
        ("tomorrow for a week", "en", "2026-11-21/2026-11-28"),
        ("the day after tomorrow", "en", "2026-11-22"),
        ("this weekend", "en", "2026-11-21/2026-11-22"),
        ("next weekend", "en", "2026-11-28/2026-11-29"),
        ("next week", "en", "2026-11-23/2026-11-29"),
        ("Wednesday next week", "en", "2026-11-25"),
        ("in two weeks", "en", "2026-12-04"),
        ("the twenty fifth", "en", "2026-11-25"),
        ("from the second to the fourth", "en", "2026-12-02/2026-12-04"),
        ("с первого по десятое июля", "ru", "2027-07-01/2027-07-10"),
        ("с двадцать пятого по тридцатое декабря", "ru", "2026-12-25/2026-12-30"),
        ("третьего марта", "ru", "2027-03-03"),
        ("с третьего на пятое августа", "ru", "2027-08-03/2027-08-05"),
        ("в следующую пятницу", "ru", "2026-11-27"),
        ("с пятницы по воскресенье", "ru", "2026-11-27/2026-11-29"),
        ("завтра на три ночи", "ru", "2026-11-21/2026-11-24"),
        ("через две недели", "ru", "2026-12-04"),
        ("через неделю", "ru", "2026-11-27"),
        ("на выходные", "ru", "2026-11-21/2026-11-22"),
        ("послезавтра", "ru", "2026-11-22"),
        ("vom ersten bis zum fünften Juli", "de", "2027-07-01/2027-07-05"),
        ("am einundzwanzigsten Dezember", "de", "2026-12-21"),
        ("nächsten Freitag", "de", "2026-11-27"),
        ("in drei Wochen", "de", "2026-12-11"),
        ("übermorgen", "de", "2026-11-22"),
        ("ab dem zweiten Mai für drei Nächte", "de", "2027-05-02/2027-05-05"),
        ("del primero al cinco de julio", "es", "2027-07-01/2027-07-05"),
        ("el veintiuno de diciembre", "es", "2026-12-21"),
        ("el próximo viernes", "es", "2026-11-27"),
        ("este fin de semana", "es", "2026-11-21/2026-11-22"),
        ("mañana por dos noches", "es", "2026-11-21/2026-11-23"),
        ("du premier au cinq juillet", "fr", "2027-07-01/2027-07-05"),
        ("le vingt et un décembre", "fr", "2026-12-21"),
        ("vendredi prochain", "fr", "2026-11-27"),
        ("dans deux semaines", "fr", "2026-12-04"),
        ("ce week-end", "fr", "2026-11-21/2026-11-22"),
        ("I do not know yet", "en", ""),
        ("two people", "en", ""),
        ("the February thirtieth", "en", ""),
    ],
)
def test_dates_as_they_are_said(text: str, language: str, expected: str) -> None:
    assert kinds.days(text, language, asked=True, today=TODAY) == expected


@pytest.mark.parametrize(
    "text", ["call me tomorrow", "I was there on Friday", "second floor, room five", "for two people"]
)
def test_what_is_no_answer_holds_no_date(text: str) -> None:
    assert kinds.days(text, "en", asked=False, today=TODAY) == ""
