"""Work that a service does again and again for as long as it lives: sweeping, telling what waits, looking for more."""

import asyncio
from collections.abc import Awaitable, Callable

from mesh import logs
from mesh.errors import ApiError

log = logs.get("repeat")


async def repeat(
    work: Callable[[], Awaitable[object]], pause: float | Callable[[], Awaitable[object]], waits: str, **about: object
) -> None:
    """Do it, pause (for so many seconds, or until `pause()` is over), and do it again.

    A failure is logged as what `waits`, and does not end it, whatever it is: nobody would see that it has ended.
    """
    while True:
        try:
            await work()
        except ApiError as error:
            log.warning(waits, error=error.message, **about)
        except Exception:
            log.exception(waits, **about)
        await (pause() if callable(pause) else asyncio.sleep(pause))
