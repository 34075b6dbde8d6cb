"""Recordings are laid out by a clock that nobody sets, and are gone when their person is erased."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from call_handler import recording
from call_handler.recording import RATE, Recordings
from mesh.client import Client

FRAME_S = 0.02
TONE, SILENCE = b"\x10", b"\xff"


class World:
    """A machine with both of its clocks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = 1.8e9, 50.0
        clock = SimpleNamespace(time=lambda: self.wall, monotonic=lambda: self.steady)
        monkeypatch.setattr(recording, "time", clock)

    def pass_(self, seconds: float) -> None:
        self.wall, self.steady = self.wall + seconds, self.steady + seconds


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.fixture
async def recordings(tmp_path: Path) -> Recordings:
    nowhere = Client("storage", "http://127.0.0.1:9", caller="call_handler")
    return Recordings(tmp_path / "recordings", nowhere, nowhere)


async def talk(world: World, recordings: Recordings, seconds: float) -> None:
    """Both sides speak at once, in frames."""
    call = recordings.open("CA1")
    assert call is not None
    for _ in range(round(seconds / FRAME_S)):
        world.pass_(FRAME_S)
        call.caller(TONE * round(RATE * FRAME_S))
        call.us(TONE * round(RATE * FRAME_S), 0)


def sound(tmp_path: Path) -> tuple[float, float]:
    """Seconds that were recorded, and of them those with sound."""
    data = next((tmp_path / "recordings").glob("CA1.*")).read_bytes()
    return len(data) / 2 / RATE, data.count(TONE) / 2 / RATE


@pytest.mark.parametrize("step_s", [3_600.0, -3_600.0, 400 * 86_400.0, 0.9, -0.9])
async def test_a_step_of_the_clock_does_not_tear_a_recording(
    world: World, recordings: Recordings, tmp_path: Path, step_s: float
) -> None:
    await talk(world, recordings, 4)
    world.wall += step_s
    await talk(world, recordings, 4)
    await recordings.end("CA1", finished=True)
    assert sound(tmp_path) == (pytest.approx(8, abs=0.05), pytest.approx(8, abs=0.05))


@pytest.mark.parametrize("step_s", [0.0, 3_600.0, -3_600.0])
async def test_a_call_that_comes_back_is_gone_on_with_whatever_the_clock_says(
    world: World, recordings: Recordings, tmp_path: Path, step_s: float
) -> None:
    await talk(world, recordings, 4)
    await recordings.end("CA1", finished=False)
    world.pass_(5)
    world.wall += step_s
    await talk(world, recordings, 4)
    await recordings.end("CA1", finished=True)
    seconds, loud = sound(tmp_path)
    assert loud == pytest.approx(8, abs=0.1)
    assert seconds == pytest.approx(13, abs=0.1) if not step_s else 8 <= seconds <= 8.1 + recording.ABANDONED_S


async def test_a_call_whose_person_is_erased_is_recorded_no_more(
    world: World, recordings: Recordings, tmp_path: Path
) -> None:
    await talk(world, recordings, 4)
    call = recordings.open("CA1")
    assert call is not None
    await call.flush()
    assert recordings.drop(["CA1", "CAnone"]) == 1
    call.caller(TONE * RATE)
    await call.flush(all_of_it=True)
    await recordings.end("CA1", finished=True)
    assert recordings.open("CA1") is None
    assert [path.suffix for path in (tmp_path / "recordings").iterdir()] == [recording.ERASED]
