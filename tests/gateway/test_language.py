"""Which language a session takes from what the caller says, and when: by lang's own engine, in virtual time."""

from typing import Any

import pytest

from lang.engines.words import WordsDetector
from mesh.settings import load_config
from mesh.wire.gateway import OpenRequest, TurnReply, TurnRequest
from mesh.wire.lang import DETECT, LangReply, Languages
from tests.gateway.realtime.world import Telephone, World, run

CODES = ("en", "ru", "de", "es", "fr")
DETECTOR = WordsDetector([one.code for one in load_config("languages.yaml", Languages).languages], 12_000)
"""Knows all of the scenario's languages, close ones too."""
SENTENCES = {
    "en": "I would like to book a room, please",
    "ru": "Я хотел бы забронировать номер",
    "de": "Ich möchte gern ein Zimmer buchen",
    "es": "Quisiera reservar una habitación",
    "fr": "Je voudrais réserver une chambre",
}
UNCASED = {
    "en": "i want to know the price",
    "ru": "мне нужно узнать цену",
    "de": "ich wollte nach dem preis fragen",
    "es": "necesito saber el precio",
    "fr": "je veux savoir le prix",
}
NAMED = {
    "en": "my name is Kate Miller",
    "ru": "меня зовут Пётр",
    "de": "ich heiße Jörg Müller",
    "es": "me llamo José García",
    "fr": "je m'appelle Anne Dubois",
}
GREETINGS = {"en": "Hello", "ru": "Алло", "de": "Hallo", "es": "Hola", "fr": "Bonjour"}
THANKS = {"en": "thanks", "ru": "спасибо", "de": "danke", "es": "gracias", "fr": "merci"}
QUESTION = {"en": "phone number", "ru": "номер", "de": "Telefonnummer", "es": "teléfono", "fr": "numéro"}
GREETED = {"en": "Hello, this", "ru": "Здравствуйте", "de": "Guten Tag", "es": "Hola, le", "fr": "Bonjour, ici"}


class Speaking(World):
    """A world whose lang is the real one."""

    async def call(self, route: Any, body: Any = None, **more: Any) -> Any:
        if route is not DETECT:
            return await super().call(route, body, **more)
        found = DETECTOR.detect(body.text, body.allowed, body.history)
        if found is None:
            return LangReply(detected_language=body.allowed[0], confidence=0.0, by="default")
        return LangReply(detected_language=found.language, confidence=found.confidence, by=found.by)


def talked(*lines: str, begun: str = "") -> list[TurnReply]:
    """The replies to these lines of one session; `begun`: the language in which it was greeted first."""
    replies: list[TurnReply] = []

    async def call() -> None:
        async with Telephone(Speaking()) as phone:
            if begun:
                await phone.texts.open(OpenRequest(session_id="s", scenario="generic", language=begun), "http://x/")
            for line in lines:
                turn = TurnRequest(session_id="s", scenario="generic", text=line)
                replies.append(await phone.texts.process(turn, None, "http://x/"))

    run(call)
    return replies


PAIRS = [(one, other) for one in CODES for other in CODES if one != other]


@pytest.mark.parametrize(("begun", "spoken"), PAIRS)
def test_a_sentence_is_answered_in_its_language_in_whatever_turn(begun: str, spoken: str) -> None:
    first, again, back = talked(SENTENCES[spoken], UNCASED[begun], NAMED[spoken], begun=begun)
    assert [first.language, again.language, back.language] == [spoken, begun, spoken]
    assert QUESTION[spoken] in back.reply, "the very same reply is in it"


@pytest.mark.parametrize("hi", ["hi", "hallo", "hello"])
@pytest.mark.parametrize("spoken", CODES)
def test_a_greeting_pins_nothing(spoken: str, hi: str) -> None:
    assert talked(hi, SENTENCES[spoken])[-1].language == spoken
    assert talked(hi, UNCASED[spoken])[-1].language == spoken


@pytest.mark.parametrize("code", CODES)
def test_a_session_stays_in_its_language_with_a_greeting_in_it(code: str) -> None:
    assert [one.language for one in talked(GREETINGS[code], SENTENCES[code], begun=code)] == [code, code]
    assert talked("Hi", begun="de")[-1].language == "de"


@pytest.mark.parametrize(("begun", "thanks"), PAIRS)
def test_one_word_of_thanks_changes_nothing(begun: str, thanks: str) -> None:
    lines = talked(SENTENCES[begun], THANKS[thanks], UNCASED[begun], begun=begun)
    assert {one.language for one in lines} == {begun}


@pytest.mark.parametrize("begun", CODES)
@pytest.mark.parametrize(
    "proper", ["Jürgen Schmidt", "Anne Dubois", "José García", "Анна Петрова", "Kate Miller", "Jean de la Fontaine"]
)
def test_a_name_says_little(begun: str, proper: str) -> None:
    assert talked(proper, begun=begun)[-1].language == begun


@pytest.mark.parametrize("begun", CODES)
@pytest.mark.parametrize(
    "words", ["Buenos Aires", "München", "Los Angeles", "415 555 0123", "null eins sieben null", "deux trois", "Москва"]
)
def test_places_and_numbers_say_little(begun: str, words: str) -> None:
    assert {one.language for one in talked(SENTENCES[begun], words, words, begun=begun)} == {begun}


@pytest.mark.parametrize("code", CODES)
def test_the_first_words_decide_where_nothing_else_was_said(code: str) -> None:
    reply = talked(SENTENCES[code])[0]
    assert reply.language == code
    assert reply.reply.startswith(GREETED[code]), "greeted in it, too"


def test_two_short_answers_that_agree_are_believed() -> None:
    assert [one.language for one in talked(SENTENCES["en"], "oui", "oui merci", begun="en")] == ["en", "en", "fr"]
