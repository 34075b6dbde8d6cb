"""The lead that a session has found out."""

from gateway.config import Settings
from gateway.session import Session
from mesh.wire.lead_sender import CallSummary, LeadRequest


def lead_of(session: Session, settings: Settings, call: CallSummary | None) -> LeadRequest:
    """As lead_sender takes it: to go out when the call is summed up, or after a time without news of it."""
    partial, ended = not session.complete, session.confirmed and session.asked is None
    return LeadRequest.model_validate(
        {
            **({"caller": session.caller} if session.caller and partial else {}),
            **session.fields,
            "session_id": session.id,
            "scenario": session.scenario.name,
            "partial": partial,
            "call": call,
            "heard": {name: one for name, one in session.form.heard.items() if name in session.fields},
            "deliver_in_s": 0 if call else settings.lead_end_s if ended else settings.lead_settle_s,
            "began": session.began,
        }
    )
