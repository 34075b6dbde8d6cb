"""Stand-ins for models' servers, OpenAI-compatible, with the delays that real ones have.

The recogniser is an ideal one: it knows the utterances that will be spoken (by their loudness over time) and gives
the words of those that it finds in the audio, as far as they have been spoken.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from mesh.audio import Pcm, decode_mulaw
from simulator.voices import read_wav

SAME_DB = 3.0
"""Mean difference up to which it is the same sound."""
LOUDER_DB = 12.0
"""Difference of loudness that is a matter of gain."""
LEAST = 18
"""Steps of an utterance by which it is known."""
REPLY = "Of course. What else would you like to know about it, if I may ask?"
TOKEN_S = 0.01
"""Between a model's tokens, where its first takes time."""
RATE, STEP = 16_000, 320
"""Loudness is compared in steps of 20 ms."""


def envelope(pcm: Pcm) -> Any:  # noqa: ANN401 (an array)
    """Loudness of each 20 ms, dB above a floor."""
    steps = pcm[: len(pcm) // STEP * STEP].reshape(-1, STEP).astype(np.float32)
    return 10 * np.log10(np.maximum((steps * steps).mean(axis=1), 1e3))


@dataclass(slots=True)
class Known:
    """An utterance that will be spoken."""

    text: str
    loudness: Any


@dataclass(slots=True)
class Backends:
    """All three servers in one app. Delays in seconds."""

    stt_s: float = 0.0
    token_s: float = 0.0
    speech_s: float = 0.0
    reply: str = REPLY
    known: list[Known] = field(default_factory=list)
    answers: int = 0
    asked: list[str] = field(default_factory=list)
    app: FastAPI = field(default_factory=FastAPI)

    def __post_init__(self) -> None:
        self.app.add_api_route("/v1/models", self.models, methods=["GET"])
        self.app.add_api_route("/v1/audio/transcriptions", self.transcribe, methods=["POST"])
        self.app.add_api_route("/v1/chat/completions", self.chat, methods=["POST"], response_model=None)
        self.app.add_api_route("/v1/audio/speech", self.speech, methods=["POST"])
        self.app.add_api_route("/learn", self.learn_over_http, methods=["POST"])

    def learn(self, text: str, pcm: Pcm) -> None:
        """An utterance that will be spoken: 16-bit PCM at 16 kHz."""
        self.known.append(Known(text, envelope(pcm)))

    async def learn_over_http(self, request: Request, text: str) -> dict[str, int]:
        """The same from another process: mu-law at 8 kHz."""
        self.learn(text, decode_mulaw(await request.body(), RATE))
        return {"known": len(self.known)}

    def hear(self, pcm: Pcm) -> str:
        """The words in the audio, in the order in which they are spoken."""
        shifted = [envelope(pcm[shift:]) for shift in range(0, STEP, STEP // 4)]  # nobody cuts where we do
        found: list[tuple[int, int, str]] = []
        matches = sorted((min(_find(heard, known.loudness) for heard in shifted), known.text) for known in self.known)
        for (difference, place, length, share), text in matches:
            free = all(place >= end or place + length <= start for start, end, _ in found)
            if difference < SAME_DB and free:
                words = text.split()
                found.append((place, place + length, " ".join(words[: max(1, round(share * len(words)))])))
        return " ".join(text for _, _, text in sorted(found))

    async def models(self) -> dict[str, Any]:
        return {"data": [{"id": "stand-in"}]}

    async def transcribe(self, request: Request) -> Response:
        async with request.form() as form:
            upload = form["file"]
            assert not isinstance(upload, str)
            pcm = read_wav(await upload.read(), RATE)
        text = self.hear(pcm)
        self.asked.append(text)
        await asyncio.sleep(self.stt_s)
        return JSONResponse({"text": text, "language": "english", "segments": []})

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        if "response_format" in body:
            schema = body["response_format"]["json_schema"]["schema"]
            return StreamingResponse(self._structured(schema), media_type="text/event-stream")
        wanted = body["tools"][0]["function"]["name"] if body.get("tools") else ""
        asked = next((m["role"] for m in reversed(body["messages"]) if m["role"] in ("user", "tool")), "")
        pieces = self._call(wanted) if wanted and asked == "user" else self._tokens()
        return StreamingResponse(pieces, media_type="text/event-stream")

    async def _structured(self, schema: dict[str, Any]) -> AsyncIterator[str]:
        """JSON that has found nothing, a token or so at a time."""
        await asyncio.sleep(self.token_s)
        for token in re.findall(r".{1,3}", json.dumps(dict.fromkeys(schema["properties"]))):
            yield f"data: {json.dumps({'choices': [{'delta': {'content': token}, 'finish_reason': None}]})}\n\n"
            await asyncio.sleep(TOKEN_S if self.token_s else 0)
        yield f"data: {json.dumps({'choices': [{'delta': {}, 'finish_reason': 'stop'}]})}\n\ndata: [DONE]\n\n"

    async def _call(self, function: str) -> AsyncIterator[str]:
        """The first tool, called once for what the caller said."""
        await asyncio.sleep(self.token_s)
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": function, "arguments": ""}}
        for delta in (call, {"index": 0, "function": {"arguments": "{}"}}):
            yield f"data: {json.dumps({'choices': [{'delta': {'tool_calls': [delta]}, 'finish_reason': None}]})}\n\n"
        yield 'data: {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}\n\ndata: [DONE]\n\n'

    async def _tokens(self) -> AsyncIterator[str]:
        await asyncio.sleep(self.token_s)
        self.answers += 1  # no two answers are the same, so that no voice finds them in its cache
        for word in f"Answer {self.answers}. {self.reply}".split():
            yield f"data: {json.dumps({'choices': [{'delta': {'content': word + ' '}, 'finish_reason': None}]})}\n\n"
            await asyncio.sleep(TOKEN_S if self.token_s else 0)
        yield f"data: {json.dumps({'choices': [{'delta': {}, 'finish_reason': 'stop'}]})}\n\ndata: [DONE]\n\n"

    async def speech(self, request: Request) -> Response:
        body = await request.json()
        await asyncio.sleep(self.speech_s)
        seconds = max(0.4, len(body["input"]) / 16)
        return Response(_hum()[: int(24_000 * seconds) * 2], media_type="audio/pcm")


@cache
def _hum() -> bytes:
    """A minute of voice, so to say: 16-bit PCM at 24 kHz."""
    at = np.arange(24_000 * 60) / 24_000
    return (np.sin(2 * np.pi * 220 * at) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * at)) * 9_000).astype(np.int16).tobytes()


def _find(heard: Any, known: Any) -> tuple[float, int, int, float]:  # noqa: ANN401 (arrays)
    """Where an utterance is most like what was heard: difference (dB), first step, steps, share of it."""
    least = min(LEAST, len(known))
    if len(heard) < least:
        return (99.0, 0, 0, 0.0)
    padded = np.concatenate([heard, np.full(len(known) - least, np.nan)])  # what is not spoken yet
    apart = np.lib.stride_tricks.sliding_window_view(padded, len(known)) - known
    there = ~np.isnan(apart)
    lengths = there.sum(axis=1)
    louder = np.nansum(apart, axis=1) / lengths  # a distant microphone, a soft voice
    difference = np.nansum(np.abs(apart - louder[:, None]), axis=1) / lengths
    difference[np.abs(louder) > LOUDER_DB] = 99.0
    start = int(difference.argmin())
    return float(difference[start]), start, int(lengths[start]), float(lengths[start] / len(known))
