"""What callers say instead of what we have written down: at the summary, in the next turn, within an answer."""

from pathlib import Path

import pytest

from gateway.conversation.fields import CONFIRM
from gateway.conversation.session import Session
from gateway.scenario.files import load
from gateway.scenario.models import Scenario
from tests.gateway.conftest import field, scenario
from tests.gateway.forms import begun, hear, held

LEAD = {
    "en": {"name": "Laura Bennett", "phone": "+12125550147", "city": "Denver", "dates": "2027-03-04/2027-03-09"},
    "ru": {"name": "Олег Ершов", "phone": "+79161234567", "city": "Тула", "dates": "2027-06-10/2027-06-20"},
    "de": {"name": "Petra Lang", "phone": "+491715550432", "city": "Mainz", "dates": "2027-05-02/2027-05-06"},
    "es": {"name": "Lucía Vega", "phone": "+34612345678", "city": "Burgos", "dates": "2027-05-03/2027-05-10"},
    "fr": {"name": "Julie Morel", "phone": "+33612345678", "city": "Nantes", "dates": "2027-08-05/2027-08-12"},
}
AT_THE_SUMMARY = [
    ("en", "no, the city is Portland", {"city": "Portland"}),
    ("en", "not Denver, Austin", {"city": "Austin"}),
    ("en", "Chicago instead of Denver", {"city": "Chicago"}),
    ("en", "it's not in March, it's in May", {"dates": "2027-05-04/2027-05-09"}),
    ("en", "the phone ends in seven nine", {"phone": "+12125550179"}),
    ("en", "no it's 303 555 0188", {"phone": "+13035550188"}),
    ("en", "we leave on the eleventh", {"dates": "2027-03-04/2027-03-11"}),
    ("en", "no the city is boston and the phone is 617 555 0123", {"city": "Boston", "phone": "+16175550123"}),
    ("en", "the name is wrong, it's Laura Barnett", {"name": "Laura Barnett"}),
    ("ru", "нет, город Калуга", {"city": "Калуга"}),
    ("ru", "не Тула, а Рязань", {"city": "Рязань"}),
    ("ru", "не в июне, а в июле", {"dates": "2027-07-10/2027-07-20"}),
    ("ru", "нет уезжаем двадцать второго", {"dates": "2027-06-10/2027-06-22"}),
    ("ru", "телефон неправильный, 8 903 777 10 20", {"phone": "+79037771020"}),
    ("ru", "нет, последние две цифры восемьдесят девять", {"phone": "+79161234589"}),
    ("de", "nein, nicht Mainz, sondern Worms", {"city": "Worms"}),
    ("de", "Mai ist falsch, im Juni", {"dates": "2027-06-02/2027-06-06"}),
    ("de", "die Nummer endet auf sieben neun", {"phone": "+491715550479"}),
    ("de", "abreise ist erst am achten", {"dates": "2027-05-02/2027-05-08"}),
    ("de", "nein 0160 4455667", {"phone": "+491604455667"}),
    ("es", "no, la ciudad es León", {"city": "León"}),
    ("es", "Lugo, no Burgos", {"city": "Lugo"}),
    ("es", "no es en mayo, es en junio", {"dates": "2027-06-03/2027-06-10"}),
    ("es", "el teléfono termina en siete nueve", {"phone": "+34612345679"}),
    ("es", "salimos el doce", {"dates": "2027-05-03/2027-05-12"}),
    ("fr", "non, la ville c'est Rennes", {"city": "Rennes"}),
    ("fr", "Brest au lieu de Nantes", {"city": "Brest"}),
    ("fr", "pas en août, en juillet", {"dates": "2027-07-05/2027-07-12"}),
    ("fr", "le numéro finit par soixante-dix-neuf", {"phone": "+33612345679"}),
    # two in one breath, the second one behind the name of its field
    (
        "en",
        "two nights longer, so until the 11th, and the phone number ends in 74 instead of 47",
        {"dates": "2027-03-04/2027-03-11", "phone": "+12125550174"},
    ),
    (
        "de",
        "Eine Nacht länger, also bis zum 7., und bei der Telefonnummer am Ende 23 statt 32.",
        {"dates": "2027-05-02/2027-05-07", "phone": "+491715550423"},
    ),
    (
        "es",
        "Dos noches más, o sea, hasta el 12, y el teléfono termina en 87, no en 78.",
        {"dates": "2027-05-03/2027-05-12", "phone": "+34612345687"},
    ),
    (
        "ru",
        "На две ночи дольше, то есть до 22-го, и телефон в конце 76, а не 67.",
        {"dates": "2027-06-10/2027-06-22", "phone": "+79161234576"},
    ),
    # a name that is a town's too
    ("fr", "non c'est pas morel avec un e c'est moral avec un a", {"name": "Julie Moral"}),
    ("fr", "non c'est le 07 60 50 40 30", {"phone": "+33760504030"}),
]


@pytest.mark.parametrize(("language", "line", "changed"), AT_THE_SUMMARY)
def test_a_correction_at_the_summary_changes_what_it_means_and_nothing_else(
    language: str, line: str, changed: dict[str, str]
) -> None:
    session = held(language, **LEAD[language])
    hear(session, line)
    assert session.fields == LEAD[language] | changed
    assert session.asked == CONFIRM
    assert not session.confirmed


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "yes, no problem"), ("en", "that's it"), ("en", "not bad, yes"), ("ru", "всё так"),
        ("ru", "ничего менять не надо"), ("de", "kein Problem, passt"), ("es", "eso es"), ("fr", "c'est bien ça"),
    ],
)  # fmt: skip
def test_a_yes_in_other_words_confirms(language: str, line: str) -> None:
    session = held(language, **LEAD[language])
    hear(session, line)
    assert (session.fields, session.confirmed) == (LEAD[language], True)


@pytest.mark.parametrize(
    ("language", "line", "field"),
    [
        ("en", "no, the phone is wrong", "phone"), ("en", "okay, but the city is not right", "city"),
        ("ru", "имя неправильное", "name"), ("de", "die Nummer stimmt nicht", "phone"),
        ("es", "el nombre está mal", "name"), ("fr", "la ville est fausse", "city"),
    ],
)  # fmt: skip
def test_what_is_called_wrong_is_asked_for_again(language: str, line: str, field: str) -> None:
    session = held(language, **LEAD[language])
    hear(session, line)
    assert (session.asked, session.fields, session.confirmed) == (field, LEAD[language], False)


@pytest.mark.parametrize(
    ("language", "line", "city"),
    [
        ("en", "to Denver, no wait, to Boulder", "Boulder"), ("en", "Denver I mean Dallas", "Dallas"),
        ("ru", "в Тулу, вернее в Калугу", "Калуга"), ("de", "nach Mainz, besser gesagt nach Worms", "Worms"),
        ("es", "a Burgos, mejor dicho a Lugo", "Lugo"), ("fr", "à Nantes, plutôt à Rennes", "Rennes"),
        ("en", "to denver oh no to boulder", "Boulder"), ("de", "nach mainz äh nein nach worms", "Worms"),
        ("ru", "в тулу ой нет в калугу", "Калуга"), ("fr", "à nantes euh non à rennes", "Rennes"),
    ],
)  # fmt: skip
def test_a_change_of_mind_within_an_answer(language: str, line: str, city: str) -> None:
    lead = LEAD[language]
    session = held(language, asked="city", name=lead["name"], phone=lead["phone"])
    hear(session, line)
    assert session.fields == {"name": lead["name"], "phone": lead["phone"], "city": city}


def test_the_end_of_a_number_is_said_again_at_once() -> None:
    session = held("en", asked="phone", name="Laura Bennett")
    hear(session, "four one five five five five zero one two three, sorry, zero one two four")
    assert session.fields["phone"] == "+14155550124"


@pytest.mark.parametrize(
    ("language", "name", "line", "value"),
    [
        ("en", "Michael", "no, it's Michelle", "Michelle"), ("ru", "Алина", "нет, Полина", "Полина"),
        ("de", "Anna", "nein, Hanna", "Hanna"), ("es", "Juan", "no, Juana", "Juana"),
        ("fr", "Simon", "non, c'est Simone", "Simone"),
    ],
)  # fmt: skip
def test_what_was_said_last_is_corrected_in_the_next_turn(language: str, name: str, line: str, value: str) -> None:
    session = held(language, asked="phone", name=name)
    hear(session, line)
    assert (session.fields, session.asked) == ({"name": value}, "phone")


def test_sorry_is_no_change_of_mind_where_nothing_follows() -> None:
    session = held("en", asked="city", name="Laura Bennett", phone="+12125550147")
    hear(session, "sorry, could you repeat that")
    assert session.fields == {"name": "Laura Bennett", "phone": "+12125550147"}
    hear(session, "Denver, sorry")
    assert session.fields["city"] == "Denver"


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "I'd rather not give that"), ("en", "no, I don't want to give that"), ("ru", "не хочу называть номер"),
        ("de", "meine Nummer möchte ich nicht angeben"), ("de", "keine Angabe"), ("es", "prefiero no decirlo"),
        ("fr", "je préfère ne pas le dire"),
    ],
)  # fmt: skip
def test_one_clear_refusal_moves_on(language: str, line: str) -> None:
    session = held(language, asked="phone", name=LEAD[language]["name"])
    assert hear(session, line).heard
    assert (session.fields, session.asked) == ({"name": LEAD[language]["name"]}, "city")


def test_whoever_goes_on_after_a_value_was_read_back_does_not_contradict_it() -> None:
    session = begun("en")
    hear(session, "my name is Laura Bennett")
    hear(session, "49 170 1234567")
    assert session.asked == "confirm.phone"
    hear(session, "and I want to go to Denver")
    assert session.fields["city"] == "Denver"
    assert (session.asked, session.fields["phone"]) == ("dates", "+491701234567")


def test_digits_of_days_are_no_digits_of_a_number() -> None:
    session = begun("en")
    hear(session, "my name is Laura Bennett")
    hear(session, "from the fourth to the ninth of March")
    hear(session, "two one two five five five oh one four seven")
    assert session.fields["phone"] == "+12125550147"
    assert session.fields["dates"] == "2027-03-04/2027-03-09"


SALON = Scenario.model_validate(
    {
        **scenario(field("day", "date"), field("at", "time"), field("name", "name")),
        "time_zone": "Europe/London",
        "hours": {"open": {"mon": ["10:00-18:00"], "tue": ["10:00-18:00"]}, "closed": {"en": "We are closed."}},
    }
)


def test_a_day_and_a_time_at_which_nobody_is_there_are_refused_with_what_is_free() -> None:
    session = begun("en", SALON)
    hear(session, "on Wednesday the 25th of November")
    assert (session.fields, session.asked) == ({}, "day")
    assert "2026-11-24" in session.form.closed["day"]["free"]
    hear(session, "then Tuesday the 24th of November at 8 pm")
    assert (session.fields, session.asked) == ({"day": "2026-11-24"}, "at")
    free = session.form.closed["at"]["free"][0]
    hear(session, "yes please")
    assert session.fields == {"day": "2026-11-24", "at": free}


def test_what_may_mean_two_things_is_asked() -> None:
    session = begun("en", Scenario.model_validate(scenario(field("at", "time"), field("name", "name"))))
    hear(session, "at three")
    assert (session.fields, session.asked) == ({}, "at")
    assert set(session.form.others["at"]) == {"03:00", "15:00"}
    hear(session, "three in the afternoon")
    assert (session.fields, session.asked, session.form.others) == ({"at": "15:00"}, "name", {})


@pytest.mark.parametrize(
    ("language", "line", "address"),
    [
        ("en", "no it's anna dot reyes at example dot org", "anna.reyes@example.org"),
        ("de", "nein, anna punkt reyes at example punkt org", "anna.reyes@example.org"),
        ("es", "no, es anna punto reyes arroba example punto org", "anna.reyes@example.org"),
        ("fr", "non c'est anna point reyes arobase example point org", "anna.reyes@example.org"),
        ("en", "no, anna.reyes@example.org", "anna.reyes@example.org"),
    ],
)
def test_an_address_with_a_name_in_it_is_no_name(language: str, line: str, address: str) -> None:
    lead = {"topic": "computer", "problem": "the screen", "name": "Anna Reyes", "email": "anna.reyes@example.com"}
    session = Session("s", load(Path("config/scenarios/helpdesk.yaml")), language)
    session.fields, session.asked, session.turns = dict(lead), CONFIRM, 4
    session.form.heard = {name: {"confidence": 0.95, "turn": 1} for name in lead}
    hear(session, line)
    assert session.fields == lead | {"email": address}


NEAR_TO_WHAT_IS_HELD = [
    ("en", "generic", {"name": "Steven Kruger", "phone": "+14155550162", "city": "Denver", "dates": "2027-06-10/2027-06-17"},
     "It's Stephen with a P-H.", {"name": "Stephen Kruger"}),
    ("en", "generic", {"name": "Tom Clarke", "phone": "+14155550162", "city": "Boston", "dates": "2027-06-10/2027-06-17"},
     "clark without an e", {"name": "Tom Clark"}),
    ("de", "generic", {"name": "Anna Becker", "phone": "+491714561234", "city": "Köln", "dates": "2027-06-10/2027-06-17"},
     "Hanna, nicht Anna.", {"name": "Hanna Becker"}),
    ("ru", "generic", {"name": "Анна Кравцова", "phone": "+79161234567", "city": "Тверь", "dates": "2027-06-10/2027-06-17"},
     "не анна а жанна", {"name": "Жанна Кравцова"}),
    ("es", "generic", {"name": "Luis Vázquez", "phone": "+34654321098", "city": "Soria", "dates": "2027-06-10/2027-06-17"},
     "el apellido es velázquez no vázquez", {"name": "Luis Velázquez"}),
    ("fr", "generic", {"name": "Philippe Martel", "phone": "+33612345678", "city": "Lyon", "dates": "2027-06-10/2027-06-17"},
     "Le prénom, c'est Philibert.", {"name": "Philibert Martel"}),
    ("de", "generic", {"name": "Uwe Ohm", "phone": "+491714561234", "city": "Frankfurt", "dates": "2027-06-10/2027-06-17"},
     "Freiburg meinte ich.", {"city": "Freiburg"}),
    ("es", "generic", {"name": "Javier Gil", "phone": "+34654321098", "city": "Cuenca", "dates": "2027-06-10/2027-06-17"},
     "He dicho Huesca.", {"city": "Huesca"}),
    ("en", "generic", {"name": "Karl Benson", "phone": "+14155550162", "city": "Tulsa", "dates": "2027-06-10/2027-06-17"},
     "It's Carl with a C, and the city is Tucson.", {"name": "Carl Benson", "city": "Tucson"}),
    ("en", "generic", {"name": "Joe May", "phone": "+14155550162", "city": "Tulsa", "dates": "2027-06-10/2027-06-17"},
     "not june july", {"dates": "2027-07-10/2027-07-17"}),
    ("en", "hotel", {"dates": "2027-06-10/2027-06-17", "guests": "2", "room": "standard", "name": "Ann Ray", "phone": "+14155550162"},
     "Three people, and we'd rather have the suite.", {"guests": "3", "room": "suite"}),
    ("en", "hotel", {"dates": "2027-06-10/2027-06-17", "guests": "2", "room": "standard", "name": "Ann Ray", "phone": "+14155550162"},
     "Four of us, not two.", {"guests": "4"}),
    ("en", "hotel", {"dates": "2027-06-10/2027-06-17", "guests": "2", "room": "suite", "name": "Ann Ray", "phone": "+14155550162"},
     "The suite is too expensive, the standard one is fine.", {"room": "standard"}),
    ("de", "hotel", {"dates": "2027-06-10/2027-06-17", "guests": "2", "room": "suite", "name": "Uwe Ohm", "phone": "+491714561234"},
     "lieber das normale zimmer die suite ist uns zu teuer", {"room": "standard"}),
    ("ru", "hotel", {"dates": "2027-06-10/2027-06-17", "guests": "2", "room": "standard", "name": "Олег Маслов", "phone": "+79161234567"},
     "Давайте всё-таки люкс, у нас годовщина.", {"room": "suite"}),
    ("fr", "hotel", {"dates": "2027-06-10/2027-06-17", "guests": "2", "room": "standard", "name": "Luc Petit", "phone": "+33612345678"},
     "On sera cinq, pas deux.", {"guests": "5"}),
    ("es", "hotel", {"dates": "2027-06-10/2027-06-17", "guests": "3", "room": "sea_view", "name": "Ana Gil", "phone": "+34654321098"},
     "al final seremos dos", {"guests": "2"}),
    ("en", "helpdesk", {"topic": "account", "problem": "x y z", "name": "Ann Ray", "email": "ann.ray@gmail.com"},
     "There's a hyphen between them, not a dot.", {"email": "ann-ray@gmail.com"}),
    ("en", "helpdesk", {"topic": "account", "problem": "x y z", "name": "Ann Ray", "email": "ann.ray@gmail.com"},
     "it's hotmail, not gmail", {"email": "ann.ray@hotmail.com"}),
    ("en", "helpdesk", {"topic": "account", "problem": "x y z", "name": "Ann Ray", "email": "ann.ray@acme.com"},
     "The ending is dot net.", {"email": "ann.ray@acme.net"}),
    ("en", "helpdesk", {"topic": "account", "problem": "x y z", "name": "Ann Ray", "email": "ann.ray@gmail.com"},
     "Without the dot, just annray at gmail dot com.", {"email": "annray@gmail.com"}),
    ("de", "helpdesk", {"topic": "account", "problem": "x y z", "name": "Uwe Ohm", "email": "uwe.ohm@web.de"},
     "mit bindestrich nicht mit punkt", {"email": "uwe-ohm@web.de"}),
    ("ru", "helpdesk", {"topic": "account", "problem": "x y z", "name": "Олег Маслов", "email": "oleg.maslov@mail.ru"},
     "нижнее подчеркивание а не точка", {"email": "oleg_maslov@mail.ru"}),
    ("es", "helpdesk", {"topic": "account", "problem": "x y z", "name": "Ana Gil", "email": "ana.gil@correo.es"},
     "termina en punto com no en punto es", {"email": "ana.gil@correo.com"}),
    ("es", "helpdesk", {"topic": "account", "problem": "x y z", "name": "Ana Gil", "email": "ana.gil@correo.es"},
     "con guion, no con punto", {"email": "ana-gil@correo.es"}),
    ("fr", "helpdesk", {"topic": "account", "problem": "x y z", "name": "Luc Petit", "email": "luc.petit@free.fr"},
     "un tiret, pas un point", {"email": "luc-petit@free.fr"}),
]  # fmt: skip


@pytest.mark.parametrize(("language", "scenario", "lead", "line", "changed"), NEAR_TO_WHAT_IS_HELD)
def test_what_is_denied_or_near_decides_which_value_is_meant_and_no_other_changes(
    language: str, scenario: str, lead: dict[str, str], line: str, changed: dict[str, str]
) -> None:
    session = held(language, scenario, **lead)
    hear(session, line)
    assert session.fields == lead | changed


@pytest.mark.parametrize(
    ("language", "held_name", "city", "line", "name"),
    [
        ("de", "Hinnerk Janssen", "Minden", "Nein, Emden, E-M-D-E-N.", "Hinnerk Janssen"),
        ("de", "Meral Sievers", "Emden", "Nein, Merle heiß ich, nicht Meral.", "Merle Sievers"),
        ("de", "Ludger Bäumer", "Telgte", "Jo.", "Ludger Bäumer"),
        ("es", "Sergio Balbuena", "Logroño", "no valbuena con uve de valencia", "Sergio Valbuena"),
        ("fr", "Julie Maurel", "Nantes", "Julie c'est juste, mais le nom de famille est Morel.", "Julie Morel"),
    ],
)
def test_a_place_a_letter_or_what_is_said_again_is_no_new_name(
    language: str, held_name: str, city: str, line: str, name: str
) -> None:
    session = held(language, name=held_name, phone="+4925197440", city=city, dates="2027-01-07/2027-01-10")
    hear(session, line)
    assert session.fields["name"] == name


def test_a_suite_for_two_beside_the_days_is_a_count_and_no_day() -> None:
    session = begun("es", "hotel")
    hear(session, "Una suite para dos, del 24 al 27 de junio.")
    assert (session.fields["guests"], session.fields["dates"]) == ("2", "2027-06-24/2027-06-27")


@pytest.mark.parametrize(
    ("language", "name", "line", "value"),
    [
        ("en", "Laura", "my surname's Baker", "Laura Baker"),
        ("en", "Laura", "Baker is my surname", "Laura Baker"),
        ("ru", "Галина Петровна", "соколова моя фамилия", "Галина Петровна Соколова"),
        ("de", "Petra", "Krause ist mein Nachname", "Petra Krause"),
        ("es", "Lucía", "Robles es mi apellido", "Lucía Robles"),
        ("fr", "Julie", "mon nom de famille c'est Morel", "Julie Morel"),
        ("en", "Laura Bennett", "my surname's Baker", "Laura Baker"),
    ],
)
def test_a_surname_in_the_next_turn_completes_a_given_name(language: str, name: str, line: str, value: str) -> None:
    session = held(language, asked="phone", name=name)
    hear(session, line)
    assert session.fields["name"] == value


@pytest.mark.parametrize(
    ("language", "held_values", "line", "changed"),
    [
        ("en", {"name": "Dana Whitely", "city": "Boulder"}, "It's Whitaly with an A, not an E. W-H-I-T-A-L-Y.", "name"),
        ("fr", {"name": "Claire Dupond", "city": "Angers"}, "non pas dupond avec un d c'est dupont avec un t", "name"),
    ],
)
def test_letters_of_a_name_change_that_alone(
    language: str, held_values: dict[str, str], line: str, changed: str
) -> None:
    session = held(language, **held_values)
    hear(session, line)
    assert {key for key, value in held_values.items() if session.fields[key] != value} == {changed}


def test_the_little_words_of_a_problem_are_not_what_is_called_wrong() -> None:
    lead = {"problem": "the vpn won't connect from home", "name": "Ed Moss", "email": "ed.mos@gmail.com"}
    session = held("en", "helpdesk", topic="network", **lead)
    hear(session, "the email's wrong it's ed dot moss at gmail dot com")
    assert session.fields == {"topic": "network", **lead, "email": "ed.moss@gmail.com"}
