"""The lead that a session has found out."""

from gateway.config import Settings
from gateway.conversation.session import Session
from mesh.wire.common import shortened
from mesh.wire.lead_sender import MAX_VALUE, CallSummary, LeadRequest

_MOST = {"name": 200, "city": 200, "dates": 200}
"""Characters of what the wire bounds closer than a scenario's own fields."""


def lead_of(session: Session, settings: Settings, call: CallSummary | None) -> LeadRequest:
    """As lead_sender takes it: to go out when the call is summed up, or after a time without news of it."""
    partial, ended = not session.complete, session.over
    return LeadRequest.model_validate(
        {
            **({"caller": session.caller} if session.caller and partial else {}),
            **{name: shortened(value, _MOST.get(name, MAX_VALUE)) for name, value in session.fields.items()},
            "session_id": session.id,
            "scenario": session.scenario.name,
            "partial": partial,
            "call": call,
            "heard": {name: one for name, one in session.form.heard.items() if name in session.fields},
            "deliver_in_s": 0 if call else settings.lead_end_s if ended else settings.lead_settle_s,
            "began": session.began,
            "owned_by": session.owner,
        }
    )
