"""PCM as Opus in Ogg, AAC in ADTS, or FLAC, piece by piece, by FFmpeg: for a worker's thread, not the loop's."""

from typing import Any, NamedTuple


class Kind(NamedTuple):
    """How FFmpeg calls a format's container and codec, and what it is told."""

    container: str
    codec: str
    muxer_options: dict[str, str]
    codec_options: dict[str, str]


KINDS = {
    # A page of Ogg, one second by default, is what a listener gets at once.
    "opus": Kind("ogg", "libopus", {"page_duration": "60000"}, {"application": "voip"}),
    "aac": Kind("adts", "aac", {}, {}),
    "flac": Kind("flac", "flac", {}, {}),
}


class Container:
    """One stream of 16-bit mono PCM; `encode` gives what is ready, `end` the rest."""

    def __init__(self, form: str, rate: int) -> None:
        import av  # 18 MB and 0.15 s, which mp3 does not cost

        kind = KINDS[form]
        self._rate, self._samples, self._sink = rate, 0, _Sink()
        options = kind.muxer_options | {"flush_packets": "1"}
        self._out: Any = av.open(self._sink, "w", format=kind.container, options=options)
        self._stream: Any = self._out.add_stream(kind.codec, rate=rate, layout="mono", options=kind.codec_options)

    def encode(self, data: bytes) -> bytes:
        """Encode whole samples."""
        import av

        frame = av.AudioFrame(format="s16", layout="mono", samples=len(data) // 2)
        frame.planes[0].update(data)
        frame.sample_rate, frame.pts = self._rate, self._samples
        self._samples += frame.samples
        self._out.mux(self._stream.encode(frame))
        return self._sink.take()

    def end(self) -> bytes:
        """What is left in the encoder."""
        self._out.mux(self._stream.encode(None))
        self._out.close()
        return self._sink.take()


class _Sink:
    """A file that can be written, and not sought in."""

    def __init__(self) -> None:
        self._data = bytearray()

    def write(self, data: bytes) -> int:
        self._data += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._data)
        self._data.clear()
        return taken
