"""Our own voice coming back from the caller's phone: known by its waveform at one lag, then by its spectrum.

| the call so far                       | a voiced frame while we are heard is                                    |
| ------------------------------------- | ----------------------------------------------------------------------- |
| the lag is known                      | the caller's when it holds more, over all bands, than the echo explains |
| we were heard, and no voice came back | the caller's                                                            |
| we have only begun                    | nobody's until its waveform says whose: after 0.1 to 0.2 s              |

The lag is looked for until it is known. What the path makes of each band is learnt from the echo alone; both serve the
whole call. A frame costs 0.08 ms while we are heard over an echo, 0.13 ms while its lag is looked for, else 0.01 ms.
"""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from gateway.turns import lag as lags

FRAME, HOP, WIN = 256, 128, 256
"""Samples: a frame of 32 ms; it is judged by two windows of 32 ms, the last of which ends with it."""
EDGES = (8, 11, 14, 18, 22, 27, 33, 40, 48, 58, 70, 84, 100, 110)
"""Bands, in bins of 31 Hz: 250 to 3,440 Hz."""
VOICED = 0.35
"""Probability above which a frame is somebody's voice."""
AUDIBLE = 300.0**2
"""Power of a frame of ours that can be heard."""
CLEAR_FRAMES = 25
"""We were heard for so long, longer than the longest lag, and no voice came back: the line has no echo."""
QUIET_FRAMES = 10
"""A voice that is silent for so long is another one when it comes again."""
SHORT, LONG = 4, 12
"""Frames of voice after which its waveform is asked, and after which it is the caller's if it could not tell."""
SURE, LIKELY, SAME = 7.0, 5.0, 16
"""How much a lag stands out that is one, and one that was found before, within so many samples."""
UNLIKELY = (3.5, 4.0, 4.4)
"""What stands out less, by the frames since SHORT, is nobody's lag."""
MISFIT_DB = 6.5
"""An echo is so like what its path makes of our voice."""
AFRESH = 2
"""After so many frames that the path does not explain, another lag is looked for now and then."""
TAIL = 0.6
"""What a room keeps of a sound from one window to the next, at most."""
EARLY = 40
"""The echo is expected so many samples before its lag: what is late is covered by TAIL."""
QUIETEST = 1e4
"""Power of a band in a window that is as good as none."""
LOWEST_DB, HIGHEST_DB = -6.0, 15.0
LEAST_DB, MOST_DB, DEVIATIONS, CERTAIN_DB = 3.0, 6.5, 2.5, 2.0
"""An excess of so much (so many deviations, within bounds) is a voice; of so much more, beyond doubt."""
PACE, GAIN_PACE = 0.02, 0.04
"""How fast the path is learnt, a frame and a window."""


class EchoGuard:
    """One call. `step` takes every frame; it says whether a voice in it may be the caller's."""

    def __init__(self) -> None:
        self.sure = True
        """The last frame leaves no doubt: one is enough."""
        self._heard = np.zeros(lags.WINDOW, np.float32)
        self._played = np.zeros(lags.SIZE, np.float32)
        self._path: Path | None = None
        self._lag = -SAME  # as it was found last
        self._ours, self._clear = 10**6, 0  # frames since we were heard; frames for which nothing came back
        self._voice, self._quiet = 0, 0  # frames of the voice that is going on; frames since
        self._callers = False  # it is no echo

    @property
    def lag(self) -> int | None:
        """In samples, once it is known."""
        return self._path.lag if self._path is not None else None

    def step(self, probability: float, heard: Any, played: Any) -> float:  # noqa: ANN401 (arrays)
        """The probability that the caller speaks, of a frame of which the VAD says that anybody does. Both directions
        as 256 samples; `played` is what we were heard to say meanwhile.
        """
        _push(self._heard, heard)
        _push(self._played, played)
        audible = float(played @ played) > AUDIBLE * FRAME
        self._ours = 0 if audible else self._ours + 1
        voiced = probability >= VOICED
        self._voice, self._quiet = (self._voice + 1, 0) if voiced else (0, self._quiet + 1)
        self._callers = self._callers and self._quiet < QUIET_FRAMES
        self.sure = True
        if self._ours * FRAME > lags.MAX_LAG:
            return probability
        if self._path is not None:
            return self._known(self._path, probability)
        if not voiced:
            self._clear += audible
            return probability
        return self._unknown(probability)

    def _known(self, path: "Path", probability: float) -> float:
        exceeded = path.step(self._heard, self._played, voiced=self._voice > 0)
        self.sure = path.certain
        if self._voice >= AFRESH and path.unlike >= AFRESH and self._voice % AFRESH == 0:
            lag, height = lags.find(self._heard, self._played)
            if height >= SURE and abs(lag - path.lag) > EARLY:
                self._take(lag)
        return probability if exceeded else 0.0

    def _unknown(self, probability: float) -> float:
        """Whose voice is it? Its waveform says so."""
        clear = self._clear >= CLEAR_FRAMES
        if self._voice >= SHORT and (not clear or self._voice % SHORT == 0):
            window = min(lags.WINDOW, (self._voice + 2) * FRAME)
            lag, height = lags.find(self._heard[-window:], self._played)
            again, self._lag = abs(lag - self._lag) <= SAME, lag
            if (height >= SURE or (again and height >= LIKELY)) and self._take(lag):
                return 0.0
            self._callers |= height < UNLIKELY[min(self._voice - SHORT, len(UNLIKELY) - 1)] or self._voice > LONG
        return probability if self._callers or clear else 0.0

    def _take(self, lag: int) -> bool:
        """Take a lag for that of the echo, if what came is like what was sent then."""
        path = Path(lag, self._heard, self._played)
        if path.misfit_db > MISFIT_DB:
            return False
        self._path = path
        return True


class Path:
    """What comes back: a lag, what is left of each band, and how far that may be from the truth."""

    def __init__(self, lag: int, heard: Any, played: Any) -> None:  # noqa: ANN401 (arrays)
        self.lag = lag
        self.certain = False
        self.unlike = 0
        """Frames in a row that the echo does not explain."""
        self._smooth, self._mean, self._variance = 0.0, 0.5, 2.0**2  # of the excess, dB
        windows = (len(heard) - WIN) // HOP + 1
        came, sent = _bands(heard, windows), _bands(self._beside(played, len(heard)), windows)
        during = came.any(axis=1)  # not what was before the call
        came, sent = came[during], sent[during]
        self._noise = np.maximum(np.percentile(came, 10, axis=0), QUIETEST)
        self._tail = sent[0]
        expected = self._reverberated(sent)
        active = expected > np.percentile(expected, 50, axis=0)
        self._gain = np.nan_to_num(np.mean(_log_ratio(came, expected), axis=0, where=active))
        sounding = active | (came > 8.0 * self._noise)
        self.misfit_db = float(np.std(self._excess(came, expected)[sounding]))
        """How unlike what came is to what this path would make of what was sent."""

    def step(self, heard: Any, played: Any, *, voiced: bool) -> bool:  # noqa: ANN401 (arrays)
        """Take the next frame; whether it holds more than the echo."""
        came, sent = _bands(heard, 2), _bands(self._beside(played, WIN + HOP), 2)
        expected = self._reverberated(sent)
        excess = float(np.clip(self._excess(came, expected), LOWEST_DB, HIGHEST_DB).mean())
        self._smooth = 0.5 * (self._smooth + excess)
        deviation: float = self._variance**0.5
        limit = min(MOST_DB, max(LEAST_DB, self._mean + DEVIATIONS * deviation))
        self.certain = excess > limit + CERTAIN_DB
        exceeded = self._smooth > limit or excess > limit + HIGHEST_DB / 5
        self.unlike = self.unlike + 1 if exceeded else 0
        self._noise = np.maximum(np.minimum(came.min(axis=0), self._noise * 1.02), QUIETEST)
        if voiced and not exceeded:
            apart = np.clip(_log_ratio(came, expected) - self._gain, -1.5, 1.5)
            active = expected * np.exp(self._gain) > 4.0 * self._noise
            self._gain = self._gain + GAIN_PACE * (apart * active).sum(axis=0)
            usual = max(-2.0 * deviation, min(2.0 * deviation, excess - self._mean))
            self._mean += PACE * usual
            self._variance += PACE * (1.3 * usual * usual - self._variance)
        return exceeded

    def _excess(self, came: Any, expected: Any) -> Any:  # noqa: ANN401 (arrays)
        """What came over what the echo and the line's noise explain, in dB."""
        return 10.0 * np.log10((came + 1.0) / (expected * np.exp(self._gain) + 2.0 * self._noise))

    def _reverberated(self, sent: Any) -> Any:  # noqa: ANN401 (arrays)
        rows = []
        for row in sent:
            self._tail = np.maximum(row, TAIL * self._tail)
            rows.append(self._tail)
        return np.stack(rows)

    def _beside(self, played: Any, size: int) -> Any:  # noqa: ANN401 (arrays)
        """What was played a lag before the last `size` samples."""
        end = len(played) - max(0, self.lag - EARLY)
        return played[end - size : end]


def _log_ratio(came: Any, expected: Any) -> Any:  # noqa: ANN401 (arrays)
    return np.log((came + 1.0) / (expected + 1.0))


def _bands(samples: Any, windows: int) -> Any:  # noqa: ANN401 (arrays)
    """Power in each band of so many overlapping windows, the last of which ends with the samples."""
    window, matrix = _shapes()
    cut = np.lib.stride_tricks.sliding_window_view(samples[-(windows - 1) * HOP - WIN :], WIN)[::HOP]
    spectrum = np.fft.rfft(cut * window, axis=1)
    return (spectrum.real**2 + spectrum.imag**2) @ matrix


def _push(ring: Any, frame: Any) -> None:  # noqa: ANN401 (arrays)
    ring[: -len(frame)] = ring[len(frame) :]
    ring[-len(frame) :] = frame


@cache
def _shapes() -> tuple[Any, Any]:
    matrix = np.zeros((WIN // 2 + 1, len(EDGES) - 1), np.float32)
    for band, (low, high) in enumerate(pairwise(EDGES)):
        matrix[low:high, band] = 1.0
    return np.hanning(WIN + 2)[1:-1].astype(np.float32), matrix
