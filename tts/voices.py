"""Which voice an engine speaks with, and in which language, when a client names neither as the engine does."""

import unicodedata
from functools import cache

from pydantic import BaseModel

from mesh.settings import load_config
from mesh.wire.lang import Language, Languages
from tts.engines import Synthesizer


class Named(BaseModel):
    """config/voices.yaml: names that clients of OpenAI's API use. Of each voice, what it is with an engine."""

    models: list[str]
    voices: dict[str, dict[str, str]]


def named() -> Named:
    """The names."""
    return load_config("voices.yaml", Named)


def voice_for(engine: Synthesizer, asked: str | None, code: str, language: Language) -> str:
    """The engine's voice: that which was asked for, as the engine calls it, or that of the language of `code`."""
    own = language.voices.get(engine.voice_key, "") if language.code == code else ""
    names = named().voices
    if asked is None:
        return own
    if asked not in names or any(voice.name == asked for voice in engine.voices()):
        return asked
    here = names[asked].get(engine.voice_key, "")
    return (own or code) + here if here.startswith("+") else here or own


def language_of(voice: str, engine: Synthesizer) -> str | None:
    """The language that a voice is of, of the engine's; a language's code or tag is a voice too.

    None: it is of no language. Raises KeyError: there is no such voice.
    """
    base, known = voice.partition("+")[0], engine.voices()
    if voice in named().voices:
        return None
    if base.lower() in {one.code for one in load_config("languages.yaml", Languages).languages}:
        return base.lower()
    for one in known:
        if base == one.name or base.lower() == one.language:
            return one.language.split("-")[0] or None
    if known:
        raise KeyError(voice)
    return None  # only its cloud knows the engine's voices


def guess(text: str) -> str:
    """The language of a text by its script: the default one, unless most letters are not its own.

    What Latin languages share tells nothing, so that they are told apart by the client alone: by `voice`.
    """
    languages = load_config("languages.yaml", Languages)
    letters = _letters(text)
    if not letters:
        return languages.default
    share = {code: sum(map(known.__contains__, letters)) / len(letters) for code, known in _alphabets().items()}
    if share[languages.default] >= 0.5:
        return languages.default
    return max(share, key=lambda code: (share[code], code == languages.default))


@cache
def _alphabets() -> dict[str, frozenset[str]]:
    """Letters by language, as its own phrases have them; without marks (é is e), which loan words bring along."""
    known = load_config("languages.yaml", Languages).languages
    return {one.code: frozenset(_letters(" ".join(one.templates.values()))) for one in known}


def _letters(text: str) -> list[str]:
    return [letter for letter in unicodedata.normalize("NFD", text).lower() if letter.isalpha()]
