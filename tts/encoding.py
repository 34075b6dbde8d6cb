"""PCM to the formats of the wire, piece by piece."""

from typing import Any, Literal

from mesh import audio
from mesh.wire import tts as wire
from tts.containers import KINDS, Container
from tts.tempo import Tempo

Form = wire.Format | Literal["opus", "aac", "flac", "wav-stream"]
"""wav-stream is a wav whose header does not say how long it is."""
CONTENT_TYPES: dict[str, str] = {
    **{str(form): kind for form, kind in wire.CONTENT_TYPES.items()},
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav-stream": "audio/wav",
}
MULAW_RATE = 8_000
MP3_KBPS = 64
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


class Encoder:
    """One stream: `feed` gives what is ready, `end` the rest.

    All stream but wav: it has its length in front, so it comes whole at the end. `stretch` is a change of speed.
    """

    def __init__(self, form: Form, rate: int, wanted_rate: int | None, stretch: float = 1.0) -> None:
        self._form = form
        self._rate = wanted_rate or (MULAW_RATE if form == "mulaw" else rate)
        if form == "mp3" and self._rate not in MP3_RATES:
            self._rate = next((r for r in MP3_RATES if r >= self._rate), MP3_RATES[-1])
        self._resampler: Any = None
        if self._rate != rate:
            import soxr

            self._resampler = soxr.ResampleStream(rate, self._rate, 1, dtype="int16", quality="MQ")
        self._odd = b""
        self._wav = bytearray()
        self._tempo = Tempo(rate, stretch) if stretch != 1.0 else None
        self._container = Container(form, self._rate) if form in KINDS else None
        self._mp3 = self._make_lame() if form == "mp3" else None
        self._head = audio.wav_header(self._rate) if form == "wav-stream" else b""

    def feed(self, data: bytes) -> bytes:
        """Encode a piece of 16-bit PCM of any length."""
        data = self._odd + data
        cut = len(data) & ~1
        self._odd = data[cut:]
        data = data[:cut]
        if self._tempo is not None and data:
            data = self._tempo.feed(data)
        return self._encode(self._resample(data, last=False))

    def end(self) -> bytes:
        """What is left in the resampler and the encoder."""
        tail = self._encode(self._resample(self._tempo.end() if self._tempo else b"", last=True))
        if self._container is not None:
            return tail + self._container.end()
        if self._mp3 is not None:
            return tail + bytes(self._mp3.flush())
        if self._form == "wav":
            return audio.wav_header(self._rate, len(self._wav)) + bytes(self._wav)
        return tail

    def _resample(self, data: bytes, *, last: bool) -> bytes:
        if self._resampler is None:
            return data
        import numpy as np

        resampled: bytes = self._resampler.resample_chunk(np.frombuffer(data, np.int16), last=last).tobytes()
        return resampled

    def _encode(self, data: bytes) -> bytes:
        if not data:
            return b""
        if self._container is not None:
            return self._container.encode(data)
        if self._mp3 is not None:
            return bytes(self._mp3.encode(data))
        if self._form == "wav":
            self._wav += data
            return b""
        if self._form == "mulaw":
            import numpy as np

            return audio.encode_mulaw(np.frombuffer(data, np.int16))
        head, self._head = self._head, b""
        return head + data

    def _make_lame(self) -> Any:  # noqa: ANN401 (untyped library)
        import lameenc

        lame = lameenc.Encoder()
        lame.set_bit_rate(MP3_KBPS)
        lame.set_in_sample_rate(self._rate)
        lame.set_channels(1)
        lame.set_quality(7)  # fastest that is clean at speech rates
        lame.silence()
        return lame
