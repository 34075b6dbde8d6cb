"""A webhook that comes again: Twilio repeats what failed, an attacker what was recorded. Both get the same answer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

KEPT_S, MOST = 900.0, 5_000
"""How long and how many answers are kept; older webhooks are refused for their age."""


class Repeats:
    """The answers of one process. What another, or we before a crash, have answered, gateway knows (`seq`)."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[float, asyncio.Task[str]]] = {}

    async def answer(self, key: str | None, make: Callable[[], Coroutine[Any, Any, str]]) -> str:
        """What `make` gives, once per key: whoever comes meanwhile waits for it. A failure is not kept."""
        if key is None:
            return await make()
        now = asyncio.get_running_loop().time()
        while self._answers and (len(self._answers) > MOST or next(iter(self._answers.values()))[0] < now):
            del self._answers[next(iter(self._answers))]
        if key not in self._answers:
            task = asyncio.create_task(make())
            self._answers[key] = (now + KEPT_S, task)
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(self._answers[key][1])

    def _forget(self, key: str, done: "asyncio.Task[str]") -> None:
        if (done.cancelled() or done.exception() is not None) and self._answers.get(key, (0, None))[1] is done:
            del self._answers[key]
