"""Google Translate's voice through gTTS (https://gtts.readthedocs.io): no key, no promise; only by name."""

import asyncio
import io

from mesh import audio
from mesh.errors import ApiError, EngineError
from mesh.wire.tts import Voice
from tts.engines import Pcm, Utterance
from tts.engines.cloud import whole

RATE = 24_000
MAX_S = 600


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
        from gtts import gTTS
        from gtts.tts import gTTSError

        mp3 = io.BytesIO()
        try:
            gTTS(utterance.text, lang=utterance.language, slow=utterance.speed < 0.8).write_to_fp(mp3)
            return audio.decode(mp3.getvalue(), RATE, max_s=MAX_S).tobytes()
        except (gTTSError, ValueError, AssertionError, ApiError) as error:
            raise EngineError(f"Google Translate failed: {type(error).__name__}.") from error
