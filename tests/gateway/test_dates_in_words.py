"""Dates as people say them. Today is Friday, 20 November 2026."""

from datetime import date

import pytest

from tests.extraction import kinds

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("from the first to the fifth of July", "en", "2027-07-01/2027-07-05"),
        # an event, and the days of the stay around it
        ("The fair's on May 4th but we're there on the 2nd and stay until the 6th", "en", "2027-05-02/2027-05-06"),
        ("Die Feier ist am 4. Mai, wir kommen schon am 2. und bleiben bis zum 6.", "de", "2027-05-02/2027-05-06"),
        ("La fête est le 4 mai, mais on vient le 2 et on reste jusqu'au 6", "fr", "2027-05-02/2027-05-06"),
        ("La fiesta es el 4 de mayo, pero estamos desde el 2 y nos quedamos hasta el 6", "es", "2027-05-02/2027-05-06"),
        ("Праздник 4 мая, но мы приедем уже 2-го и останемся до 6-го", "ru", "2027-05-02/2027-05-06"),
        ("La festa è il 4 maggio, ma veniamo il 2 e restiamo fino al 6", "it", "2027-05-02/2027-05-06"),
        ("A festa é no dia 4 de maio, mas vamos no dia 2 e ficamos até ao dia 6", "pt", "2027-05-02/2027-05-06"),
        ("Свято 4 травня, але ми приїдемо вже 2-го і залишимося до 6-го", "uk", "2027-05-02/2027-05-06"),
        ("Impreza jest 4 maja, ale przyjeżdżamy już 2 i zostajemy do 6", "pl", "2027-05-02/2027-05-06"),
        ("Kutlama 4 Mayıs'ta ama biz 2'sinde geliyoruz ve 6'sına kadar kalıyoruz", "tr", "2027-05-02/2027-05-06"),
        # the last day, in words that may as well begin a mend
        ("Dos semanas a partir del 3 de mayo de 2027, o sea, hasta el 17", "es", "2027-05-03/2027-05-17"),
        ("Две недели с 3 мая 2027 года, то есть до 17-го", "ru", "2027-05-03/2027-05-17"),
        ("from the 3rd of May for two weeks, I mean, until the 17th", "en", "2027-05-03/2027-05-17"),
        ("until the 3rd of May, I mean, until the 17th", "en", ""),
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
