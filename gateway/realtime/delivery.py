"""A response as OpenAI's events, in their order."""

import base64
from typing import Protocol, TypedDict

from gateway.realtime.objects import Response, Standing, calls_of, describe, message_of
from mesh.wire.realtime import ServerEvent, answers, server
from mesh.wire.realtime.objects import Details, SpokenPart, WrittenPart


class Outbox(Protocol):
    """Where events go."""

    def event(self, event: ServerEvent) -> None:
        """One server event."""
        ...

    def audio(self, data: bytes) -> None:
        """Audio as a binary frame."""
        ...


class Delivery:
    """Tells the client of one response."""

    def __init__(self, out: Outbox, response: Response) -> None:
        self._out, self._response = out, response

    def created(self) -> None:
        """It is begun."""
        self._out.event(answers.ResponseCreated(response=describe(self._response, "in_progress")))

    def begin(self) -> None:
        """Its words follow."""
        response, item = self._response, message_of(self._response, "in_progress")
        self._out.event(answers.OutputAdded(response_id=response.id, item=item))
        self._out.event(server.ItemAdded(item=item))
        part = WrittenPart() if response.text_only else SpokenPart()
        self._out.event(answers.PartAdded(**part_of(response), part=part))

    def words(self, delta: str) -> None:
        """Some of them."""
        kind = answers.TextDelta if self._response.text_only else answers.WordsDelta
        self._out.event(kind(**part_of(self._response), delta=delta))

    def audio(self, piece: bytes) -> None:
        """Some of its sound."""
        delta = base64.b64encode(piece).decode()
        self._out.event(answers.AudioDelta(**part_of(self._response), delta=delta))

    def end(self) -> None:
        """All has been said."""
        response = self._response
        text, ids = response.playback.text, part_of(response)
        if response.text_only:
            self._out.event(answers.TextDone(**ids, text=text))
            self._out.event(answers.PartDone(**ids, part=WrittenPart(text=text)))
        else:
            self._out.event(answers.AudioDone(**ids))
            self._out.event(answers.WordsDone(**ids, transcript=text))
            self._out.event(answers.PartDone(**ids, part=SpokenPart(transcript=text)))
        item = message_of(response, "completed")
        self._out.event(answers.OutputDone(response_id=response.id, item=item))
        self._out.event(server.ItemDone(item=item))

    def calls(self) -> None:
        """The functions that the client is to call."""
        response, out = self._response, self._out
        for index, item in enumerate(calls_of(response), 1 if response.playback.clauses else 0):
            begun = item.model_copy(update={"status": "in_progress", "arguments": ""})
            out.event(answers.OutputAdded(response_id=response.id, output_index=index, item=begun))
            out.event(server.ItemAdded(item=begun))
            ids = _Call(response_id=response.id, item_id=item.id, output_index=index, call_id=item.call_id)
            out.event(answers.ArgumentsDelta(**ids, delta=item.arguments))
            out.event(answers.ArgumentsDone(**ids, name=item.name, arguments=item.arguments))
            out.event(answers.OutputDone(response_id=response.id, output_index=index, item=item))
            out.event(server.ItemDone(item=item))

    def done(self, status: Standing, details: Details | None = None) -> None:
        """Nothing more of it is sent."""
        self._out.event(answers.ResponseDone(response=describe(self._response, status, details)))


class Part(TypedDict):
    """The ids of a response and its item."""

    response_id: str
    item_id: str


class _Call(Part):
    output_index: int
    call_id: str


def part_of(response: Response) -> Part:
    """What names it in events of its content."""
    return {"response_id": response.id, "item_id": response.item_id}
