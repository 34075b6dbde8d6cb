"""Google Translate's voice through gTTS (https://gtts.readthedocs.io): no key, no promise; only by name."""

import asyncio
import io
from itertools import chain

from mesh.errors import EngineError
from mesh.wire.tts import Voice
from tts.engines import Pcm, Utterance
from tts.engines.cloud import whole

RATE = 24_000


class GoogleTranslate:
    """mp3 from translate.google.com, decoded; gTTS blocks, so it runs on a thread."""

    voice_key = "gtts"

    def speaks(self, language: str) -> bool:
        from gtts.lang import tts_langs

        return language in tts_langs()

    def voices(self) -> list[Voice]:
        from gtts.lang import tts_langs

        return [Voice(name=code, language=code) for code in tts_langs()]

    async def speak(self, utterance: Utterance) -> Pcm:
        return Pcm(RATE, whole(await asyncio.to_thread(self._fetch, utterance)))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _fetch(self, utterance: Utterance) -> bytes:
        from av.error import FFmpegError
        from gtts import gTTS
        from gtts.tts import gTTSError

        mp3 = io.BytesIO()
        try:
            gTTS(utterance.text, lang=utterance.language, slow=utterance.speed < 0.8).write_to_fp(mp3)
            return _pcm(mp3.getvalue())
        except (gTTSError, FFmpegError, ValueError, AssertionError) as error:
            raise EngineError(f"Google Translate failed: {type(error).__name__}.") from error


def _pcm(mp3: bytes) -> bytes:
    """Samples at RATE. Raises FFmpegError."""
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(io.BytesIO(mp3), format="mp3") as container:
        frames = [out for frame in chain(container.decode(audio=0), (None,)) for out in resampler.resample(frame)]
    return b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)
