"""What cannot be here: clouds, models' servers. Each is a small app that speaks the peer's protocol."""

import asyncio
import base64
import json
import math
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse


def tone(seconds: float, rate: int) -> bytes:
    """A sine of 440 Hz, 16-bit mono."""
    count = int(seconds * rate)
    return struct.pack(f"<{count}h", *(int(9000 * math.sin(2 * math.pi * 440 * i / rate)) for i in range(count)))


class LlmServer:
    """An OpenAI-compatible chat server; `mode` decides how it behaves."""

    def __init__(self) -> None:
        self.mode, self.reply = "ok", "Sure, for which dates would you like the room?"
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.structured: dict[str, str] = {}
        """What it answers to a schema that has a property of this name."""
        self.calls: list[dict[str, Any]] = []
        """Functions that it calls, once each, when they are offered."""
        self.gate: Callable[[bool], Awaitable[Any]] | None = None
        """Awaited before it answers; told whether the answer has to be JSON of a schema."""
        self.app = FastAPI()
        self.app.get("/v1/models")(self.models)
        self.app.post("/v1/chat/completions")(self.chat)

    async def models(self) -> dict[str, Any]:
        return {"data": [{"id": "tiny-model"}]}

    async def chat(self, request: Request) -> Response:
        self.bodies.append(await request.json())
        self.headers.append(dict(request.headers))
        if self.mode == "400":
            return JSONResponse({"error": "context too long"}, 400)
        if self.mode == "500":
            return JSONResponse({"error": "boom"}, 500)
        while self.mode == "hang" and not await request.is_disconnected():  # noqa: ASYNC110 (Starlette tells no other way)
            await asyncio.sleep(0.05)
        body = self.bodies[-1]
        if self.gate is not None:
            await self.gate("response_format" in body)
        format_ = body.get("response_format")
        if format_:
            wanted = format_["json_schema"]["schema"]["properties"]
            found = next((text for name, text in self.structured.items() if name in wanted), "{}")
            return StreamingResponse(self.whole({"content": found}), media_type="text/event-stream")
        offered = {tool["function"]["name"] for tool in body.get("tools", [])}
        if self.calls and self.calls[0]["name"] in offered:
            call = {"index": 0, "id": "call_1", "type": "function", "function": self.calls.pop(0)}
            return StreamingResponse(self.whole({"tool_calls": [call]}), media_type="text/event-stream")
        return StreamingResponse(self.stream(), media_type="text/event-stream")

    async def whole(self, delta: dict[str, Any]) -> AsyncIterator[str]:
        yield f"data: {json.dumps({'choices': [{'delta': delta, 'finish_reason': 'stop'}]})}\n\n"
        yield "data: [DONE]\n\n"

    async def stream(self) -> AsyncIterator[str]:
        if self.mode == "garbage":
            yield "data: {not json\n\n"
            return
        words = self.reply.split(" ")
        for index, word in enumerate(words):
            if index == 2 and self.mode == "stall":
                await asyncio.sleep(3)
            if index == 2 and self.mode == "cut":
                return
            piece = word + (" " if index < len(words) - 1 else "")
            yield f"data: {json.dumps({'choices': [{'delta': {'content': piece}, 'finish_reason': None}]})}\n\n"
        finish = "length" if self.mode == "length" else "stop"
        yield f"data: {json.dumps({'choices': [{'delta': {}, 'finish_reason': finish}]})}\n\n"
        yield "data: [DONE]\n\n"


class SpeechServer:
    """OpenAI's, Google's, ElevenLabs' and Azure's speech APIs, as far as we use them."""

    def __init__(self) -> None:
        self.fail = False
        self.verbose = True
        self.requests: list[tuple[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.app = FastAPI()
        add = self.app.add_api_route
        add("/v1/audio/transcriptions", self.transcribe, methods=["POST"])
        add("/v1/audio/speech", self.speech, methods=["POST"])
        add("/v1p1beta1/speech:recognize", self.google_stt, methods=["POST"])
        add("/v1/text:synthesize", self.google_tts, methods=["POST"])
        add("/v1/text-to-speech/{voice}/stream", self.elevenlabs, methods=["POST"])
        add("/cognitiveservices/v1", self.azure, methods=["POST"])

    async def _note(self, request: Request) -> None:
        body = await request.body()
        self.requests.append((str(request.url), body))
        self.headers.append(dict(request.headers))

    async def transcribe(self, request: Request) -> Response:
        async with request.form() as form:
            upload = form["file"]
            assert not isinstance(upload, str)
            data = await upload.read()
            self.requests.append((str(form["response_format"]), (dict(form), len(data), data[:4])))
        self.headers.append(dict(request.headers))
        if self.fail:
            return JSONResponse({"error": {"message": "no"}}, 500)
        if not self.verbose and form["response_format"] == "verbose_json":
            return JSONResponse({"error": {"message": "response_format is not supported"}}, 400)
        if form["response_format"] == "json":
            return JSONResponse({"text": " Hello there. "})
        segments = [{"start": 0.0, "end": 0.5, "text": " Hello there. "}]
        return JSONResponse({"text": " Hello there. ", "language": "english", "segments": segments})

    async def speech(self, request: Request) -> Response:
        await self._note(request)
        if self.fail:
            return Response(status_code=500)
        return Response(tone(0.5, 24000), media_type="audio/pcm")

    async def google_stt(self, request: Request) -> Response:
        await self._note(request)
        result = {"alternatives": [{"transcript": "привет"}], "languageCode": "ru-ru", "resultEndTime": "0.480s"}
        return JSONResponse({"results": [result]})

    async def google_tts(self, request: Request) -> Response:
        await self._note(request)
        return JSONResponse({"audioContent": base64.b64encode(b"RIFF" + b"\0" * 40 + tone(0.5, 24000)).decode()})

    async def elevenlabs(self, request: Request) -> Response:
        await self._note(request)
        return Response(tone(0.5, 22050))

    async def azure(self, request: Request) -> Response:
        await self._note(request)
        return Response(tone(0.5, 24000))


class TwilioApi:
    """Twilio's REST API: keeps the forms that it gets; `refuse` makes it refuse."""

    def __init__(self) -> None:
        self.refuse = False
        self.got: list[tuple[str, dict[str, str]]] = []
        self.texts: list[dict[str, str]] = []
        self.app = FastAPI()
        self.app.post("/2010-04-01/Accounts/{account}/{path:path}")(self.create)

    async def create(self, account: str, path: str, request: Request) -> Response:
        user = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        if user.split(":")[0] != account:
            return JSONResponse({"code": 20003, "message": "Authenticate"}, 401)
        async with request.form() as form:
            self.got.append((path, {name: str(value) for name, value in form.items()}))
        if path == "Messages.json":
            self.texts.append(self.got[-1][1])
        if self.refuse:
            return JSONResponse({"code": 21211, "message": "The 'To' number is not a valid phone number."}, 400)
        return JSONResponse({"sid": "CA" + f"{len(self.got):032x}", "status": "queued"}, 201)


LONG_TRANSCRIPT = "my laptop is broken " + "and so on " * 4_000 + "please call me back tomorrow"


def recogniser() -> FastAPI:
    """An stt that hears the same long speech in everything."""
    app = FastAPI()

    @app.post("/process")
    @app.post("/v1/audio")
    async def heard() -> dict[str, Any]:
        return {"text": LONG_TRANSCRIPT, "language": "en", "duration_s": 2_400, "engine": "test"}

    return app
