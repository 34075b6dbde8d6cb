"""What a machine that answers a call of ours is told: its scenario says."""

from gateway.conversation.conversation import Conversation
from gateway.conversation.record import Recorder
from gateway.conversation.session import Session
from mesh.wire.events import Machine
from mesh.wire.gateway import MachineReply, MachineRequest


def answer(conversation: Conversation, recorder: Recorder, session_id: str, request: MachineRequest) -> MachineReply:
    """Raises BadInput unknown_scenario."""
    session = conversation.sessions.get(session_id)
    scenario = session.scenario if session else conversation.scenarios.choose(request.scenario, request.called)
    code = request.language if request.language in scenario.languages else scenario.default_language
    session = session or Session(session_id, scenario, str(code))
    told = scenario.machine
    recorder.later(session, Machine(answered_by=request.answered_by, then=told.then))
    text = told.message.get(session.language, "") if told.then == "message" else ""
    return MachineReply(then=told.then, text=text, language=session.language)
