"""Our own voice and another's, frame by frame: samples at 8 kHz."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.turns import lag
from gateway.turns.echo import FRAME, EchoGuard
from gateway.turns.playback import SILENCE, Sounding, Timeline
from mesh.audio import decode_mulaw

VOICES = Path(__file__).parents[1] / "realtime" / "voices"


def voice(name: str, seconds: float) -> Any:
    samples = decode_mulaw((VOICES / f"{name}.ulaw").read_bytes(), 8_000).astype(np.float32)
    return np.resize(samples, int(seconds * 8_000) // FRAME * FRAME)


def later(samples: Any, ms: int, gain: float) -> Any:
    return np.concatenate((np.zeros(ms * 8, np.float32), samples))[: len(samples)] * gain


def hiss(samples: Any) -> Any:
    return samples + np.random.default_rng(0).normal(size=len(samples)).astype(np.float32) * 30


def callers(guard: EchoGuard, heard: Any, played: Any) -> list[float]:
    """What is left of frames of which the VAD says that they are voice."""
    loud = [
        float(heard[at : at + FRAME] @ heard[at : at + FRAME]) > 100.0**2 * FRAME for at in range(0, len(heard), FRAME)
    ]
    return [
        guard.step(0.9 if loud[at // FRAME] else 0.0, heard[at : at + FRAME], played[at : at + FRAME])
        for at in range(0, len(heard), FRAME)
    ]


@pytest.mark.parametrize("delay_ms", [20, 200, 600])
def test_the_lag_of_our_voice_is_found_and_another_voice_has_none(delay_ms: int) -> None:
    played = voice("ours", 2.0)
    echo, other = hiss(later(played, delay_ms, 0.1)), hiss(voice("caller", 2.0))
    place = slice(len(played) - lag.WINDOW, len(played))
    found, height = lag.find(echo[place], played[-lag.SIZE :])
    assert abs(found - delay_ms * 8) <= 1
    assert height > 7.0
    assert lag.find(other[place], played[-lag.SIZE :])[1] < 5.0


def test_what_was_learnt_in_one_reply_serves_the_next() -> None:
    guard, first = EchoGuard(), voice("ours", 4.0)
    callers(guard, hiss(later(first, 200, 0.2)), first)
    assert guard.lag is not None
    assert abs(guard.lag - 1_600) <= 8
    quiet = np.zeros(3 * 8_000 // FRAME * FRAME, np.float32)
    callers(guard, hiss(quiet), quiet)
    second = voice("ours", 8.0)[4 * 8_000 // FRAME * FRAME :]
    assert not any(callers(guard, hiss(later(second, 200, 0.2)), second))
    assert abs(guard.lag - 1_600) <= 8


def test_a_caller_is_heard_over_the_echo() -> None:
    guard, played = EchoGuard(), voice("ours", 8.0)
    caller = np.zeros_like(played)
    begins = 5 * 8_000 // FRAME * FRAME
    spoken = voice("caller", 1.0)
    caller[begins : begins + len(spoken)] = spoken
    found = callers(guard, hiss(later(played, 200, 0.25) + caller), played)
    at = begins // FRAME
    assert not any(found[10:at])
    assert any(found[at : at + 5])
    assert sum(probability > 0 for probability in found[at : at + 31]) >= 8  # we would have paused by now


def test_without_an_echo_a_caller_is_heard_at_once() -> None:
    guard, played = EchoGuard(), voice("ours", 3.0)
    callers(guard, hiss(np.zeros_like(played)), played)
    assert guard.lag is None
    caller = voice("caller", 0.5)
    assert callers(guard, hiss(caller), played[: len(caller)])[3] > 0.0


def test_our_side_goes_on_without_a_break_whatever_the_telephone_says() -> None:
    timeline, audio = Timeline(), bytes(range(256)) * 40
    assert timeline.frame(None) == SILENCE * FRAME
    for number in range(1, 12):
        assert timeline.frame(Sounding("a", audio, number * 32)) == audio[(number - 1) * FRAME : number * FRAME]
    late = timeline.frame(Sounding("a", audio, 12 * 32 - 150))  # a mark came back, 150 ms after it was played
    assert late == audio[11 * FRAME : 12 * FRAME]
    assert timeline.frame(Sounding("b", audio, 16)) == SILENCE * 128 + audio[:128]  # began in the middle of a frame
