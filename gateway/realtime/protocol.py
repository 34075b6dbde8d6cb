"""What each client event does. Errors are events too: the socket stays open, and nothing is lost."""

import asyncio
import base64
import secrets
import time
from collections.abc import Callable
from typing import Any, Literal

from pydantic import ValidationError

from gateway.realtime.delivery import Outbox
from gateway.realtime.hearing import MAX_MS, Pace
from gateway.realtime.items import Items
from gateway.realtime.live import LiveCall
from gateway.realtime.objects import as_item, session_of
from gateway.realtime.setup import updated
from gateway.realtime.sound import PCMU, WideIn
from gateway.realtime.talk import Talk
from gateway.vad import Vad
from mesh.errors import ApiError, BadInput
from mesh.wire.events import Said
from mesh.wire.realtime import client as events
from mesh.wire.realtime import from_client, objects, server

MAX_WORDS = 64_000
"""Characters of instructions, and of messages that wait for an answer."""


class Protocol:
    """One socket's client events."""

    def __init__(self, talk: Talk, vad: Vad, pace: Pace, out: Outbox, *, called: str | None, model: str) -> None:
        self.talk, self.ended = talk, ""
        self.called, self.model, self._out = called, model, out
        self._vad, self._pace = vad, pace
        self._items = Items()
        self.spoken = False
        """The client has said something that makes sense."""
        self._pending: list[str] = []
        self._waiting: events.Create | None = None
        self._wide: WideIn | None = None
        self._greeting: asyncio.Task[None] | None = None
        self.live = self._open()
        self._do: dict[str, Callable[[Any], None]] = {
            "session.update": self._session_update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "output_audio_buffer.clear": lambda _: self.live.interrupt("client_cancelled"),
            "conversation.item.create": self._item_create,
            "conversation.item.retrieve": lambda event: self._out.event(
                server.ItemRetrieved(item=self._items.get(event.item_id))
            ),
            "conversation.item.delete": self._item_delete,
            "conversation.item.truncate": self._truncate,
            "response.create": self._create,
            "response.cancel": self._cancel,
            "output_audio_buffer.played": lambda event: self.talk.speaker.played(
                event.item_id, event.audio_end_ms, done=event.done
            ),
            "voiceblock.dtmf": self._key,
            "voiceblock.hangup": self._hangup,
        }

    def receive(self, data: str) -> None:
        """One event as it came. What is wrong with it is answered by an `error` event."""
        event_id: str | None = None
        try:
            event = from_client(data)
            event_id = event.event_id
            self._do[event.type](event)
            self.spoken = True
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"][1:])
            words = f"{where}: {problem['msg']}" if where else problem["msg"]
            self.refuse("invalid_event", words, param=where or None)
        except ApiError as error:
            self.refuse(error.code, error.message, event_id=event_id)

    def refuse(self, code: str, message: str, *, event_id: str | None = None, param: str | None = None) -> None:
        """Answer with an error."""
        kind: Literal["invalid_request_error"] = "invalid_request_error"
        fault = objects.Fault(type=kind, code=code, message=message, param=param, event_id=event_id)
        self._out.event(server.Refused(error=fault))

    def binary(self, data: bytes) -> None:
        """Audio in the input format."""
        try:
            self._audio(data)
            self.spoken = True
        except BadInput as error:
            self.refuse(error.code, error.message)

    def _audio(self, data: bytes) -> None:
        if self.talk.config.detection is None and self.live.hearing.held_ms >= MAX_MS:
            raise BadInput(
                "input_audio_buffer_full", f"At most {MAX_MS // 1000} s are held: commit or clear them.", 413
            )
        self.live.ears.feed(self._wide.feed(data) if self._wide else data)

    def _open(self) -> LiveCall:
        config = self.talk.config
        self._wide = None if config.sound_in is PCMU else WideIn()
        live = LiveCall(self.talk, self._vad, self._pace, self._out, committed=self._committed)
        scenario = self.talk.session.scenario
        live.hearing.language = config.language or (
            self.talk.session.language if len(scenario.languages) == 1 else None
        )
        return live

    def _session_update(self, event: events.SessionUpdate) -> None:
        self.configure(event.session)
        talk = self.talk
        self._out.event(server.SessionUpdated(session=session_of(talk.config, talk.session, self.model)))

    def configure(self, wanted: events.SessionConfig) -> None:
        """Set what a client wants, in session.update or by the secret with which it came."""
        talk, before = self.talk, self.talk.config
        config = updated(before, wanted)
        if config.sound_in is not before.sound_in and self.live.hearing.received_ms:
            raise BadInput("format_in_use", "The input format cannot change once audio has been sent.", 409)
        if wanted.instructions is not None:
            # Instructions make it the client's own assistant: the scenario's form is not asked for.
            talk.session.scenario = talk.session.scenario.model_copy(update={"fields": []})
            talk.session.asked = None
        talk.configure(config)
        if config.sound_in is before.sound_in:
            self.live.ears.configure()
            self.live.hearing.language = config.language or self.live.hearing.language
        else:
            self.live.close()
            self.live = self._open()

    def _append(self, event: events.Append) -> None:
        try:
            data = base64.b64decode(event.audio, validate=True)
        except ValueError as error:  # binascii.Error, or another for what is not ASCII
            raise BadInput("invalid_audio", "audio is not base64.", 422) from error
        self._audio(data)

    def _commit(self, _: events.Bare) -> None:
        if not self.live.hearing.held_ms:
            raise BadInput("input_audio_buffer_commit_empty", "There is no audio to commit.", 422)
        self.live.item_id = f"item_{secrets.token_hex(8)}"
        self._out.event(server.Committed(item_id=self.live.item_id))
        self.live.ears.commit()

    def _clear(self, _: events.Bare) -> None:
        self.live.forget()
        self._out.event(server.BufferCleared())

    def _committed(self, item_id: str, text: str, answered: bool) -> None:
        """The caller's item is complete; without turn detection its `committed` was said when it was."""
        said = objects.Speech(type="input_audio", transcript=text)
        if self.talk.config.detection is not None:
            self._out.event(server.Committed(item_id=item_id))
        self._add(objects.Message(id=item_id, role="user", content=[said]))
        usage = server.Usage(seconds=round(self.live.hearing.received_ms / 1000, 2))
        self._out.event(server.Transcribed(item_id=item_id, transcript=text, usage=usage))
        if answered:
            return
        if text:
            self._pending.append(text)
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._create(waiting)

    def _item_create(self, event: events.ItemCreate) -> None:
        item = event.item
        taken = as_item(item)
        self._items.check(taken)
        if event.previous_item_id not in (None, "root"):
            self._items.get(event.previous_item_id)
        if item.type == "function_call_output":
            self._output(item)
        elif item.type == "message":
            self._message(item)
        self._add(taken, event.previous_item_id)

    def _output(self, item: events.Item) -> None:
        called = next((call for call in self.talk.asked_calls if call.id == item.call_id), None)
        if called is None:
            raise BadInput("unknown_call", f"No function was called as {item.call_id!r}.", 422)
        others = [call for call in self.talk.calls if call.id != called.id]
        self.talk.calls = [*others, called.model_copy(update={"output": item.output or ""})]

    def _message(self, item: events.Item) -> None:
        text = " ".join(part.text or part.transcript or "" for part in item.content).strip()
        if any(part.audio for part in item.content):
            raise BadInput("audio_item", "Send audio by input_audio_buffer.append.", 422)
        if not text:
            raise BadInput("empty_item", "The message has no text.", 422)
        held = sum(map(len, self._pending)) if item.role == "user" else len(self.talk.config.instructions or "")
        if item.role != "assistant" and held + len(text) > MAX_WORDS:
            raise BadInput("too_much_text", f"At most {MAX_WORDS} characters wait for an answer, or instruct.")
        if item.role == "user":
            self._pending.append(text)
        elif item.role == "assistant":
            self.talk.session.apply(Said(reply=text))
        else:
            before = self.talk.config.instructions or ""
            self.talk.config.instructions = f"{before}\n{text}".strip()

    def _add(self, item: objects.Item, previous: str | None = None) -> None:
        self._items.add(item)
        self._out.event(server.ItemAdded(item=item, previous_item_id=previous))
        self._out.event(server.ItemDone(item=item, previous_item_id=previous))

    def _item_delete(self, event: events.ItemDelete) -> None:
        self._items.delete(event.item_id)
        self._out.event(server.ItemDeleted(item_id=event.item_id))

    def _truncate(self, event: events.Truncate) -> None:
        current = self.talk.speaker.current
        if current is not None and current.item_id == event.item_id:
            self.live.interrupt("client_cancelled", float(event.audio_end_ms))
        elif not self.talk.truncate(event.item_id, float(event.audio_end_ms)):
            raise BadInput("item_not_found", f"No audio of an item {event.item_id!r} has been sent.", 404)
        fields = event.model_dump(include={"item_id", "content_index", "audio_end_ms"})
        self._out.event(server.ItemTruncated.model_validate(fields))

    def _create(self, event: events.Create) -> None:
        wanted = event.response or events.Wanted()
        if self.talk.speaker.talking and not self.talk.config.phone and not self.talk.speaker.sent:
            raise BadInput("conversation_already_has_active_response", "A response is in progress.", 409)
        if self.live.hearing.busy and self.talk.config.detection is None:
            self._waiting = event
            return
        text = " ".join(self._pending)
        self._pending.clear()
        nothing = not text and not self.talk.calls and not wanted.instructions
        fresh = not (self.talk.config.instructions or self.talk.session.turns)
        if nothing and (self.talk.config.phone or fresh):
            self._greeting = asyncio.create_task(self._greet())
            return
        self.talk.speaker.cut("client_cancelled")
        self.talk.once = wanted
        self.live.say_text(text or self.talk.last_words(), wanted.metadata)

    async def _greet(self) -> None:
        """Greet, or go on after an interruption; not into the words of a caller who speaks already."""
        if not await self.live.settled() and not self.talk.speaker.talking:
            self.talk.greet(self.called)

    def _cancel(self, event: events.Cancel) -> None:
        current = self.talk.speaker.current
        other = event.response_id is not None and (current is None or current.id != event.response_id)
        if other or (current is None and self.live.next.ended is None):
            raise BadInput("response_cancel_not_active", "There is no response to cancel.", 422)
        self.live.interrupt("client_cancelled")

    def _key(self, event: events.Key) -> None:
        self._out.event(server.KeyReceived(event=event.digit, received_at=int(time.time())))
        self.live.keys.press(event.digit)

    def _hangup(self, event: events.Ended) -> None:
        self.ended = event.reason
