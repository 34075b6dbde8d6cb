"""The rules of turn-taking, in the time of the caller's audio: nothing here waits."""

from datetime import date

import pytest

from extraction import lexicon
from extraction.kinds import Ask
from extraction.kinds.registry import KINDS
from gateway.turns import bargein, vocabulary
from gateway.turns.bargein import Verdict
from gateway.turns.clauses import Clauses
from gateway.turns.endpointing import DICTATION_MS, ENDED_MS, LONG_MS, PLAIN_MS, QUICK_MS, Question, patience_ms
from gateway.turns.playback import Playback
from gateway.turns.speech import FRAME_MS
from gateway.turns.supervisor import Act, Budgets, Supervisor
from gateway.turns.taker import Signal, TurnTaker


def question(kind: str, language: str = "en", region: str = "US") -> Question:
    ask = Ask((language,), region, date(2027, 1, 1), asked=True)
    return Question(kind, KINDS.get(kind), language=language, ask=ask)


PHONE, NAME = question("phone"), question("name")


@pytest.mark.parametrize(
    ("text", "asked", "wait"),
    [
        ("four one five", PHONE, DICTATION_MS),
        ("four one five five five five", PHONE, DICTATION_MS),
        ("four one five five five five zero one two three", PHONE, QUICK_MS),
        ("+49 30 123456", question("phone", "de", "DE"), LONG_MS),  # a German number may go on
        ("восемь девять ноль", question("phone", "ru", "RU"), DICTATION_MS),
        ("my name is", NAME, LONG_MS),
        ("P I E T", NAME, LONG_MS),
        ("from the first of July", question("date_range"), LONG_MS),
        ("yes", Question("confirm", confirms=True), QUICK_MS),
        ("anna at example", question("email"), DICTATION_MS),
        ("I would like a room and", Question(), LONG_MS),
        ("you can call me at 415 555", NAME, DICTATION_MS),  # a number begins, whatever was asked for
        ("my number is four one five five five", Question(), DICTATION_MS),
        ("from July 1 to July 10 2027", question("date_range"), ENDED_MS),
        ("on 10 July 2027", question("date_range"), PLAIN_MS),
        ("it costs 150", NAME, PLAIN_MS),
    ],
)
def test_the_wait_follows_from_what_was_asked_and_said(text: str, asked: Question, wait: int) -> None:
    assert patience_ms(text, asked) == wait


@pytest.mark.parametrize(
    "text", ["My name is Anna.", "Catherine", "How much does it cost?", "Yalta", "I want to go to Yalta."]
)
def test_a_plain_answer_ends_soon(text: str) -> None:
    assert patience_ms(text, NAME) <= PLAIN_MS


def frames(taker: TurnTaker, ms: int, probability: float) -> list[Signal]:
    return [signal for _ in range(ms // FRAME_MS) for signal in taker.frame(probability)]


def test_a_turn_begins_pauses_goes_on_and_ends() -> None:
    taker = TurnTaker(lambda: PHONE)
    assert frames(taker, 500, 0.01) == []
    assert frames(taker, 1000, 0.9) == [Signal.BEGAN]
    assert frames(taker, 640, 0.01) == [Signal.PAUSED]
    assert taker.transcript("four one five", taker.speech.now_ms) == []
    assert frames(taker, 500, 0.01) == []  # 1.1 s of silence within a number that is being dictated
    assert Signal.RESUMED in frames(taker, 1000, 0.9)
    assert frames(taker, 192, 0.01) == [Signal.PAUSED]
    assert taker.transcript("four one five five five five zero one two three", taker.speech.now_ms) == []
    assert frames(taker, 32, 0.01) == [Signal.ENDED]


def test_a_transcript_of_half_of_it_decides_nothing() -> None:
    taker = TurnTaker(lambda: NAME)
    frames(taker, 1000, 0.9)
    early = taker.speech.now_ms
    frames(taker, 1000, 0.9)
    frames(taker, 320, 0.01)
    assert taker.transcript("My name is Anna.", early) == []
    assert taker.transcript("My name is Anna Smith.", taker.speech.now_ms) == [Signal.ENDED]


def test_a_click_is_no_speech_and_a_fixed_silence_always_ends() -> None:
    taker = TurnTaker(lambda: PHONE, fixed_ms=500)
    assert frames(taker, 32, 0.99) + frames(taker, 320, 0.01) == []
    frames(taker, 320, 0.9)
    assert frames(taker, 480, 0.01) == [Signal.PAUSED]
    assert frames(taker, 32, 0.01) == [Signal.ENDED]


SAID = "Let me check: name Anna, city Yalta. Is that right?"


@pytest.mark.parametrize(
    ("text", "language", "answering", "verdict"),
    [
        ("", "en", False, Verdict.TAKEN_BACK),
        ("Mhm.", "en", False, Verdict.TAKEN_BACK),
        ("да-да", "ru", False, Verdict.TAKEN_BACK),
        ("ага", "ru", False, Verdict.TAKEN_BACK),
        ("yes", "en", False, Verdict.TAKEN_BACK),
        ("yes", "en", True, Verdict.CONFIRMED),
        ("no, that is wrong", "en", False, Verdict.CONFIRMED),
        ("стоп", "ru", False, Verdict.CONFIRMED),
        ("name Anna city Yalta", "en", False, Verdict.TAKEN_BACK),  # our own words
        ("my phone has changed", "en", False, Verdict.CONFIRMED),
    ],
)
def test_what_an_interruption_is(text: str, language: str, answering: bool, verdict: Verdict) -> None:
    assert bargein.by_words(text, language, SAID, answering=answering, over=True) is verdict


def test_without_words_length_decides() -> None:
    assert bargein.by_length(200, 0, asked=False) is Verdict.WAIT
    assert bargein.by_length(960, 0, asked=True) is Verdict.CONFIRMED
    assert bargein.by_length(250, 640, asked=False) is Verdict.TAKEN_BACK
    assert bargein.by_length(32, 96, asked=True) is Verdict.TAKEN_BACK  # a click: nobody is asked
    assert bargein.by_length(96, 96, asked=True) is Verdict.WAIT


@pytest.mark.parametrize(
    ("text", "language", "clauses"),
    [
        ("Thank you, Dr. Smith. It costs 3.50 euros.", "en", ["Thank you, Dr. Smith.", "It costs 3.50 euros."]),
        ("Write to a.b@c.de at 10:30, please.", "en", ["Write to a.b@c.de at 10:30,", "please."]),
        ("Am 1. Juli bei Dr. Müller. Danke!", "de", ["Am 1. Juli bei Dr. Müller.", "Danke!"]),
        ("Это стоит 1,5 тыс. руб. в день. Хорошо?", "ru", None),
    ],
)
def test_clauses_cut_no_number_abbreviation_or_address(text: str, language: str, clauses: list[str] | None) -> None:
    cutter, found = Clauses(language), []
    for character in text:
        found += cutter.feed(character)
    found += cutter.end()
    assert " ".join(found) == text
    assert clauses is None or found == clauses


def test_what_was_not_heard_was_not_said() -> None:
    playback = Playback()
    for text in ("Thank you.", "What is your phone number?"):
        playback.begin(text)
        playback.add(1000)
    assert playback.text_heard(500) == "Thank"
    assert playback.text_heard(1000) == "Thank you."
    assert playback.text_heard(1400) == "Thank you. What is"
    assert playback.text_heard(2000) == playback.text


def test_five_minutes_of_silence_are_never_silent() -> None:
    supervisor = Supervisor(Budgets(idle_s=7, max_idle=3), 0.0)
    done: list[tuple[float, Act]] = []
    supervisor.quiet(0.0)
    for tenth in range(3000):
        now = tenth / 10
        act = supervisor.due(now)
        if act is not None:
            done.append((now, act))
            supervisor.quiet(now + 3)  # what we say takes three seconds
    assert [act for _, act in done][:3] == [Act.PROMPT, Act.PROMPT, Act.LEAVE]


def test_a_late_answer_is_masked_hedged_and_given_up_each_once() -> None:
    supervisor = Supervisor(Budgets(), 0.0)
    supervisor.waits(10.0)
    supervisor.asked_gpt(10.1)
    acts = [(round(10 + tenth / 10, 1), act) for tenth in range(200) if (act := supervisor.due(10 + tenth / 10))]
    assert [act for _, act in acts] == [Act.MASK, Act.HEDGE, Act.GIVE_UP]
    assert acts[0][0] == pytest.approx(11.2, abs=0.15)
    supervisor.sounds()
    assert supervisor.due(60.0) is None
    assert supervisor.due(1800.0) is Act.TIME_UP


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Speak English, please", "en"),
        ("давайте по-английски", "en"),
        ("Können wir bitte Deutsch sprechen?", "de"),
        ("¿Habla español?", "es"),
        ("possiamo parlare in tedesco", "de"),
        ("fala inglês?", "en"),
        ("speak Italian please", "it"),
        ("¿habla portugués?", "pt"),
        ("Wir fahren in Italien umher", None),
        ("ich spreche für Francesca", None),
        ("I like English tea", None),
    ],
)
def test_another_language_is_asked_for(text: str, code: str | None) -> None:
    assert vocabulary.requested_language(text, lexicon.codes()) == code
