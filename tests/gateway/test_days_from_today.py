"""Days that are said from today on, in every language; today is a Saturday."""

from datetime import date

import pytest

from tests.extraction import kinds

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("language", "said", "value"),
    [
        ("en", "next Friday", "2026-11-27"),
        ("en", "on Monday", "2026-11-23"),
        ("en", "in ten days", "2026-12-01"),
        ("en", "a week from Monday", "2026-11-30"),
        ("en", "this coming Wednesday", "2026-11-25"),
        ("en", "from Monday to Thursday", "2026-11-23/2026-11-26"),
        ("en", "next weekend", "2026-11-28/2026-11-29"),
        ("en", "the weekend after next", "2026-12-05/2026-12-06"),
        ("en", "in about three weeks", "2026-12-12"),
        ("en", "Tuesday the 24th", "2026-11-24"),
        ("en", "the first Monday of December", "2026-12-07"),
        ("en", "for a week starting tomorrow", "2026-11-22/2026-11-29"),
        ("en", "tomorrow for two nights", "2026-11-22/2026-11-24"),
        ("en", "next month on the 5th", "2026-12-05"),
        ("en", "the 24th of this month", "2026-11-24"),
        ("en", "from tomorrow until Friday", "2026-11-22/2026-11-27"),
        ("ru", "в следующую пятницу", "2026-11-27"),
        ("ru", "через три дня", "2026-11-24"),
        ("ru", "с понедельника по среду", "2026-11-23/2026-11-25"),
        ("ru", "во вторник", "2026-11-24"),
        ("ru", "через две недели", "2026-12-05"),
        ("ru", "на следующих выходных", "2026-11-28/2026-11-29"),
        ("ru", "в эту среду", "2026-11-25"),
        ("ru", "на майские", ""),
        ("ru", "с завтрашнего дня на неделю", "2026-11-22/2026-11-29"),
        ("ru", "в конце недели", ""),
        ("ru", "двадцать пятого числа", "2026-11-25"),
        ("ru", "через месяц", "2026-12-21"),
        ("de", "nächsten Dienstag", "2026-11-24"),
        ("de", "in drei Tagen", "2026-11-24"),
        ("de", "von Montag bis Freitag", "2026-11-23/2026-11-27"),
        ("de", "am kommenden Donnerstag", "2026-11-26"),
        ("de", "in einem Monat", "2026-12-21"),
        ("de", "nächstes Wochenende", "2026-11-28/2026-11-29"),
        ("de", "ab morgen für drei Nächte", "2026-11-22/2026-11-25"),
        ("de", "heute in einer Woche", "2026-11-28"),
        ("de", "am 24.", "2026-11-24"),
        ("es", "el próximo jueves", "2026-11-26"),
        ("es", "dentro de diez días", "2026-12-01"),
        ("es", "de lunes a miércoles", "2026-11-23/2026-11-25"),
        ("es", "el viernes que viene", "2026-11-27"),
        ("es", "mañana por tres noches", "2026-11-22/2026-11-25"),
        ("es", "el fin de semana que viene", "2026-11-28/2026-11-29"),
        ("es", "en un mes", "2026-12-21"),
        ("fr", "vendredi prochain", "2026-11-27"),
        ("fr", "dans trois jours", "2026-11-24"),
        ("fr", "de lundi à mercredi", "2026-11-23/2026-11-25"),
        ("fr", "le week-end prochain", "2026-11-28/2026-11-29"),
        ("ru", "в первый понедельник декабря", "2026-12-07"),
        ("de", "am ersten Montag im Dezember", "2026-12-07"),
        ("es", "el primer lunes de diciembre", "2026-12-07"),
        ("fr", "le premier lundi de décembre", "2026-12-07"),
        ("fr", "mardi", "2026-11-24"),
        ("fr", "à partir de demain pour deux nuits", "2026-11-22/2026-11-24"),
        ("fr", "dans un mois", "2026-12-21"),
    ],
)
def test_days_from_today(language: str, said: str, value: str) -> None:
    assert kinds.days(said, language, asked=True, today=TODAY) == value
