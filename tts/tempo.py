"""Speech slower or faster at the same pitch, for speeds that engines do not speak at."""

from typing import Any

SLOWEST, FASTEST = 0.5, 2.0
"""What every engine speaks at by itself."""


def of_engine(speed: float) -> float:
    """The part of a speed that the engine sees to; Tempo has the rest."""
    return min(FASTEST, max(SLOWEST, speed))


class Tempo:
    """16-bit mono PCM at `rate` Hz, by FFmpeg's atempo (waveform similarity overlap-add); for a worker's thread."""

    def __init__(self, rate: int, factor: float) -> None:
        import av.filter

        self._rate, self._samples = rate, 0
        self._graph: Any = av.filter.Graph()
        source = self._graph.add_abuffer(format="s16", sample_rate=rate, layout="mono", time_base=None)
        tempo, sink = self._graph.add("atempo", str(factor)), self._graph.add("abuffersink")
        source.link_to(tempo)
        tempo.link_to(sink)
        self._graph.configure()

    def feed(self, data: bytes) -> bytes:
        """What is ready."""
        import av

        frame = av.AudioFrame(format="s16", layout="mono", samples=len(data) // 2)
        frame.planes[0].update(data)
        frame.sample_rate, frame.pts = self._rate, self._samples
        self._samples += frame.samples
        self._graph.push(frame)
        return self._pull()

    def end(self) -> bytes:
        """The rest."""
        self._graph.push(None)
        return self._pull()

    def _pull(self) -> bytes:
        from av.error import BlockingIOError as Later
        from av.error import EOFError as End

        made = bytearray()
        while True:
            try:
                frame = self._graph.pull()
            except (Later, End):
                return bytes(made)
            made += bytes(frame.planes[0])[: frame.samples * 2]
