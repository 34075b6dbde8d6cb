"""The events of /v1/realtime are OpenAI's: its own types read what we send, and we read what its types send."""

import json
from typing import Any, get_args

import pydantic
import pytest
from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent

from mesh.wire.realtime import ClientEvent, ServerEvent, answers, client, from_client, from_server, objects, server
from mesh.wire.realtime.client import Format, TurnDetection

MESSAGE = objects.Message(id="item_1", role="assistant", content=[objects.Speech(transcript="Hello.")])
HEARD = objects.Message(id="item_2", role="user", content=[objects.Speech(type="input_audio", transcript="Hi.")])
CALLED = objects.Called(id="item_3", call_id="call_1", name="book", arguments="{}")
ANSWERED = objects.Output(id="item_4", call_id="call_1", output="ok")
FAULT = objects.Fault(type="invalid_request_error", code="no", message="No.", param="item.id", event_id="event_9")
FAILED = objects.Details(type="failed", error=objects.Fault(type="server_error", code="down", message="Down."))
CONTENT: dict[str, Any] = {"response_id": "resp_1", "item_id": "item_1"}
CALL: dict[str, Any] = {"response_id": "resp_1", "item_id": "item_3", "output_index": 1, "call_id": "call_1"}
SESSION = objects.Session(
    id="sess_1",
    model="generic",
    output_modalities=["audio"],
    instructions="Be kind.",
    tools=[objects.Function(name="book", parameters={"type": "object"})],
    audio=objects.Audio(
        input=objects.Input(format=objects.Pcm(), transcription=objects.Transcribed(), turn_detection=TurnDetection()),
        output=objects.Out(format=objects.Pcmu(), voice="default", speed=1.0),
    ),
)


def response(**more: Any) -> objects.Response:
    return objects.Response(id="resp_1", output_modalities=["audio"], **{"status": "completed", **more})


SENT: list[ServerEvent] = [
    server.SessionCreated(session=SESSION),
    server.SessionUpdated(session=SESSION),
    server.Refused(error=FAULT),
    server.SpeechStarted(item_id="item_2", audio_start_ms=320),
    server.SpeechStopped(item_id="item_2", audio_end_ms=640),
    server.Committed(item_id="item_2"),
    server.BufferCleared(),
    server.KeyReceived(event="5", received_at=1_789_000_000),
    server.ItemAdded(item=HEARD),
    server.ItemDone(item=MESSAGE, previous_item_id="item_2"),
    server.ItemRetrieved(item=ANSWERED),
    server.ItemDeleted(item_id="item_1"),
    server.ItemTruncated(item_id="item_1", audio_end_ms=120),
    server.Transcribed(item_id="item_2", transcript="Hi.", usage=server.Usage(seconds=0.3)),
    server.NotTranscribed(item_id="item_2", error=FAULT),
    answers.ResponseCreated(response=response(status="in_progress")),
    answers.ResponseDone(response=response(output=[MESSAGE, CALLED], metadata={"a": "b"})),
    answers.ResponseDone(response=response(status="failed", status_details=FAILED)),
    answers.OutputAdded(response_id="resp_1", item=CALLED),
    answers.OutputDone(response_id="resp_1", item=MESSAGE),
    answers.PartAdded(**CONTENT, part=objects.SpokenPart()),
    answers.PartDone(**CONTENT, part=objects.WrittenPart(text="Hello.")),
    answers.TextDelta(**CONTENT, delta="Hel"),
    answers.TextDone(**CONTENT, text="Hello."),
    answers.WordsDelta(**CONTENT, delta="Hel"),
    answers.WordsDone(**CONTENT, transcript="Hello."),
    answers.AudioDelta(**CONTENT, delta="AAAA"),
    answers.AudioDone(**CONTENT),
    answers.ArgumentsDelta(**CALL, delta="{}"),
    answers.ArgumentsDone(**CALL, name="book", arguments="{}"),
    answers.Pause(**CONTENT),
    answers.Resume(**CONTENT),
    answers.Cleared(**CONTENT),
    server.Telephone(session_id="CA1", language="en", record=True),
    server.HangUp(),
    server.PutThrough(number="+14155550123", announce="spoken", summary="A room."),
]
TAKEN: list[ClientEvent] = [
    client.SessionUpdate(
        session=client.SessionConfig(audio=client.Audio(input=client.AudioIn(format=Format(type="audio/pcmu"))))
    ),
    client.Append(audio="AAAA"),
    client.Bare(type="input_audio_buffer.commit"),
    client.Bare(type="input_audio_buffer.clear"),
    client.Bare(type="output_audio_buffer.clear"),
    client.ItemCreate(
        item=client.Item(type="message", role="user", content=[client.Part(type="input_text", text="Hi")])
    ),
    client.ItemRetrieve(item_id="item_1"),
    client.ItemDelete(item_id="item_1"),
    client.Truncate(item_id="item_1", audio_end_ms=100),
    client.Create(response=client.Wanted(metadata={"a": "b"})),
    client.Cancel(),
    client.Played(item_id="item_1", audio_end_ms=20.0, done=True),
    client.Key(digit="#"),
    client.Ended(duration_s=3.0),
]
OWN = {"output_audio_buffer.cleared": {"item_id"}, "input_audio_buffer.dtmf_event_received": {"event_id"}}
"""What we say beside what OpenAI does."""
OURS = ("voiceblock.", "output_audio_buffer.pause", "output_audio_buffer.resume", "output_audio_buffer.played")


def theirs(union: Any) -> dict[str, type[pydantic.BaseModel]]:
    """OpenAI's models by the types of their events."""
    models = get_args(get_args(union)[0])
    return {name: model for model in models for name in get_args(model.model_fields["type"].annotation)}


def kinds(union: Any) -> set[type]:
    return set(get_args(get_args(union)[0]))


def test_every_event_is_looked_at() -> None:
    assert {type(event) for event in SENT} == kinds(ServerEvent)
    assert {type(event) for event in TAKEN} == kinds(ClientEvent)


@pytest.mark.parametrize("event", SENT, ids=lambda event: event.type)
def test_openais_types_read_what_we_send(event: ServerEvent) -> None:
    text = event.model_dump_json()
    assert from_server(text) == event
    if event.type.startswith(OURS):
        return
    model = theirs(RealtimeServerEvent)[event.type]
    model.model_validate_json(text)
    unknown = set(json.loads(text)) - {field.alias or name for name, field in model.model_fields.items()}
    assert unknown <= OWN.get(event.type, set())


@pytest.mark.parametrize("event", TAKEN, ids=lambda event: event.type)
def test_we_read_what_openais_types_send(event: ClientEvent) -> None:
    text = event.model_dump_json(exclude_none=True)
    if not event.type.startswith(OURS):
        text = theirs(RealtimeClientEvent)[event.type].model_validate_json(text).model_dump_json(exclude_unset=True)
    assert from_client(text) == event


def test_an_event_of_a_newer_gateway_is_passed_over_and_nonsense_is_not() -> None:
    assert from_server('{"type":"voiceblock.sings","song":1}') is None
    assert isinstance(from_server('{"type":"voiceblock.hangup","reason":"x","mood":"new"}'), server.HangUp)
    for text in ("[]", "{}", "not JSON", '{"type":"input_audio_buffer.speech_started"}'):
        with pytest.raises(pydantic.ValidationError):
            from_server(text)
