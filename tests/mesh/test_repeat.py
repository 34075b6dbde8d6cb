import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from mesh.errors import PeerDown
from mesh.repeat import repeat


@asynccontextmanager
async def running(work: "asyncio.Task[None]") -> AsyncIterator[None]:
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def test_no_failure_ends_what_is_to_be_done_again_and_again() -> None:
    failures: list[Exception] = [PeerDown("storage", "no connection"), KeyError("nobody thought of it")]
    done = asyncio.Event()

    async def work() -> None:
        if failures:
            raise failures.pop()
        done.set()

    async with running(asyncio.create_task(repeat(work, 0, "tests wait"))), asyncio.timeout(10):
        await done.wait()


async def test_the_pause_may_be_awaited() -> None:
    order: list[str] = []
    enough = asyncio.Event()

    async def work() -> None:
        order.append("work")

    async def pause() -> None:
        order.append("pause")
        if len(order) == 4:
            enough.set()
        await asyncio.sleep(0)

    async with running(asyncio.create_task(repeat(work, pause, "tests wait"))), asyncio.timeout(10):
        await enough.wait()
    assert order[:4] == ["work", "pause", "work", "pause"]
