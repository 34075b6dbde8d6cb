"""A sequence that is worked out as it is asked for."""

from collections.abc import Iterator, Sequence
from itertools import islice
from threading import Lock
from typing import TypeVar, overload

T = TypeVar("T")


class Lazy(Sequence[T]):
    """What an iterator gives, worked out as it is asked for."""

    def __init__(self, source: Iterator[T]) -> None:
        self._source, self._made = source, list[T]()
        self._lock = Lock()  # readings are cached, and two threads may ask for the next one

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        last = index.stop - 1 if isinstance(index, slice) and index.stop is not None else index
        self._make(None if isinstance(last, slice) or last < 0 else last + 1)
        return self._made[index]

    def __iter__(self) -> Iterator[T]:
        at = 0
        while at < len(self._made) or self[at : at + 1]:
            yield self._made[at]
            at += 1

    def __len__(self) -> int:
        self._make(None)
        return len(self._made)

    def _make(self, count: int | None) -> None:
        """So many of them, or all."""
        with self._lock:
            self._made += islice(self._source, None if count is None else max(0, count - len(self._made)))
