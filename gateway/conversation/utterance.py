"""What a caller of POST /process said: written, keyed, or by stt."""

import re

from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from mesh.client import Client
from mesh.upload import Upload
from mesh.wire.gateway import TurnRequest
from mesh.wire.stt import TRANSCRIBE, SttReply, SttRequest


async def written(
    stt: Client, deadline_s: float, turn: Turn, session: Session, request: TurnRequest, upload: Upload | None
) -> tuple[str, str | None]:
    """Its words, and their language where that is known. Raises PeerError."""
    if request.text is not None:
        return request.text.strip(), request.language
    if request.digits is not None:
        # A leading star is what people press for the plus that phones do not have.
        return re.sub(r"^\*", "+", request.digits), session.language
    if upload is not None:
        data = {"language": request.language} if request.language else {"expected_language": session.language}
        file = {"file": (upload.name or "audio", upload.data, upload.kind or "application/octet-stream")}
        call = stt.call(TRANSCRIBE, files=file, data=data, deadline_s=deadline_s)
    else:
        expected = None if request.language else session.language
        body = SttRequest(audio_url=str(request.audio_url), language=request.language, expected_language=expected)
        call = stt.call(TRANSCRIBE, body, deadline_s=deadline_s)
    transcript: SttReply = await turn.step("stt", call)
    return transcript.text.strip(), request.language
