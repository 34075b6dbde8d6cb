"""PCM to the formats of the wire, piece by piece."""

from typing import Any

from mesh import audio
from mesh.wire.tts import Format

MULAW_RATE = 8_000
MP3_KBPS = 64
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


class Encoder:
    """One stream: `feed` gives what is ready, `end` the rest.

    mp3, pcm and mulaw stream; a wav has its length in front, so it comes whole at the end.
    """

    def __init__(self, form: Format, rate: int, wanted_rate: int | None) -> None:
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
        self._mp3 = self._make_lame() if form == "mp3" else None

    def feed(self, data: bytes) -> bytes:
        """Encode a piece of 16-bit PCM of any length."""
        data = self._odd + data
        cut = len(data) & ~1
        self._odd = data[cut:]
        return self._encode(self._resample(data[:cut], last=False))

    def end(self) -> bytes:
        """What is left in the resampler and the encoder."""
        tail = self._encode(self._resample(b"", last=True))
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
        if self._mp3 is not None:
            return bytes(self._mp3.encode(data))
        if self._form == "wav":
            self._wav += data
            return b""
        if self._form == "mulaw":
            import numpy as np

            return audio.encode_mulaw(np.frombuffer(data, np.int16))
        return data

    def _make_lame(self) -> Any:  # noqa: ANN401 (untyped library)
        import lameenc

        lame = lameenc.Encoder()
        lame.set_bit_rate(MP3_KBPS)
        lame.set_in_sample_rate(self._rate)
        lame.set_channels(1)
        lame.set_quality(7)  # fastest that is clean at speech rates
        lame.silence()
        return lame
