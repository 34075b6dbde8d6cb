"""Whole calls with sound, in virtual time: the real VAD, a voice of ours that comes back, a caller who speaks over it.

voices/ holds what espeak-ng says, mu-law at 8 kHz: it says nothing twice alike.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.duplex import Outcome, Trial, perform
from mesh.audio import decode_mulaw
from simulator.acoustics import EchoPath
from simulator.voices import RATE, cough

STOP_S = 0.2
WORDS = "Could you repeat the price please?"


def voice(name: str) -> Any:
    audio = (Path(__file__).parent / "voices" / f"{name}.ulaw").read_bytes()
    return decode_mulaw(audio, RATE).astype(np.float64)


def call(**more: Any) -> Outcome:
    return perform(Trial(voice("ours"), voice("question"), **more))


def softer(db: float) -> Any:
    return voice("caller") * 10 ** (-db / 20)


@pytest.mark.parametrize("at_s", [0.2, 0.6, 1.0])
@pytest.mark.parametrize("softer_db", [0, 10])
def test_a_caller_stops_us_wherever_they_begin(at_s: float, softer_db: float) -> None:
    outcome = call(sound=softer(softer_db), words=WORDS, at_s=at_s)
    assert outcome.stop_s is not None
    assert outcome.stop_s <= STOP_S
    assert (outcome.confirmed, outcome.pauses) == (True, [])


@pytest.mark.parametrize("path", [EchoPath(-6, 200, "line", 1), EchoPath(-6, 200, "speaker", 2), EchoPath(-18, 500)])
def test_our_own_voice_does_not(path: EchoPath) -> None:
    outcome = call(path=path)
    assert (outcome.cuts, outcome.turns, outcome.confirmed) == (0, 0, False)
    assert outcome.pauses == []


@pytest.mark.parametrize("at_s", [0.2, 0.6, 1.0])
def test_a_caller_stops_us_while_our_voice_comes_back(at_s: float) -> None:
    """They are 9 dB louder than the echo."""
    outcome = call(sound=softer(0), words=WORDS, at_s=at_s, path=EchoPath(-11, 200, "speaker", 3))
    assert outcome.stop_s is not None
    assert outcome.stop_s <= STOP_S
    assert outcome.confirmed


def test_a_cough_does_not() -> None:
    outcome = call(sound=decode_mulaw(cough(3), RATE).astype(np.float64))
    assert (outcome.cuts, outcome.turns, outcome.confirmed) == (0, 0, False)
