"""Names of callers: what is taken from an utterance, what is not, and how a correction changes it."""

from datetime import date

import pytest

from extraction.kinds import Ask, Candidate
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance

HELD = 0.5


def find(text: str, language: str, *, asked: bool = True) -> list[Candidate]:
    ask = Ask((language,), "", date(2026, 11, 21), asked=asked)
    return [one for one in KINDS["name"].find(Utterance(text, language), ask) if one.confidence >= HELD]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("My name is Bond, James Bond", "en", "James Bond"),
        ("put it under hale uh rosie hale", "en", "Rosie Hale"),
        ("Auf Schmitt, mit TT. Verena Schmitt.", "de", "Verena Schmitt"),
        ("this is owen from harborline", "en", "Owen"),
        ("на Эдуарда Райхмана", "ru", "Эдуард Райхман"),
        ("yeah hi this is wendell brooks", "en", "Wendell Brooks"),
        ("first name Alice, last name Cooper", "en", "Alice Cooper"),
        ("Kowalczyk, K-O-W-A-L-C-Z-Y-K, first name Magda.", "en", "Magda Kowalczyk"),
        ("Peter Smith, P-I-E-T-E-R", "en", "Pieter Smith"),
        ("Siobhan, S I O B H A N, Kelly", "en", "Siobhan Kelly"),
        ("Matthew, con dos tes, M-A-T-T-H-E-W, Ordóñez.", "es", "Matthew Ordóñez"),
        ("Katherine with a K", "en", "Katherine"),
        ("Pieter van den Berg", "en", "Pieter van den Berg"),
        ("it's O'Malley, Grace O'Malley", "en", "Grace O'Malley"),
        ("меня зовут сергей", "ru", "Сергей"),
        ("запишите на Анну", "ru", "Анна"),
        ("В как Владимир, О как Ольга, Л как Леонид, К как Константин", "ru", "Волк"),
        ("пахомов егор", "ru", "Пахомов Егор"),
        ("Schönen guten Tag, Brückner mein Name, Annegret Brückner.", "de", "Annegret Brückner"),
        ("auf huber xaver huber", "de", "Xaver Huber"),
        ("Familie Hoffmann", "de", "Hoffmann"),
        ("hola sí me llamo nuria castells y quería información", "es", "Nuria Castells"),
        ("leïla ben youssef", "fr", "Leïla Ben Youssef"),
        ("Mathilde Le Goff", "fr", "Mathilde Le Goff"),
        ("oui bonjour c'est nguyen thi linh", "fr", "Nguyen Thi Linh"),
        ("The reservation goes under his name: Tobias Kaminski.", "en", "Tobias Kaminski"),
        ("au nom de ma mère huguette blondel", "fr", "Huguette Blondel"),
        ("auf den namen le goff yann le goff", "de", "Yann le Goff"),
        ("Mi nombre es Wei Zhang, W-E-I, Z-H-A-N-G.", "es", "Wei Zhang"),
        ("Guillou, G-U-I-deux L-O-U.", "fr", "Guillou"),
        ("Doctora Adela Quintanar.", "es", "Adela Quintanar"),
        ("Фамилия Мороз, а зовут Вера.", "ru", "Вера Мороз"),
        ("Am I talking to a machine? Well, fine. Oyelaran, Folake Oyelaran.", "en", "Folake Oyelaran"),
        ("Ein Automat? Meinetwegen. Bremer, Jochen Bremer.", "de", "Jochen Bremer"),
        ("Toledo, Julián Toledo.", "es", "Julián Toledo"),
        ("Petra Köhler, guten Tag!", "de", "Petra Köhler"),
        ("запишите на Ларису", "ru", "Лариса"),
        ("Tolga Acar, merhaba", "tr", "Tolga Acar"),
    ],
)
def test_names_are_heard(text: str, language: str, expected: str) -> None:
    assert find(text, language)[0].value == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("is Mrs Miller there?", "en"),
        ("my wife Anna booked", "en"),
        ("I'm calling for my boss Peter Holz", "en"),
        ("i am late", "en"),
        ("what do you mean", "en"),
        ("we'd like a room with two beds", "en"),
        ("а вы сегодня до которого часа", "ru"),
        ("можно Светлану Юрьевну к телефону?", "ru"),
        ("grüß gott es geht um eine reklamation", "de"),
        ("Ist der Herr Krüger heute im Haus?", "de"),
        ("nos gustó mucho el año pasado y queremos volver", "es"),
        ("Attendez, je coupe la télé.", "fr"),
        ("ich hätte gern auskunft über die preise", "de"),
        ("hä wer ist da", "de"),
        ("órale por fin contestan", "es"),
        ("Э-э-э...", "ru"),
        ("Мне вас порекомендовала подруга, Елена Маркова.", "ru"),
        ("Я по объявлению на Авито.", "ru"),
        ("¿Es la pizzería Napoli?", "es"),
        ("на август что нибудь осталось", "ru"),
        ("Rufus, get down! Sorry about that.", "en"),
        ("Рекс, фу! Извините, собака.", "ru"),
        ("Bello, aus! Entschuldigung, der Hund.", "de"),
        ("Calla un poco, Paquito, que no me entero.", "es"),
        ("Franca, sei tu?", "it"),
        ("Позовите, пожалуйста, Людмилу Аркадьевну.", "ru"),
        ("Покличте, будь ласка, Оксану Петрівну.", "uk"),
        ("Basiu, otwórz drzwi! Halo, jestem.", "pl"),
        ("Zeynep'le görüşmek istiyorum.", "tr"),
        ("I'm Sophie's mum.", "en"),
        ("Ich bin die Oma von Emil.", "de"),
        ("je suis le papa de chloé", "fr"),
        ("C'est Thomas, du troisième, qui m'a dit de vous appeler.", "fr"),
        ("Подождите минутку, чайник закипел.", "ru"),
        ("Зачекайте, чайник закипів.", "uk"),
        ("Entschuldigung, verwählt.", "de"),
        ("Простите, это я коту.", "ru"),
        ("Benidorm", "es"),
        ("Lyon.", "fr"),
    ],
)
def test_what_names_nobody_or_somebody_else_is_none(text: str, language: str) -> None:
    assert not find(text, language)


def test_a_word_counts_as_a_name_when_it_is_introduced_and_not_in_passing() -> None:
    assert find("my name is Hope", "en")[0].value == "Hope"
    assert not find("i hope so", "en")


def test_spans_are_those_of_the_words() -> None:
    text = "um so it's Ella Fitzgerald and I want to go"
    start, end = find(text, "en")[0].spans[0]
    assert text[start:end] == "Ella Fitzgerald"


@pytest.mark.parametrize(
    ("held", "text", "language", "expected"),
    [
        ("Anna Smith", "it's Hannah with an h at the end", "en", "Hannah Smith"),
        ("Anna", "not Anna, Hannah", "en", "Hannah"),
        ("Alan Moffat", "No, it's Moffatt, with two T's at the end.", "en", "Alan Moffatt"),
        ("Nathan Pierce", "it's jonathan not nathan", "en", "Jonathan Pierce"),
        ("Павел Кисилёв", "Нет, фамилия Киселёв, через е.", "ru", "Павел Киселёв"),
        ("Katrin Vogel", "der vorname ist katharina nicht katrin", "de", "Katharina Vogel"),
        ("Laura Jiménez", "No, el apellido es Giménez, con ge.", "es", "Laura Giménez"),
        ("Matthieu Lambert", "Non, c'est Mathieu avec un seul t.", "fr", "Mathieu Lambert"),
        ("Anna Smith", "no, Robert Downey", "en", "Robert Downey"),
    ],
)
def test_a_correction_changes_what_it_is_about(held: str, text: str, language: str, expected: str) -> None:
    ask = Ask((language,), "", date(2026, 11, 21), corrects=True, known=held)
    patched = KINDS["name"].patch(held, Utterance(text, language), ask)
    assert patched is not None
    assert patched.value == expected


def test_what_corrects_nothing_patches_nothing() -> None:
    ask = Ask(("en",), "", date(2026, 11, 21), corrects=True, known="Anna Smith")
    assert KINDS["name"].patch("Anna Smith", Utterance("no, that's wrong", "en"), ask) is None


def test_who_spells_or_begins_goes_on() -> None:
    ask = Ask(("en",), "", date(2026, 11, 21), asked=True)
    assert KINDS["name"].goes_on(Utterance("P I E", "en"), ask, "") is True
    assert KINDS["name"].goes_on(Utterance("my name is", "en"), ask, "") is True
    assert KINDS["name"].goes_on(Utterance("Ella Fitzgerald", "en"), ask, "") is False
