"""Leads as signed JSON to a URL. The signature is made as Stripe's: https://docs.stripe.com/webhooks#verify-manually.

`VoiceBlock-Signature: t=<Unix seconds>,v1=<hex>`, where v1 is HMAC-SHA256 of `<t>.<body>` under the shared secret;
while one secret replaces another there are two v1. `Idempotency-Key` is the delivery's id, the same
at every repetition.
"""

import hashlib
import hmac
import time

import httpx2

from lead_sender.config import Settings
from lead_sender.sinks import NotSent
from mesh.numbers import DAY_S, whole

SIGNATURE = "VoiceBlock-Signature"


async def send(http: httpx2.AsyncClient, settings: Settings, delivery_id: str, message: dict[str, str]) -> None:
    """Post a delivery. Raises NotSent for any answer but 2xx; 410 is final: the receiver is gone.

    302 and 303 say where the answer is (Google's Apps Script does so): it is fetched from there, without the lead.
    """
    body = message["body"].encode()
    headers = {"content-type": "application/json", "idempotency-key": delivery_id, "user-agent": "VoiceBlock"}
    secret = settings.lead_webhook_secret.get_secret_value()
    if secret:
        headers[SIGNATURE] = sign(body, secret, int(time.time()))
    try:
        reply = await http.post(message["url"], content=body, headers=headers)
        if reply.status_code in (302, 303) and "location" in reply.headers:
            reply = await http.get(reply.url.join(reply.headers["location"]), follow_redirects=True)
    except httpx2.HTTPError as error:
        raise NotSent(f"{type(error).__name__}: {error}") from error
    if not reply.is_success:
        raise NotSent(
            f"the webhook answered {reply.status_code}",
            final=reply.status_code == 410,
            wait_s=whole(reply.headers.get("retry-after", ""), DAY_S) or 0,
        )


def sign(body: bytes, secrets: str, at: int) -> str:
    """The signature of a body under each of the secrets, which have commas between them."""
    signed = b"%d." % at + body
    keys = [key.strip().encode() for key in secrets.split(",") if key.strip()]
    return ",".join([f"t={at}", *(f"v1={hmac.new(key, signed, hashlib.sha256).hexdigest()}" for key in keys)])
