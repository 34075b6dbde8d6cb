"""A transcript in the formats of OpenAI's API.

What verbose_json says of a segment is what the engine says. Where it does not: no `tokens`, and 0 for its
probabilities, as clients want numbers there. Source: https://platform.openai.com/docs/api-reference/audio/verbose-json-object
"""

import zlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
from fastapi import Response

from mesh.errors import ApiError
from mesh.openai_errors import error_body
from mesh.settings import load_config
from mesh.wire.lang import Languages
from mesh.wire.stt import Segment
from stt.engines import Transcript
from stt.live import Live
from stt.openai import subtitles
from stt.openai.form import Form

ENGLISH = "english"


def reply(form: Form, transcript: Transcript, duration_s: float, *, translate: bool) -> Response:
    """The transcript as the form wants it."""
    segments = transcript.segments
    if not segments and transcript.text:
        segments = [Segment(start_s=0.0, end_s=duration_s, text=transcript.text)]
    match form.response_format:
        case "text":
            return Response(transcript.text + "\n", media_type="text/plain")
        case "srt":
            return Response(subtitles.srt(segments), media_type="text/plain")
        case "vtt":
            return Response(subtitles.vtt(segments), media_type="text/vtt")
        case "json":
            return _json({"text": transcript.text, "usage": _usage(duration_s)})
        case "verbose_json":
            whole: dict[str, Any] = {
                "task": "translate" if translate else "transcribe",
                "language": ENGLISH if translate else _language(transcript.language or form.language or ""),
                "duration": duration_s,
                "text": transcript.text,
            }
            if form.segments:
                whole["segments"] = [_segment(i, one, form.temperature) for i, one in enumerate(segments)]
            if form.words:
                words = [word for one in segments for word in one.words or ()]
                whole["words"] = [{"word": w.text, "start": w.start_s, "end": w.end_s} for w in words]
            return _json(whole | {"usage": _usage(duration_s)})


async def events(live: Live, duration_s: float) -> AsyncIterator[bytes]:
    """Server-sent events: a delta for each segment as it is made, then the whole. An error ends them, as an event."""
    text = ""
    try:
        async for segment in live.segments():
            if segment.text:
                delta = f" {segment.text}" if text else segment.text
                text += delta
                yield _event({"type": "transcript.text.delta", "delta": delta})
    except ApiError as error:
        yield b"data: " + error_body(error.status, error.code, error.message) + b"\n\n"
        return
    yield _event({"type": "transcript.text.done", "text": text, "usage": _usage(duration_s)})


def _event(event: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(event) + b"\n\n"


def _usage(duration_s: float) -> dict[str, Any]:
    return {"type": "duration", "seconds": duration_s}


def _segment(number: int, segment: Segment, temperature: float) -> dict[str, Any]:
    raw = segment.text.encode()
    return {
        "id": number,
        "seek": 0,
        "start": segment.start_s,
        "end": segment.end_s,
        "text": segment.text,
        "tokens": [],
        "temperature": temperature,
        "avg_logprob": segment.avg_logprob or 0.0,
        "compression_ratio": len(raw) / len(zlib.compress(raw)),
        "no_speech_prob": segment.no_speech_prob or 0.0,
    }


def _language(code: str) -> str:
    """As OpenAI names languages: in English; one that config/languages.yaml does not have keeps its code."""
    known = load_config("languages.yaml", Languages).languages
    return next((one.english.lower() for one in known if one.code == code and one.english), code)


def _json(value: object) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")
