"""One realtime socket: events in and out, until either side has had enough."""

import asyncio
import contextlib

from fastapi import WebSocket, WebSocketDisconnect

from gateway.realtime.mailbox import Intake, Mailbox
from gateway.realtime.objects import session_of
from gateway.realtime.protocol import Protocol
from mesh import logs
from mesh.errors import ApiError
from mesh.wire.realtime import server
from mesh.wire.realtime.objects import Fault

CLOSE_S = 2.0
POLICY = 1008
log = logs.get("realtime")


class Line:
    """The socket of one session. Who says nothing that makes sense for `first_s`, or nothing for `idle_s`, goes."""

    def __init__(self, socket: WebSocket, *, first_s: float, idle_s: float) -> None:
        self._socket, self._idle_s = socket, idle_s
        self._clock = asyncio.get_running_loop().time
        self._patience = asyncio.timeout(first_s)
        self.mailbox = Mailbox(self._let_go)

    async def run(self, protocol: Protocol) -> None:
        """Until it is closed."""
        talk, mailbox = protocol.talk, self.mailbox
        mailbox.event(server.SessionCreated(session=session_of(talk.config, talk.session, protocol.model)))
        if talk.config.phone:
            session, record = talk.session, talk.session.scenario.recording is not None
            mailbox.event(server.Telephone(session_id=session.id, language=session.language, record=record))
        talk.warm()
        writer = asyncio.create_task(mailbox.deliver(self._socket))
        code, why = 1000, ""
        try:
            async with self._patience:
                await self._read(protocol)
        except TimeoutError:
            why = "events are not read" if mailbox.full else "nothing was said"
            code = POLICY
            log.warning("client is let go", why=why, session_id=talk.session.id)
        except WebSocketDisconnect:
            pass
        finally:
            writer.cancel()
            with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self._socket.close(code, why)

    async def _read(self, protocol: Protocol) -> None:
        """Until the client goes, or ends the session."""
        intake = Intake(self._clock)
        while not protocol.ended:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            data, text = message.get("bytes"), message.get("text") or ""
            if data is not None:
                protocol.binary(data)
            else:
                protocol.receive(text)
            if protocol.spoken and not self.mailbox.full:
                self._patience.reschedule(self._clock() + self._idle_s)
            if wait_s := intake.took(len(data or text)):
                await asyncio.sleep(wait_s)

    def _let_go(self) -> None:
        with contextlib.suppress(RuntimeError):  # it is being closed already
            self._patience.reschedule(self._clock())


async def reject(socket: WebSocket, error: ApiError) -> None:
    """The reason as an event: a refused upgrade would not tell it."""
    await socket.accept()
    fault = Fault(type="invalid_request_error", code=error.code, message=error.message)
    await socket.send_text(server.Refused(error=fault).model_dump_json())
    await socket.close(POLICY, error.code)
