"""Pipecat's own Twilio bot, to be compared with: `PYTHON bench/pipecat_bot.py PORT BACKENDS TURN`, in its own venv.

TURN is `smart` (its default: VAD 0.2 s and its Smart Turn model) or the seconds that a caller may pause in a turn
(`SpeechTimeoutUserTurnStopStrategy`). The pipeline is the one of its telephony quickstart; back ends are given by
BACKENDS, an OpenAI-compatible address. It is not part of the mesh and imports nothing of it.

Source: https://docs.pipecat.ai/pipecat/telephony/twilio-websockets and the package's own docstrings (1.14).
"""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, Response, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

PORT, BACKENDS, TURN = int(sys.argv[1]), sys.argv[2], sys.argv[3]
GREETING = "Hello! Thank you for calling. What may I do for you today?"
app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    """It serves."""
    return {"status": "ok"}


@app.post("/twilio/voice")
async def voice() -> Response:
    """The webhook."""
    stream = f'<Stream url="ws://127.0.0.1:{PORT}/media"/>'
    return Response(f"<Response><Connect>{stream}</Connect></Response>", media_type="text/xml")


def strategies() -> UserTurnStrategies:
    """When a turn is over."""
    if TURN == "smart":
        return UserTurnStrategies()
    return UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=float(TURN))])


@app.websocket("/media")
async def media(socket: WebSocket) -> None:
    """One call."""
    await socket.accept()
    _, data = await parse_telephony_websocket(socket)
    call: Any = data
    serializer = TwilioFrameSerializer(
        stream_sid=call["stream_id"], params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
    )
    transport = FastAPIWebsocketTransport(
        websocket=socket,
        params=FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer
        ),
    )
    aggregators = LLMContextAggregatorPair(
        LLMContext([]),
        user_params=LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer(params=VADParams(stop_secs=0.2)), user_turn_strategies=strategies()
        ),
    )
    stages = [
        transport.input(),
        OpenAISTTService(api_key="-", base_url=BACKENDS),
        aggregators.user(),
        OpenAILLMService(
            api_key="-", base_url=BACKENDS, settings=OpenAILLMService.Settings(system_instruction="You are a clerk.")
        ),
        OpenAITTSService(api_key="-", base_url=BACKENDS),
        transport.output(),
        aggregators.assistant(),
    ]
    params = PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000)
    worker = PipelineWorker(Pipeline(stages), params=params)

    @transport.event_handler("on_client_connected")
    async def connected(*_: object) -> None:
        await worker.queue_frames([TTSSpeakFrame(GREETING)])

    @transport.event_handler("on_client_disconnected")
    async def disconnected(*_: object) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="error")
