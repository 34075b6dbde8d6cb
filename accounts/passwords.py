"""Passwords: argon2id, in threads of their own, so many at once and no more.

| too many log-ins      | then                                                                        |
| --------------------- | --------------------------------------------------------------------------- |
| HASH_WORKERS at work  | others wait, WAITING at most                                                 |
| WAITING wait          | 503 busy: the machine has calls to serve                                     |
"""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from mesh.errors import Busy

Result = TypeVar("Result")
WAITING = 32
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
"""As OWASP's cheat sheet on password storage has it: 19 MiB, two passes, one thread."""


class Passwords:
    """Hashes, and checks."""

    def __init__(self, workers: int) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES),))
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="password")
        self._waiting, self._most = 0, workers + WAITING
        self._nobodys = self._hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """The hash. Raises Busy."""
        return await self._run(partial(self._hasher.hash, password))

    async def check(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Whether it is the password, and a new hash where the kept one is of weaker settings.

        Without a kept one as much is done as with one. Raises Busy.
        """
        found, fresh = await self._run(partial(self._check, password, kept or self._nobodys))
        return found and kept is not None, fresh if kept else None

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _check(self, password: str, kept: str) -> tuple[bool, str | None]:
        try:
            return self._hasher.verify_and_update(password, kept)
        except PwdlibError:  # a hash that nobody can read
            return False, None

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= self._most:
            raise Busy("Too many log-ins at once; try again in a moment.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1
