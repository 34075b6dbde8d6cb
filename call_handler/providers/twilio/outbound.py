"""Calls that we place, and what is done when a machine answers them.

| peer    | deadline | slow or down                                                 | it lies |
| ------- | -------- | ------------------------------------------------------------ | ------- |
| Twilio  | 10 s     | 502 `carrier_failed`: whether it rings is not known; nothing | same    |
|         |          | is tried again, since nobody wants to be called twice        |         |
| gateway | 3 s      | a machine is hung up on                                      | same    |

Source: https://www.twilio.com/docs/voice/api/call-resource#create-a-call and
https://www.twilio.com/docs/voice/answering-machine-detection
"""

from typing import Any
from urllib.parse import urlencode

import httpx2
from pydantic import ValidationError

from call_handler.config import Settings
from call_handler.providers.twilio.twiml import AMD
from call_handler.texts import Texts
from mesh import logs
from mesh.client import Client
from mesh.errors import ApiError, PeerError
from mesh.wire.call_handler import PlaceReply, PlaceRequest, SmsReply, SmsRequest
from mesh.wire.gateway import MACHINE, MachineReply, MachineRequest

DEADLINE_S = 10.0
RING_S = 45
log = logs.get("outbound")


class Outbound:
    """Places calls through Twilio's REST API, and sends texts."""

    def __init__(self, settings: Settings, gateway: Client) -> None:
        self._settings, self._gateway = settings, gateway
        sid, token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
        self._ready = bool(sid and token and settings.twilio_phone_number and settings.public_url)
        self._texts = Texts(settings)
        self._root = f"{settings.twilio_api_url.rstrip('/')}/2010-04-01/Accounts/{sid}"
        self._http = httpx2.AsyncClient(auth=(sid, token), timeout=DEADLINE_S)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def place(self, request: PlaceRequest) -> PlaceReply:
        """Place a call. Raises ApiError not_set_up, carrier_refused, carrier_failed."""
        self._check()
        base = self._settings.public_url.rstrip("/")
        chosen = {"scenario": request.scenario, "language": request.language}
        query = urlencode({"mode": "stream", **{name: value for name, value in chosen.items() if value}})
        form = {
            "To": request.to,
            "From": request.caller_id or self._settings.twilio_phone_number,
            "Url": f"{base}/twilio/voice?{query}",
            "StatusCallback": f"{base}/twilio/status",
            "Timeout": str(RING_S),
        }
        if request.detect_machine:
            # Asynchronous: a human is spoken to at once, not after the seconds that the detection takes.
            form |= {
                "MachineDetection": "DetectMessageEnd",
                "AsyncAmd": "true",
                "AsyncAmdStatusCallback": f"{base}{AMD}?{query}",
            }
        created = await self._post("Calls", form)
        log.info("call placed", session_id=str(created.get("sid")), scenario=request.scenario)
        return PlaceReply(session_id=str(created["sid"]), status=str(created.get("status", "queued")))

    async def machine(self, sid: str, answered_by: str, query: dict[str, str]) -> MachineReply | None:
        """What a call does now that `answered_by` is known; None: go on talking."""
        if not answered_by.startswith(("machine", "fax")):
            return None
        request = MachineRequest(answered_by=answered_by, **query)
        try:
            reply = await self._gateway.call(MACHINE, request, path={"session_id": sid})
        except PeerError as error:
            log.error("nobody knows what to tell a machine", session_id=sid, reason=error.reason)
            reply = MachineReply(then="hangup")
        return None if reply.then == "talk" else reply

    async def redirect(self, sid: str, document: str) -> None:
        """Give a call that is in progress other TwiML. One that fails is logged: the call ends by itself."""
        try:
            await self._post(f"Calls/{sid}", {"Twiml": document})
        except ApiError as error:
            log.error("call not redirected", session_id=sid, code=error.code)

    async def text(self, to: str, text: str) -> None:
        """Send a colleague an SMS; one that fails is logged: a call does not wait for it."""
        try:
            await self.send(SmsRequest(to=to, text=text[:1600]), colleague=True)
        except (ApiError, ValidationError) as error:
            log.error("text not sent", to=to, reason=getattr(error, "code", "it is no telephone number"))

    async def send(self, request: SmsRequest, *, colleague: bool = False) -> SmsReply:
        """Send an SMS. Raises ApiError not_set_up, too_many_texts, not_counted, carrier_refused, carrier_failed."""
        self._check()
        await self._texts.count(request.to, colleague=colleague)
        form = {"To": request.to, "From": self._settings.twilio_phone_number, "Body": request.text}
        return SmsReply(status=str((await self._post("Messages", form)).get("status", "queued")))

    def _check(self) -> None:
        if not self._ready:
            wanted = "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER and PUBLIC_URL"
            raise ApiError(409, "not_set_up", f"Outbound calls and texts need {wanted}.")

    async def _post(self, resource: str, form: dict[str, str]) -> dict[str, Any]:
        try:
            response = await self._http.post(f"{self._root}/{resource}.json", data=form)
            body = response.json()
            if response.is_success and isinstance(body, dict) and "sid" in body:
                return body
        except (httpx2.HTTPError, ValueError) as error:
            raise ApiError(502, "carrier_failed", "Twilio did not answer; whether it rings is not known.") from error
        reason = body.get("message") if isinstance(body, dict) and 400 <= response.status_code < 500 else None
        if reason is None:
            raise ApiError(502, "carrier_failed", f"Twilio failed ({response.status_code}).")
        log.warning("carrier refuses", status=response.status_code, code=body.get("code"))
        raise ApiError(422, "carrier_refused", f"Twilio refuses: {str(reason)[:300]}")
