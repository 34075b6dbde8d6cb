"""Places: where the caller goes, by what stands around it, in the nominative."""

from datetime import date

import pytest

from extraction.kinds import Ask, Candidate
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance

HELD = 0.5


def find(text: str, language: str, *, asked: bool = True) -> list[Candidate]:
    ask = Ask((language,), "", date(2026, 11, 21), asked=asked, elsewhere="" if asked else "phone")
    return [one for one in KINDS["city"].find(Utterance(text, language), ask) if one.confidence >= HELD]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("We live in Boston but we're going to Denver", "en", "Denver"),
        ("from Paris to Rome", "en", "Rome"),
        ("St. Louis", "en", "St. Louis"),
        ("Springwood, Illinois", "en", "Springwood"),
        ("Naples, the one in Italy", "en", "Naples"),
        ("Nice", "fr", "Nice"),
        ("essen", "de", "Essen"),
        ("Bath", "en", "Bath"),
        ("Wir wohnen ja in Bad Tölz, und wir möchten nach Rothenburg ob der Tauber", "de", "Rothenburg ob der Tauber"),
        ("в Лондон из Москвы", "ru", "Лондон"),
        ("в нижний тагил", "ru", "Нижний Тагил"),
        ("para cuenca", "es", "Cuenca"),
        ("À Saint-Jean-de-Luz.", "fr", "Saint-Jean-de-Luz"),
        # what is denied, where somebody lives, the region, and what others do
        ("Nicht Rostock, Warnemünde.", "de", "Warnemünde"),
        ("Не Тверь, а Торжок.", "ru", "Торжок"),
        ("on habite à dijon mais c'est pour megève", "fr", "Megève"),
        ("Bursa'da oturuyoruz, Kuşadası'na gideceğiz.", "tr", "Kuşadası"),
        ("Brixen in Südtirol.", "de", "Brixen"),
        ("Елабуга. Ну, которая в Татарстане.", "ru", "Елабуга"),
        ("Pas Lyon, j'en sors. Annecy.", "fr", "Annecy"),
        ("We were thinking Charleston, but everybody goes to Charleston. Savannah.", "en", "Savannah"),
        ("Meran.", "de", "Meran"),
        # what is denied was said before as well, and another one says so
        ("A Cádiz. Uy, dice mi madre que Cádiz no, que a Málaga.", "es", "Málaga"),
        ("Nach Rostock. Ach, mein Sohn meint, Rostock nicht, sondern nach Wismar.", "de", "Wismar"),
        ("Para Faro. Olhe, o meu marido diz que Faro não, para Évora.", "pt", "Évora"),
        ("Dallas. My wife says not Dallas, Tucson.", "en", "Tucson"),
        # where the one of that name is that is meant
        ("Salem. The one in Maine, actually, not Oregon.", "en", "Salem"),
        ("Frankfurt, das in Brandenburg.", "de", "Frankfurt"),
        ("Vancouver, the one in Washington.", "en", "Vancouver"),
        ("Córdoba, la de Argentina.", "es", "Córdoba"),
        ("Key West.", "en", "Key West"),
    ],
)
def test_where_the_caller_goes(text: str, language: str, expected: str) -> None:
    assert find(text, language)[0].value == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("in August", "en"),
        ("sounds right", "en"),
        ("my name is Ella Fitzgerald", "en"),
        ("das klingt gut", "de"),
        ("алло вас плохо слышно", "ru"),
    ],
)
def test_words_and_people_are_no_places(text: str, language: str) -> None:
    assert not find(text, language)


def test_a_word_that_is_a_place_too_is_doubted() -> None:
    assert find("Nice", "fr")[0].confidence >= 0.9
    assert all(one.confidence < 0.8 for one in find("somewhere nice", "en"))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("hi i want to go to lisbon with my kids", "en", "Lisbon"),
        ("Я хотел бы узнать про поездку в Калининград.", "ru", "Калининград"),
        ("je cherche un séjour pas trop cher à lisbonne", "fr", "Lisbonne"),
    ],
)
def test_a_place_that_is_volunteered_is_kept(text: str, language: str, expected: str) -> None:
    assert find(text, language, asked=False)[0].value == expected


@pytest.mark.parametrize(
    ("held", "text", "language", "expected"),
    [
        ("Denver", "I said Aurora, not Denver.", "en", "Aurora"),
        ("Пермь", "Не Пермь, а Пенза.", "ru", "Пенза"),
        ("Halle", "nein nicht halle sondern hamm", "de", "Hamm"),
        ("Segovia", "no segovia no mejor soria", "es", "Soria"),
        ("Tours", "non pas tours toulon", "fr", "Toulon"),
    ],
)
def test_a_correction_puts_another_place_there(held: str, text: str, language: str, expected: str) -> None:
    ask = Ask((language,), "", date(2026, 11, 21), corrects=True, known=held)
    patched = KINDS["city"].patch(held, Utterance(text, language), ask)
    assert patched is not None
    assert patched.value == expected
