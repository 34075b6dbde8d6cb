"""Our voice: clauses streamed from tts, and the short phrases that must be there even when tts is not.

| tts is | then                                                                                            |
| ------ | ----------------------------------------------------------------------------------------------- |
| slow   | the supervisor masks it with a phrase that is kept here                                         |
| down   | asked again every RETRY_S until it is back; audio that was had already is skipped, not repeated |
| lying  | (refuses the text) the clause is left out, and logged                                           |
"""

import asyncio
from collections.abc import AsyncIterator

from gateway.realtime.sound import Sound
from mesh import logs
from mesh.client import Client
from mesh.errors import PeerError, PeerRefused
from mesh.wire.lang import Languages
from mesh.wire.tts import SPEAK, TtsRequest

RETRY_S = 0.4
FIRST_AUDIO_S, STALL_S = 6.0, 5.0
KEPT = ("hold", "apology", "silence", "still_there", "call_back", "resumed", "goodbye", "time_up")
log = logs.get("voice")


class Voice:
    """tts, for all calls of this process."""

    def __init__(self, tts: Client, languages: Languages) -> None:
        self._tts, self._languages = tts, languages
        self._phrases: dict[tuple[str, str, Sound], bytes] = {}
        self._fetching: dict[tuple[str, Sound], asyncio.Task[None]] = {}

    def phrase(self, name: str, language: str, sound: Sound) -> bytes:
        """The audio of one of KEPT; empty when tts has not made it yet."""
        return self._phrases.get((name, language, sound), b"")

    def text(self, name: str, language: str) -> str:
        """The words of a phrase."""
        return self._languages.get(language).templates[name]

    def warm(self, language: str, sound: Sound) -> None:
        """Have the phrases of a language made, once."""
        key = (language, sound)
        if key not in self._fetching:
            self._fetching[key] = asyncio.create_task(self._fetch(language, sound))

    async def aclose(self) -> None:
        """Stop fetching."""
        for task in self._fetching.values():
            task.cancel()

    async def speak(
        self,
        text: str,
        language: str,
        sound: Sound,
        *,
        voice: str | None = None,
        speed: float = 1.0,
        keep: bool = True,
    ) -> AsyncIterator[bytes]:
        """The audio of a clause, as it is made. Raises PeerRefused when tts does not take the text."""
        request = TtsRequest(
            text=text,
            language=language,
            format=sound.form,
            sample_rate=sound.rate,
            voice=voice,
            speed=speed,
            keep=keep,
        )
        had = 0
        while True:
            skip = had
            try:
                async with self._tts.stream(SPEAK, request, deadline_s=FIRST_AUDIO_S) as response:
                    async for piece in self._tts.pieces(response, STALL_S):
                        fresh = piece[skip:]
                        skip = max(0, skip - len(piece))
                        had += len(fresh)
                        if fresh:
                            yield fresh
                return
            except PeerRefused:
                raise
            except PeerError as error:
                log.warning("tts is asked again", reason=error.reason, had=had)
                await asyncio.sleep(RETRY_S)

    async def _fetch(self, language: str, sound: Sound) -> None:
        for name in KEPT:
            try:
                pieces = [piece async for piece in self.speak(self.text(name, language), language, sound)]
            except PeerError as error:
                log.warning("phrase not made", phrase=name, language=language, reason=error.reason)
                continue
            self._phrases[name, language, sound] = b"".join(pieces)
