from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from lang.config import Settings
from lang.main import build

UTTERANCES = yaml.safe_load(Path("tests/lang/utterances.yaml").read_text(encoding="utf-8"))
FIVE = ("en", "ru", "de", "es", "fr")
TEN = (*FIVE, "it", "pt", "uk", "pl", "tr")


@pytest.fixture
async def url(serve_app: Callable[..., Any]) -> AsyncIterator[str]:
    yield await serve_app(build(Settings(lang_allowed=list(TEN))))


async def detect(http: httpx2.AsyncClient, url: str, text: str, **more: Any) -> dict[str, Any]:
    reply = await http.post(f"{url}/process", json={"text": text, **more})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


@pytest.mark.parametrize(("languages", "each", "together"), [(FIVE, 0.95, 0.98), (TEN, 0.90, 0.96)])
async def test_short_utterances_without_any_history(
    url: str, http: httpx2.AsyncClient, languages: tuple[str, ...], each: float, together: float
) -> None:
    """The figures that it prints are those in lang/README.md. Of ten languages some share short utterances: "vale" is
    Spanish, Portuguese and Italian, "угу" Russian and Ukrainian.
    """
    report, wrong = {}, []
    for code in languages:
        right = 0
        for text in UTTERANCES[code]:
            found = (await detect(http, url, text, allowed=languages))["detected_language"]
            right += found == code
            wrong += [f"{text} ({code}) -> {found}"] if found != code else []
        report[code] = right / len(UTTERANCES[code])
    total = sum(len(UTTERANCES[code]) for code in languages)
    print(f"{total} utterances: {report}; wrong: {wrong}")
    assert min(report.values()) >= each, (report, wrong)
    assert 1 - len(wrong) / total >= together, (report, wrong)


async def test_words_decide_between_languages_of_one_script(url: str, http: httpx2.AsyncClient) -> None:
    for text, code in (
        ("Доброго дня, я хотів би замовити номер на двох", "uk"),
        ("Добрый день, я хотел бы заказать номер на двоих", "ru"),
        ("скажіть будь ласка скільки це коштує", "uk"),
        ("скажите пожалуйста сколько это стоит", "ru"),
        ("мене звати олена", "uk"),
        ("меня зовут елена", "ru"),
        ("buongiorno vorrei sapere se avete una camera libera", "it"),
        ("bom dia queria saber se têm um quarto livre", "pt"),
        ("buenos días quisiera saber si tienen una habitación libre", "es"),
    ):
        found = await detect(http, url, text)
        assert (found["detected_language"], found["by"]) == (code, "words"), (text, found)


async def test_a_word_of_a_list_is_not_judged_by_its_letters(url: str, http: httpx2.AsyncClient) -> None:
    assert (await detect(http, url, "non merci"))["detected_language"] == "fr"


async def test_words_of_several_languages_follow_the_history(url: str, http: httpx2.AsyncClient) -> None:
    for code, texts in UTTERANCES["ambiguous"].items():
        for text in texts:
            assert (await detect(http, url, text, history=[code, code]))["detected_language"] == code, (text, code)


async def test_a_clear_utterance_overrules_the_history(url: str, http: httpx2.AsyncClient) -> None:
    found = await detect(http, url, "Ich möchte bitte ein Zimmer buchen", history=["en"] * 5)
    assert (found["detected_language"], found["locale"]) == ("de", "de-DE")


async def test_answers_are_the_same_every_time(url: str, http: httpx2.AsyncClient) -> None:
    answers = [await detect(http, url, "ok danke si oui") for _ in range(20)]
    assert all(answer == answers[0] for answer in answers)


async def test_only_allowed_languages_are_found(url: str, http: httpx2.AsyncClient) -> None:
    assert (await detect(http, url, "guten Tag", allowed=["en", "fr"]))["detected_language"] in ("en", "fr")
    reply = await http.post(f"{url}/process", json={"text": "hi", "allowed": ["xx"]})
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "unknown_language")


async def test_what_tells_nothing_is_the_history_or_the_default(url: str, http: httpx2.AsyncClient) -> None:
    assert (await detect(http, url, "415 555 0123", history=["fr"]))["detected_language"] == "fr"
    nothing = await detect(http, url, "123")
    assert (nothing["detected_language"], nothing["by"], nothing["confidence"]) == ("en", "default", 0.0)


async def test_voice_locale_and_templates_come_along(url: str, http: httpx2.AsyncClient) -> None:
    found = await detect(http, url, "Здравствуйте", allowed=FIVE)
    assert (found["name"], found["locale"], found["voice"], found["by"]) == ("Русский", "ru-RU", "ru", "script")
    languages = (await http.get(f"{url}/languages")).json()
    names = {frozenset(language["templates"]) for language in languages["languages"]}
    assert len(names) == 1, "every language has the same templates"
    assert {language["code"] for language in languages["languages"]} >= set(FIVE)


async def test_lingua_is_an_option(serve_app: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    lingua = await serve_app(build(Settings(lang_engine="lingua")))
    found = await detect(http, lingua, "je voudrais réserver une chambre")
    assert (found["detected_language"], found["engine"]) == ("fr", "lingua")
