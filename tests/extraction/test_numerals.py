"""Number words as digits: a table of cases, every number up to 999 in one word, and languages that are built otherwise."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction import lexicon, numerals
from extraction.lexicon.numbers import Numbers

TABLE = [
    tuple(cell.strip() for cell in line.split("|"))
    for line in (Path(__file__).parent / "numerals.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
TURKISH = Numbers(
    digits="sıfır bir iki üç dört beş altı yedi sekiz dokuz",
    teens="on onbir oniki onüç ondört onbeş onaltı onyedi onsekiz ondokuz",
    tens="yirmi otuz kırk elli altmış yetmiş seksen doksan",
    hundred="yüz",
    thousand="bin",
    plus="artı",
    endings="de da te ta den dan e a ye ya",
)
POLISH = Numbers(
    digits="zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć",
    teens="dziesięć jedenaście dwanaście trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście "
    "dziewiętnaście",
    tens="dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt",
    hundreds="sto dwieście trzysta czterysta pięćset sześćset siedemset osiemset dziewięćset",
    thousand="tysiąc tysiące tysięcy",
    also={"dwóch": 2, "trzech": 3, "pięciu": 5},
    plus="plus",
)


@pytest.mark.parametrize(("language", "text", "expected"), TABLE)
def test_number_words_are_read_as_they_are_meant(language: str, text: str, expected: str) -> None:
    assert numerals.natural(text, language) == expected


@pytest.mark.parametrize(
    ("numbers", "text", "expected"),
    [
        (TURKISH, "yirmi bir on bir iki yüz elli üç", "21 11 253"),
        (TURKISH, "iki bin yirmi yedi", "2027"),
        (TURKISH, "beşte onbeşe yirmiden", "5 15 20"),
        (TURKISH, "artı doksan beş yüz otuz iki", "+90 532"),
        (POLISH, "dwadzieścia jeden sto trzydzieści dwa", "21 132"),
        (POLISH, "dwa tysiące dwadzieścia siedem dla pięciu", "2027 dla 5"),
        (POLISH, "pieć osób, pięćset", "5 osób, 500"),
    ],
)
def test_a_language_is_its_words_alone(numbers: Numbers, text: str, expected: str) -> None:
    assert numerals.Reader(numbers).read(text)[0].text == expected


def test_a_reading_knows_the_words_that_its_digits_came_from() -> None:
    text = "call four hundred fifteen, double oh seven, please"
    reading = numerals.read(text, "en")[0]
    assert reading.text == "call 415, 00 7, please"
    sources = [
        text[slice(*reading.source(reading.text.index(one), reading.text.index(one) + len(one)))]
        for one in ("415", "00", "7")
    ]
    assert sources == ["four hundred fifteen", "double oh", "seven"]


def test_a_row_can_be_read_in_more_than_one_way_the_most_natural_first() -> None:
    assert list(numerals.readings("twenty seven", "en")) == ["27", "20 7"]
    assert len(numerals.read(" ".join(["twenty one"] * 40), "en")) <= numerals.MAX_READINGS


@pytest.mark.parametrize("language", lexicon.codes())
def test_digits_and_tens_of_every_language_are_numbers(language: str) -> None:
    words = lexicon.of(language).numbers
    for first, step, said in (
        (0, 1, words.digits),
        (10, 1, words.teens),
        (20, 10, words.tens),
        (100, 100, words.hundreds),
    ):
        for place, word in enumerate(said.split()):
            assert numerals.natural(word, language) == str(first + step * place)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(("en", "ru", "de", "es", "fr")), st.text(max_size=60) | st.text("onetwhundrd-+ 57'", max_size=60)
)
def test_any_text_is_read_and_what_is_no_number_stays(language: str, text: str) -> None:
    for reading in numerals.read(text, language):
        assert len(reading.spans) == len(reading.text)
        assert all(0 <= start <= end <= len(text) for start, end in reading.spans)
