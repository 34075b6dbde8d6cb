"""Erasing a person: everything that the mesh keeps of a telephone number.

| peer        | deadline | slow or down                                                               | it lies |
| ----------- | -------- | -------------------------------------------------------------------------- | ------- |
| logger      | 10 s     | the request fails, naming it; what is left is erased by asking once more:   | same    |
|             |          | leads and events, which say what belongs to the person, go last            |         |
| storage     | 5 s each | same                                                                       | same    |
| lead_sender | 10 s     | same                                                                       | same    |
"""

from extraction import phone as phones
from gateway.peers import Peers
from gateway.session import Sessions
from mesh import logs
from mesh.errors import BadInput
from mesh.wire import lead_sender, logger
from mesh.wire.gateway import Erased
from mesh.wire.storage import DELETE

log = logs.get("people")


async def erase(peers: Peers, sessions: Sessions, said: str, region: str) -> Erased:
    """Erase a person by phone number. Raises BadInput invalid_phone, PeerError."""
    number = phones.valid(phones.bare(said), region)
    if not number:
        raise BadInput("invalid_phone", f"{said!r} is no telephone number; give it as +14155550123.")
    leads = await peers.lead_sender.call(lead_sender.LEADS, params={"phone": number, "limit": 1000})
    theirs = [lead.session_id for lead in leads.leads if lead.session_id]
    wanted = logger.EraseRequest(phone=number, sessions=theirs)
    found = await peers.logger.call(logger.ERASE, wanted.model_copy(update={"look": True}))
    for stored in found.objects:
        await peers.storage.call(DELETE, path={"bucket": stored.bucket, "key": stored.key})
    for session_id in found.sessions:
        sessions.remove(session_id)
    gone = await peers.logger.call(logger.ERASE, wanted)
    erased = await peers.lead_sender.call(lead_sender.ERASE, path={"phone": number})
    log.info("a person is erased", phone=number, leads=erased.erased, sessions=len(gone.sessions))
    return Erased(
        phone=number,
        leads=erased.erased,
        sessions=len(gone.sessions),
        events=gone.events,
        objects=len(found.objects),
    )
