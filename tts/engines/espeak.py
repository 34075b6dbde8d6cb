"""espeak-ng in process, through the library and voices in the espeakng-loader wheel: first audio within a millisecond.

Source: https://github.com/espeak-ng/espeak-ng/blob/master/src/include/espeak-ng/speak_lib.h
"""

import asyncio
import ctypes
import re
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

from mesh.errors import EngineError, NoEngine
from mesh.wire.tts import Voice
from tts.engines import Pcm, Utterance

SYNCHRONOUS, BUFFER_MS, DONT_EXIT = 2, 50, 0x8000
CHARS_UTF8, POS_CHARACTER, RATE_PARAMETER = 1, 1, 1
NORMAL_WPM = 165
_GENDERS = {1: "male", 2: "female"}

# A long text holds the one synthesiser no longer than a sentence takes.
_SENTENCE = re.compile(r".+?(?:[.!?…。]+[\s\"»)]*|\n+|$)", re.DOTALL)


class _VoiceStruct(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """The library has one global state, so all of it happens on one thread, sentence by sentence."""

    voice_key = "espeak"

    def __init__(self) -> None:
        import espeakng_loader

        self._lib = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        path = str(espeakng_loader.get_data_path()).encode()
        self._rate = self._lib.espeak_Initialize(SYNCHRONOUS, BUFFER_MS, path, DONT_EXIT)
        if self._rate <= 0:
            raise EngineError("espeak-ng does not find its voices.")
        self._callback = _Callback(self._on_samples)  # kept: C calls it
        self._lib.espeak_SetSynthCallback(self._callback)
        self._thread = ThreadPoolExecutor(1, "espeak")
        self._sink: _Sink | None = None
        self._voices = self._list_voices()
        # The first voice of a language, and one of exactly that tag before it. The library itself takes names only.
        self._by_language = {v.language.split("-")[0]: v.name for v in reversed(self._voices)}
        self._by_language |= {v.language: v.name for v in reversed(self._voices)}
        self._names = {voice.name for voice in self._voices}

    def speaks(self, language: str) -> bool:
        return language in self._by_language

    def voices(self) -> list[Voice]:
        return self._voices

    async def speak(self, utterance: Utterance) -> Pcm:
        asked = utterance.voice or utterance.language
        base, plus, variant = asked.partition("+")  # "en-us+f3": a variant of a voice
        voice = self._by_language.get(base.lower(), base)
        if voice not in self._names:
            raise NoEngine("unknown_voice", f"espeak-ng has no voice {asked!r}.")
        return Pcm(self._rate, self._pieces(utterance, voice + plus + variant))

    async def aclose(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _pieces(self, utterance: Utterance, voice: str) -> AsyncIterator[bytes]:
        for sentence in _SENTENCE.findall(utterance.text):
            if sentence.strip():
                async with aclosing(self._sentence(sentence, voice, utterance.speed)) as pieces:
                    async for piece in pieces:
                        yield piece

    async def _sentence(self, sentence: str, voice: str, speed: float) -> AsyncGenerator[bytes, None]:
        sink = _Sink(asyncio.get_running_loop())
        work = sink.loop.run_in_executor(self._thread, self._synthesize, sentence, voice, speed, sink)
        try:
            while (piece := await sink.queue.get()) is not None:
                yield piece
        finally:
            sink.wanted = False
            await asyncio.shield(work)

    def _synthesize(self, text: str, voice: str, speed: float, sink: "_Sink") -> None:
        data = text.encode("utf-8", "ignore").replace(b"\0", b" ") + b"\0"
        self._sink = sink
        try:
            if self._lib.espeak_SetVoiceByName(voice.encode()):
                raise EngineError(f"espeak-ng cannot load the voice {voice!r}.")
            self._lib.espeak_SetParameter(RATE_PARAMETER, int(NORMAL_WPM * speed), 0)
            if self._lib.espeak_Synth(data, len(data), 0, POS_CHARACTER, 0, CHARS_UTF8, None, None):
                raise EngineError("espeak-ng failed.")
        finally:
            sink.put(None)

    def _on_samples(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int | None) -> int:
        if self._sink is None or not self._sink.wanted:
            return 1
        if samples and count > 0:
            self._sink.put(ctypes.string_at(samples, count * 2))
        return 0

    def _list_voices(self) -> list[Voice]:
        self._lib.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceStruct))
        found = self._lib.espeak_ListVoices(None)
        voices, index = [], 0
        while found[index]:
            voice = found[index].contents
            # languages: a priority byte before each zero-ended code; the first is the main one.
            language = voice.languages[1:].decode()
            voices.append(Voice(name=voice.name.decode(), language=language, gender=_GENDERS.get(voice.gender, "")))
            index += 1
        return voices


class _Sink:
    """Where samples go from espeak's thread to the loop; `wanted` turns false when nobody listens any more."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.wanted = True

    def put(self, piece: bytes | None) -> None:
        self.loop.call_soon_threadsafe(self.queue.put_nowait, piece)
