"""Events of sessions: each is read as it was written, those of earlier and of later versions too."""

from pathlib import Path
from typing import Any, get_args

import pytest

from gateway.conversation.session import rebuild
from gateway.scenario.files import Scenarios
from mesh.wire import events
from mesh.wire.logger import Event

KINDS = get_args(get_args(events.SessionEvent)[0])
REQUIRED: dict[str, Any] = {"summary": {"summary": "A room.", "outcome": "completed", "sentiment": "neutral"}}


def told(kind: str, **data: Any) -> Event:
    return Event(id="12345678", session_id="s1", type=kind, at=1.0, service="gateway", data=data)


@pytest.mark.parametrize("model", KINDS, ids=lambda model: model.__name__)
def test_an_event_is_read_as_it_was_written(model: Any) -> None:
    event = model(**REQUIRED.get(model.model_fields["type"].default, {}))
    assert events.read(told(event.type, **events.kept(event))) == event


def test_what_was_not_given_is_not_written() -> None:
    assert events.kept(events.Values(fields={"city": "Tulsa"})) == {"fields": {"city": "Tulsa"}}
    assert events.kept(events.Values(asked=None)) == {"asked": None}
    assert events.kept(events.Ended()) == {}


def test_a_session_is_rebuilt_from_events_of_other_versions() -> None:
    """Keys that are missing (an earlier gateway) or unknown (a later one), types that nobody knows, and nonsense."""
    form = {"heard": {"city": {"confidence": 0.9, "turn": 1}}, "hunches": ["city"]}
    story = [
        told("opened", scenario="generic", language="en", caller="+14155550123", asked="name", mood="new"),
        told("sang", song=1),
        told("turn", text="Anna", fields={"name": "Anna"}, asked="city", seq=1, reply="Which city?"),
        told("turn", text="Tulsa, or so", fields={"city": "Tulsa"}, form=form, asked="city", failed="late", seq=2),
        told("turn", fields=7),
        told("values", fields={"city": "Tampa"}, form=form),
        told("effect", purpose="text:1"),
        told("closed", reason="hangup", duration_s=3.5),
    ]
    session = rebuild("s1", story, Scenarios(Path("config/scenarios"), "generic", Path("data/none")))
    assert session is not None
    assert (session.fields, session.asked, session.seq) == ({"name": "Anna", "city": "Tampa"}, "city", 1)
    assert [one.content for one in session.history] == ["Anna", "Which city?", "Tulsa, or so"]
    assert (session.turns, session.closed, session.effects) == (2, True, ["text:1"])
    assert session.form.heard == form["heard"]
