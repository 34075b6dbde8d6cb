"""Our own voice coming back from the caller's phone: known by its waveform at one lag, then by its spectrum.

| the call so far                              | a voiced frame while we are heard is                                   |
| -------------------------------------------- | ---------------------------------------------------------------------- |
| the lag is known                             | the caller's when it holds more, over all bands, than the echo explains |
| we were heard, and no voice came back         | the caller's                                                           |
| we have only begun, or a voice came back once | nobody's until its waveform says whose: 0.1 to 0.2 s                    |

The lag is looked for while it is not known; what the path makes of each band is learnt from the echo alone, and both
serve the whole call.
"""

from functools import cache
from typing import Any

from gateway.turns import lag as lags

FRAME, HOP, WIN = 256, 128, 256
"""Samples: a frame of 32 ms, and two windows of 32 ms that end in it."""
EDGES = (8, 11, 14, 18, 22, 27, 33, 40, 48, 58, 70, 84, 100, 110)
"""Bands, in bins of 31 Hz: 250 to 3,440 Hz."""
TAIL = 0.6
"""What a room keeps of a sound from one window to the next, at most."""
EARLY = 40
"""The echo is expected by so many samples before its lag: what is late is covered by TAIL."""
ACTIVE = 300.0**2
"""Power of a frame of ours that can be heard."""
LOWEST_DB, HIGHEST_DB = -6.0, 15.0
SURE, LIKELY, UNLIKELY = 7.0, 5.0, (3.8, 4.2, 4.5)
"""How much a lag stands out that is one, that is one when it was found twice, and that is none (after SHORT frames)."""
SAME = 16
"""Samples between two findings of one lag."""
SHORT, LONG = 4, 6
"""Frames of voice after which the waveform is asked, and after which it is decided."""
CLEAR_FRAMES = 20
"""We were heard for so long and nothing came back: the line has no echo."""
import os

LIM_HI = float(os.environ.get("LH", 6.5))
LIM_S = float(os.environ.get("LS", 2.5))
HY = float(os.environ.get("HY", 2))
VOICED = 0.35
MISFIT_DB = 6.5
QUIETEST = 1e4
"""Power of a band in a window that is as good as none."""


class EchoGuard:
    """One call. `step` takes every frame; it says whether a voice in it may be the caller's."""

    def __init__(self) -> None:
        import numpy as np

        self.lag: int | None = None
        """In samples, once it is known."""
        self._heard = np.zeros(lags.WINDOW, np.float32)
        self._played = np.zeros(lags.SIZE, np.float32)
        self._since_ours = 10**6  # frames since we were heard last
        self._clear = 0  # frames for which we were heard and nothing came back
        self._voice = 0  # frames of the voice that is going on
        self._callers = False  # the voice that is going on is no echo of ours
        self._lag = -SAME  # what it was found to be last
        self._path: _EchoPath | None = None
        self.score = 0.0
        self.sure = True

    def step(self, probability: float, heard: Any, played: Any) -> float:  # noqa: ANN401 (arrays)
        """The probability that the caller speaks, of a frame of which the VAD says that anybody does. Both directions
        as 256 samples; `played` is what we were heard to say meanwhile.
        """
        _push(self._heard, heard)
        _push(self._played, played)
        ours = float(played @ played) > ACTIVE * FRAME
        self._since_ours = 0 if ours else self._since_ours + 1
        self._voice = self._voice + 1 if probability >= VOICED else 0
        self.sure = True
        if self._since_ours * FRAME > lags.MAX_LAG:
            return probability
        if self._path is not None:
            return self._known(self._path, probability)
        if self._voice == 0:
            self._clear, self._callers = self._clear + ours, False
            return probability
        return self._unknown(probability)

    def _known(self, path: "_EchoPath", probability: float) -> float:
        self.score = path.step(self._heard, self._played, voiced=self._voice > 0)
        if self._voice >= LONG and self._voice % 4 == 0 and path.unlike >= 4:
            lag, height = lags.find(self._heard, self._played)
            if height >= SURE and abs(lag - path.lag) > 2 * EARLY:
                self._lock(lag)
        self.sure = path.sure
        return probability if path.exceeded else 0.0

    def _unknown(self, probability: float) -> float:
        """Whose voice is it? Its waveform says so."""
        window = min(lags.WINDOW, (self._voice + 2) * FRAME)
        if self._voice >= SHORT:
            lag, height = lags.find(self._heard[-window:], self._played)
            again, self._lag = abs(lag - self._lag) <= SAME, lag
            if (height >= SURE or (again and height >= LIKELY)) and self._lock(lag):
                return 0.0
            self._callers |= height < UNLIKELY[min(self._voice - SHORT, len(UNLIKELY) - 1)]
        known = self._callers or self._clear >= CLEAR_FRAMES or self._voice > 2 * LONG
        return probability if known else 0.0

    def _lock(self, lag: int) -> bool:
        """Take a lag for that of the echo, if what came is like what was sent then."""
        path = _EchoPath(lag, self._heard, self._played)
        if path.misfit_db > MISFIT_DB:
            return False
        self.lag, self._path = lag, path
        return True


class _EchoPath:
    """A known lag, and what the path makes of each band."""

    def __init__(self, lag: int, heard: Any, played: Any) -> None:  # noqa: ANN401 (arrays)
        import numpy as np

        self.lag = lag
        self.exceeded = self.sure = False
        self.unlike = 0
        """Frames in a row that the echo does not explain."""
        self._smooth = 0.0
        self._mean, self._variance = 0.5, 2.0**2
        windows = (lags.WINDOW - WIN) // HOP + 1
        came, sent = _bands(heard, windows), _bands(self._beside(played, lags.WINDOW), windows)
        came, sent = came[came.any(axis=1)], sent[came.any(axis=1)]  # not what was before the call
        self._noise = np.maximum(np.percentile(came, 10, axis=0), QUIETEST)
        self._expected = sent[0]
        expected = np.stack([self._decay(row) for row in sent])
        apart = np.log(came + 1.0) - np.log(expected + 1.0)
        active = expected > np.percentile(expected, 50, axis=0)
        self._gain = np.array([np.mean(apart[active[:, band], band]) for band in range(apart.shape[1])])
        predicted = expected * np.exp(self._gain) + 2.0 * self._noise
        sounding = active | (came > 8.0 * self._noise)
        self.misfit_db = float(np.std(10.0 * np.log10(came / predicted + 1e-9)[sounding]))
        """How unlike what came is to what this path would make of what was sent."""

    def step(self, heard: Any, played: Any, *, voiced: bool) -> float:  # noqa: ANN401 (arrays)
        """Take the next frame."""
        import numpy as np

        came = _bands(heard[-WIN - HOP :], 2)
        sent = _bands(self._beside(played, WIN + HOP), 2)
        expected = np.stack([self._decay(row) for row in sent])
        predicted = expected * np.exp(self._gain) + 2.0 * self._noise
        apart = np.clip(10.0 * np.log10(came / predicted), LOWEST_DB, HIGHEST_DB)
        score = float(apart.mean())
        self._smooth = 0.5 * self._smooth + 0.5 * score
        limit = min(LIM_HI, max(3.0, self._mean + LIM_S * self._variance**0.5))
        self.sure = score > limit + HY
        self.exceeded = self._smooth > limit or score > limit + 3.0
        self.unlike = self.unlike + 1 if self.exceeded else 0
        rise = np.minimum(came.min(axis=0), self._noise * 1.02)
        self._noise = np.maximum(rise, QUIETEST)
        if voiced and not self.exceeded:
            self._learn(came, expected, score)
        return score

    def _learn(self, came: Any, expected: Any, score: float) -> None:  # noqa: ANN401 (arrays)
        import numpy as np

        apart = np.log(came + 1.0) - np.log(expected + 1.0) - self._gain
        active = expected * np.exp(self._gain) > 4.0 * self._noise
        self._gain += 0.04 * (np.clip(apart, -1.5, 1.5) * active).sum(axis=0)
        usual = float(np.clip(score - self._mean, -2.0 * self._variance**0.5, 2.0 * self._variance**0.5))
        self._mean += 0.02 * usual
        self._variance += 0.02 * (1.3 * usual**2 - self._variance)

    def _decay(self, sent: Any) -> Any:  # noqa: ANN401 (arrays)
        import numpy as np

        self._expected = np.maximum(sent, TAIL * self._expected)
        return self._expected

    def _beside(self, played: Any, size: int) -> Any:  # noqa: ANN401 (arrays)
        """What was played a lag before the last `size` samples."""
        end = len(played) - max(0, self.lag - EARLY)
        return played[end - size : end]


def _bands(samples: Any, windows: int) -> Any:  # noqa: ANN401 (arrays)
    """Power in each band of so many overlapping windows that end with the samples."""
    import numpy as np

    window, matrix = _shapes()
    cut = np.lib.stride_tricks.sliding_window_view(samples[-(windows - 1) * HOP - WIN :], WIN)[::HOP]
    spectrum = np.fft.rfft(cut * window, axis=1)
    return (spectrum.real**2 + spectrum.imag**2) @ matrix


def _push(ring: Any, frame: Any) -> None:  # noqa: ANN401 (arrays)
    ring[: -len(frame)] = ring[len(frame) :]
    ring[-len(frame) :] = frame


@cache
def _shapes() -> tuple[Any, Any]:
    import numpy as np

    matrix = np.zeros((WIN // 2 + 1, len(EDGES) - 1), np.float32)
    for band, (low, high) in enumerate(zip(EDGES, EDGES[1:], strict=False)):
        matrix[low:high, band] = 1.0
    return np.hanning(WIN + 2)[1:-1].astype(np.float32), matrix
