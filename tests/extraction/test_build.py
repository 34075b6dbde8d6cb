"""What becomes of a few rows of the sources: the stages of extraction.build.places, without its libraries."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from extraction.build import regions
from extraction.build.people import given_names
from extraction.build.places import Gazetteer
from extraction.build.regions import Region
from extraction.build.russian import Form
from extraction.build.usual import Usual


class Dictionary:
    """Two places, and a case of every name."""

    def forms(self, *wanted: str) -> Iterator[Form]:
        for word, case, normal in (
            ("турцию", "accs", "турция"),
            ("тверь", "nomn", "тверь"),
            ("твери", "loct", "тверь"),
        ):
            yield Form(word, frozenset({"Geox", "NOUN", "sing", case}), normal)

    def is_place(self, name: str) -> bool:
        return name == "Казань"

    def inflected(self, name: str) -> list[str]:
        return [f"{name.lower()[:-1]}и"] if name.endswith("ь") else []


def city(name: str, people: int, country: str, *others: str) -> dict[str, object]:
    return {"name": name, "population": people, "countrycode": country, "alternatenames": list(others)}


CITIES = [
    city("Halle", 20_000, "BE"),
    city("Halle", 230_000, "DE", "Halle an der Saale", "Галле"),
    city("Kazan", 1_200_000, "RU", "Казань", "Cazã"),
    city("Tver", 400_000, "RU", "Тверь"),
    city("Venice", 51_000, "IT", "Venezia", "Gondola"),
    city("Cadiz", 160_000, "PH"),
    city("Cádiz", 110_000, "ES", "Cadiz", "Cádiz"),
    city("Peníscola", 7_000, "ES", "Peñíscola"),
    city("Bad Homburg vor der Höhe", 52_000, "DE", "Bad Homburg"),
    city("Mire", 900, "FR", "Miré", "Mir", "Mira"),
    city("Gordes", 2_000, "FR", "Gorda", "Gordi", "Gort"),
    city("Ples", 2_000, "RU", "Плес", "Плёс"),
    city("L’Aquila", 70_000, "IT"),
    city("McAllen", 140_000, "US"),
    city("Nowhere", 600, "US"),
    city("Georgia", 6_000, "CU"),
    city("Toscana", 6_000, "PE"),
]
REGIONS = [
    Region("Toscana", is_known=True),
    Region("Georgia", "US", is_part=True),
    Region("Halle", "DE", is_part=True),
    Region("Mire", "XX", is_part=True),
    Region("Provincia Di Bulacan", "PH", is_part=True),
]
WORDS = Usual(
    {
        "it": {"venezia": 1e-5, "gondola": 1e-7},
        "es": {"peñíscola": 1e-7, "cádiz": 1e-6, "cadiz": 1e-7},
        "ru": {"казань": 1e-5},
        "uk": {},
        "de": {},
        "pl": {},
        "tr": {},
        "fr": {"georgia": 1e-6, "halle": 1e-6},
        "pt": {},
    },
    {"mire": 4.0},
)


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("halle", ("Halle", "1")),  # of two the larger, and a region of that name does not take it
        ("казань", ("Казань", "1")),
        ("казани", ("Казань", "1")),
        ("турцию", ("Турция", "2")),  # only the dictionary has it
        ("твери", ("Тверь", "1")),
        ("venezia", ("Venezia", "0")),
        ("bad homburg", ("Bad Homburg", "0")),
        ("cadiz", ("Cádiz", "1")),
        ("peniscola", ("Peñíscola", "0")),
        ("плес", ("Плёс", "0")),
        ("l'aquila", ("L'Aquila", "0")),
        ("mcallen", ("McAllen", "1")),
        ("gordes", ("Gordes", "0")),  # small, but known
        ("mire", None),  # an ordinary word
        ("nowhere", None),
        ("toscana", ("Toscana", "2")),
        ("georgia", ("Georgia", "2")),  # a town elsewhere
        ("provincia di bulacan", None),  # nobody speaks of it
        ("nyc", ("New York", "1")),
    ],
)
def test_the_gazetteer_holds(key: str, row: tuple[str, str] | None) -> None:
    assert Gazetteer(CITIES, REGIONS, Dictionary(), WORDS).made().get(key) == row


def test_regions_are_read_from_cldr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extraction.lexicon.codes", lambda: ("de",))
    for folder, text in (
        (
            "main",
            '<ldml><territories><territory type="DE">Deutschland</territory><territory type="001">Welt</territory>',
        ),
        ("subdivisions", '<ldml><territories><subdivision type="deby">Bayern (Freistaat)</subdivision>'),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "de.xml").write_text(f"{text}</territories></ldml>")
    found = [region for region in regions.read(tmp_path) if region.name]
    assert found[:2] == [
        Region("Deutschland", "DE", language="de"),
        Region("Bayern", "DE", is_part=True, language="de"),
    ]


def test_a_form_that_is_a_name_is_that_name() -> None:
    forms = [
        Form("валентина", frozenset({"Name", "sing", "gent"}), "валентин"),
        Form("валентина", frozenset({"Name", "sing", "nomn"}), "валентина"),
    ]
    assert given_names(forms) == {"валентина": "Валентина"}
