"""Our own voice coming back from the caller's phone: the input follows the loudness of what we played, only lower.

Both sides are kept as one level (dBFS) for each frame of 32 ms. An echo is delayed by up to 600 ms (the playout
buffer's
uncertainty included) and correlates with what we played over the whole of the last half second; a caller who begins to
speak raises the level where we did not.
"""

from collections import deque

WINDOW = 15  # frames that are compared: 480 ms
MAX_LAG = 20  # frames: 640 ms
LIKENESS = 0.8
LOUDNESS_DB = 3.0
"""An echo is not louder than what it is an echo of, by more than the phone's own gain."""
FLOOR_DB = -55.0
"""What is quieter counts as silence, on both sides."""


class EchoGuard:
    """Levels of one call."""

    def __init__(self) -> None:
        self._heard: deque[float] = deque(maxlen=WINDOW)
        self._played: deque[float] = deque([FLOOR_DB] * (WINDOW + MAX_LAG), maxlen=WINDOW + MAX_LAG)

    def step(self, heard_db: float, played_db: float) -> None:
        """The next frame of both directions: what came in, and what we were playing then (FLOOR_DB: nothing)."""
        self._heard.append(max(FLOOR_DB, heard_db))
        self._played.append(max(FLOOR_DB, played_db))

    def is_echo(self) -> bool:
        """Whether the last half second of input is our own voice."""
        if len(self._heard) < WINDOW:
            return False
        heard = list(self._heard)
        played = list(self._played)
        for lag in range(MAX_LAG):
            end = len(played) - lag
            window = played[end - WINDOW : end]
            if _likeness(heard, window) >= LIKENESS and max(heard) <= max(window) + LOUDNESS_DB:
                return True
        return False


def _likeness(a: list[float], b: list[float]) -> float:
    """Pearson's correlation; 0 where either side is flat."""
    n = len(a)
    mean_a, mean_b = sum(a) / n, sum(b) / n
    var_a = sum((x - mean_a) ** 2 for x in a)
    var_b = sum((y - mean_b) ** 2 for y in b)
    if var_a < n * 9.0 or var_b < n * 9.0:  # less than 3 dB of movement says nothing
        return 0.0
    return float(sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True)) / (var_a * var_b) ** 0.5)
