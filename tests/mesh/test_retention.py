"""What is old is deleted in its time; a clock that is wrong deletes nothing."""

import time
import uuid
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest

from mesh.kept import retention
from mesh.kept.retention import DAY_S, Retention
from simulator.processes import Mesh, eventually

WRONG_S = 400 * DAY_S


class Shelf:
    """Things by their time."""

    def __init__(self, *times: float) -> None:
        self.times, self.state = list(times), ""

    async def ages(self, before: float) -> tuple[int, int, float]:
        return sum(at < before for at in self.times), len(self.times), max(self.times, default=0.0)

    async def forget(self, before: float) -> int:
        had = len(self.times)
        self.times = [at for at in self.times if at >= before]
        return had - len(self.times)

    async def remember(self, text: str) -> str:
        self.state = text or self.state
        return self.state


class World:
    """A shelf, swept by processes that live and die, and the clock of their machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, shelf: Shelf) -> None:
        self.wall, self.steady, self.shelf = 1_000 * DAY_S, 0.0, shelf
        self.process = self.boot()
        clock = SimpleNamespace(time=lambda: self.wall, clock_gettime=lambda _: self.steady)
        monkeypatch.setattr(retention, "time", clock)

    def boot(self) -> Retention:
        self.process = Retention("things", 365, self.shelf, self.shelf.remember)
        return self.process

    async def after(self, hours: float) -> int:
        """A sweep each hour, for some hours; how much they deleted."""
        gone = 0
        for _ in range(int(hours)):
            self.wall, self.steady = self.wall + 3_600, self.steady + 3_600
            gone += await self.process.sweep()
        return gone


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch, Shelf(*(1_000 * DAY_S - day * DAY_S for day in range(360))))


async def test_what_is_old_goes_in_its_time_down_to_the_last(world: World) -> None:
    assert await world.after(24 * 4) == 0
    assert await world.after(24 * 12) == 10
    assert await world.after(24 * 370) == 350
    assert (world.shelf.times, world.process.check().ok) == ([], True)


@pytest.mark.parametrize("days", [2, 100, 400, 5_000, -400])
async def test_a_leap_while_we_run_deletes_nothing_and_ends_when_the_clock_is_set_right(
    world: World, days: float
) -> None:
    await world.after(2)
    world.wall += days * DAY_S
    assert await world.after(12) == 0
    assert ("POST /sweep" in world.process.trouble) == (days >= 100)
    world.wall -= days * DAY_S
    assert await world.after(24) == 0
    assert await world.after(24 * 10) == 6
    assert world.process.check().ok


@pytest.mark.parametrize("reboots", [1, 30])
async def test_a_wrong_clock_from_the_start_is_never_believed_with_nearly_everything(
    world: World, reboots: int
) -> None:
    await world.after(2)
    world.wall += WRONG_S
    for _ in range(reboots):
        world.boot()
        assert await world.after(30) == 0
    assert "360 of 360" in world.process.trouble
    assert await world.process.sweep(confirmed=True) == 360
    assert world.process.check().ok


async def test_a_machine_that_was_off_for_weeks_goes_on_after_a_day(world: World) -> None:
    await world.after(2)
    world.wall, world.steady = world.wall + 20 * DAY_S, 0.0
    world.boot()
    assert await world.after(20) == 0
    assert not world.process.check().ok
    world.boot()  # what is doubted outlives the process
    assert await world.after(20) > 10
    assert world.process.check().ok


async def test_days_that_were_set_too_few_are_asked_about(world: World) -> None:
    await world.after(2)
    world.process = Retention("things", 3.65, world.shelf, world.shelf.remember)
    assert await world.after(1) == 0
    assert "POST /sweep" in world.process.trouble


@pytest.mark.slow
async def test_no_service_deletes_anything_by_a_wrong_clock(tmp_path: Path, http: httpx2.AsyncClient) -> None:
    ahead = tmp_path / "ahead"
    ahead.write_text("0")
    mesh = Mesh(tmp_path, PYTHONPATH="tests/clock", CLOCK_AHEAD=str(ahead), SWEEP_INTERVAL_S="0.2")
    names = ("lead_sender", "logger", "storage")
    event = {"id": uuid.uuid4().hex, "session_id": "s", "type": "turn", "at": time.time(), "service": "test"}

    async def refused(name: str) -> bool:
        health = (await http.get(mesh.url(name) + "/health")).json()
        return health["status"] == "degraded" and "POST /sweep" in str(health["checks"])

    async def kept() -> tuple[int, int, int]:
        leads = (await http.get(mesh.url("lead_sender") + "/leads")).json()["total"]
        events = (await http.get(mesh.url("logger") + "/sessions/s/events")).json()["events"]
        return leads, len(events), (await http.get(mesh.url("storage") + f"/objects/recordings/{key}")).status_code

    try:
        mesh.start(*names)
        lead = {"name": "Anna", "phone": "+14155550123"}
        (await http.post(mesh.url("lead_sender") + "/process", json=lead)).raise_for_status()
        (await http.post(mesh.url("logger") + "/events", json={"events": [event]})).raise_for_status()
        key = (await http.post(mesh.url("storage") + "/objects/recordings", content=b"sound")).json()["key"]
        ahead.write_text(str(WRONG_S))
        await eventually(lambda: refused("storage"))  # it sweeps all the time
        mesh.stop()
        mesh.start(*names)
        for name in names:
            await eventually(lambda name=name: refused(name))  # type: ignore[misc]
        assert await kept() == (1, 1, 200)
        for name in names:
            assert (await http.post(mesh.url(name) + "/sweep")).json()["deleted"] == 1
        assert await kept() == (0, 0, 404)
    finally:
        mesh.stop()
