"""Corrections that tell us what we have written or said, remarks about letters, lengths behind a first day."""

import pytest

from tests.gateway.forms import begun, hear, held
from tests.gateway.test_corrections import LEAD

WRITTEN = [
    ("en", "I said Austin and you wrote Denver.", {"city": "Austin"}),
    ("en", "you have me down for the fourth it's the fifth", {"dates": "2027-03-05/2027-03-09"}),
    ("en", "You've got 555, 0147, and it's 0149.", {"phone": "+12125550149"}),
    ("en", "did I say Denver? It's Dallas", {"city": "Dallas"}),
    ("ru", "вы записали тула а я говорил рязань", {"city": "Рязань"}),
    ("ru", "У вас десятое, а приезжаем мы одиннадцатого.", {"dates": "2027-06-11/2027-06-20"}),
    ("de", "Hinten haben Sie 32, richtig ist 23.", {"phone": "+491715550423"}),
    ("de", "ich sagte worms und sie haben mainz geschrieben", {"city": "Worms"}),
    ("es", "Me ha puesto el tres y es el cuatro.", {"dates": "2027-05-04/2027-05-10"}),
    ("es", "ha apuntado Burgos y he dicho Lugo", {"city": "Lugo"}),
    ("fr", "Vous avez noté le cinq, c'est le six.", {"dates": "2027-08-06/2027-08-12"}),
    ("fr", "j'ai dit rennes et vous avez mis nantes", {"city": "Rennes"}),
    ("en", "not the fourth to the ninth but the fifth to the tenth", {"dates": "2027-03-05/2027-03-10"}),
    ("es", "No es del tres al diez, es del cuatro al once.", {"dates": "2027-05-04/2027-05-11"}),
    ("fr", "on repart le treize août une nuit de plus", {"dates": "2027-08-05/2027-08-13"}),
]


@pytest.mark.parametrize(("language", "line", "changed"), WRITTEN)
def test_what_we_are_told_to_have_is_denied_by_what_takes_its_place(
    language: str, line: str, changed: dict[str, str]
) -> None:
    session = held(language, **LEAD[language])
    hear(session, line)
    assert session.fields == LEAD[language] | changed


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "you have Denver there"),
        ("de", "Sie haben Mainz"),
        ("fr", "vous avez noté Nantes"),
        ("es", "tiene Burgos"),
    ],
)
def test_what_we_have_is_not_denied_where_nothing_takes_its_place(language: str, line: str) -> None:
    session = held(language, **LEAD[language])
    hear(session, line)
    assert (session.fields, session.form.doubted) == (LEAD[language], [])


@pytest.mark.parametrize(
    ("language", "name", "line", "value"),
    [
        ("en", "Gerald Smit", "with two t's", "Gerald Smitt"),
        ("en", "Laura Bennett", "Bennett with one t at the end", "Laura Bennet"),
        ("en", "Isabel Thorne", "Thorne without the e", "Isabel Thorn"),
        ("en", "Cathy Moore", "it's with a K", "Kathy Moore"),
        ("ru", "Генадий Власов", "с двумя н", "Геннадий Власов"),
        ("de", "Ulrike Hofmann", "mit Doppel-F", "Ulrike Hoffmann"),
        ("de", "Oskar Schmidt", "nicht mit zwei t", "Oskar Schmidt"),
        ("es", "Matías Ferer", "con dos erres al final: Ferrer", "Matías Ferrer"),
        ("fr", "Mathieu Roussel", "non c'est matthieu avec deux t", "Matthieu Roussel"),
        ("fr", "Estelle Cohen", "sans l'h", "Estelle Coen"),
    ],
)
def test_a_letter_of_a_name_is_written_as_it_is_said(language: str, name: str, line: str, value: str) -> None:
    lead = LEAD[language] | {"name": name}
    session = held(language, **lead)
    hear(session, line)
    assert session.fields == lead | {"name": value}


@pytest.mark.parametrize(
    ("language", "first", "then"),
    [
        ("en", "we arrive on the 4th of June", "four nights"), ("ru", "заезжаем четвёртого июня", "на четыре ночи"),
        ("de", "wir kommen am vierten Juni", "vier Nächte"), ("es", "llegamos el cuatro de junio", "cuatro noches"),
        ("fr", "on arrive le quatre juin", "quatre nuits"),
    ],
)  # fmt: skip
def test_a_length_behind_a_first_day_of_an_earlier_turn_makes_a_stay(language: str, first: str, then: str) -> None:
    session = begun(language, "hotel")
    hear(session, first)
    hear(session, then)
    assert session.fields == {"dates": "2027-06-04/2027-06-08"}


@pytest.mark.parametrize(
    ("language", "line", "days"),
    [
        ("en", "august the tenth oh no the eleventh for three nights", "2027-08-11/2027-08-14"),
        ("en", "august the tenth oops the eleventh for three nights", "2027-08-11/2027-08-14"),
        ("ru", "с десятого ой с одиннадцатого по пятнадцатое августа", "2027-08-11/2027-08-15"),
    ],
)
def test_days_are_taken_back_within_an_answer(language: str, line: str, days: str) -> None:
    session = begun(language, "hotel")
    hear(session, line)
    assert session.fields == {"dates": days}
