"""A simulated Twilio that places calls through the real webhooks: it does with TwiML what Twilio documents.

Verbs: Say, Play, Gather (speech and keys), Redirect, Pause, Hangup; Record records silence. Sources:
https://www.twilio.com/docs/voice/twiml and https://www.twilio.com/docs/usage/security (signatures).
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx2

from mesh.addresses import setting

MAX_STEPS = 60
Answer = Callable[[], str | None]


@dataclass(slots=True)
class Said:
    """Something heard on the line. `ms` is how long the webhook took that led to it."""

    who: str
    text: str
    audio: bytes = b""
    ms: float = 0.0


@dataclass(slots=True)
class Call:
    """A finished call."""

    sid: str
    said: list[Said] = field(default_factory=list)
    hung_up_by: str = ""


@dataclass(slots=True)
class _Line:
    """Where a call stands: the next webhook and its form, whether anything follows, and who hung up."""

    url: str
    form: dict[str, str]
    open: bool = True
    left_by: str = "us"

    def go(self, address: str, form: dict[str, str]) -> None:
        self.url, self.form, self.open = urljoin(self.url, address), form, True


class Twilio:
    """Calls one number of ours. With `token` every webhook is signed as Twilio signs it."""

    def __init__(
        self,
        base_url: str,
        *,
        token: str = "",
        public_url: str = "",
        caller: str = "+14155550123",
        called: str = "+18005550199",
    ) -> None:
        self._base_url, self._token = base_url.rstrip("/"), token
        self._public_url = public_url.rstrip("/") or self._base_url
        self._numbers = {"From": caller, "To": called}
        self._http = httpx2.AsyncClient(timeout=15, trust_env=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def call(self, answer: Answer, *, query: str = "") -> Call:
        """Place a call and see it through. `answer` gives the caller's next words, None for a hang-up, "" for silence.

        Raises httpx2.HTTPStatusError where a webhook answers an error: Twilio would end the call.
        """
        call = Call("CA" + secrets.token_hex(16))
        async for said in self.steps(call, answer, query=query):
            call.said.append(said)
        return call

    async def steps(
        self, call: Call, answer: Answer, *, query: str = "", over: Callable[[], Awaitable[object]] | None = None
    ) -> AsyncIterator[Said]:
        """The same, step by step, for those who want to print it while it goes on.

        `over` is awaited when all is said, before the status callback tells that the call is over.
        """
        started = time.monotonic()
        line = _Line(f"{self._base_url}/twilio/voice{query}", {"CallStatus": "ringing"})
        for _ in range(MAX_STEPS):
            document, ms = await self._webhook(call, line.url, line.form)
            line.open = False
            async for said in self._follow(document, ms, answer, line):
                yield said
            if not line.open:
                break
        call.hung_up_by = line.left_by
        if over is not None:
            await over()
        await self._webhook_only(call, int(time.monotonic() - started))

    async def _follow(self, document: ET.Element, ms: float, answer: Answer, line: "_Line") -> AsyncIterator[Said]:
        """Do what a document says, verb after verb; where it leads to is left in `line`."""
        for verb in document:
            if verb.tag == "Hangup":
                return
            if verb.tag == "Pause":
                await asyncio.sleep(float(verb.attrib.get("length", 1)))
            elif verb.tag == "Redirect":
                line.go((verb.text or "").strip(), {})
                return
            elif verb.tag == "Gather":
                async for said in self._hear(verb, line.url, ms):
                    yield said
                words = answer()
                if words is None:
                    line.left_by = "caller"
                    return
                if words:
                    yield Said("caller", words)
                line.go(verb.attrib["action"], _result(words))
                return
            else:
                async for said in self._hear([verb], line.url, ms):
                    yield said

    async def _hear(self, verbs: Iterable[ET.Element], url: str, ms: float) -> AsyncIterator[Said]:
        for verb in verbs:
            if verb.tag == "Say":
                yield Said("assistant", (verb.text or "").strip(), ms=ms)
            elif verb.tag == "Play":
                response = await self._http.get(urljoin(url, (verb.text or "").strip()))
                # Twilio goes on with the next verb where the file cannot be had (warning 11200); nothing is heard.
                yield Said("assistant", "", audio=response.content if response.is_success else b"", ms=ms)

    async def _webhook(self, call: Call, url: str, form: dict[str, str]) -> tuple[ET.Element, float]:
        data = {"CallSid": call.sid, "AccountSid": "AC" + "0" * 32, "Direction": "inbound", **self._numbers, **form}
        started = time.perf_counter()
        response = await self._http.post(url, data=data, headers=self._signed(url, data))
        ms = (time.perf_counter() - started) * 1000
        response.raise_for_status()
        return ET.fromstring(response.text), ms  # noqa: S314 (our own service's answer)

    async def _webhook_only(self, call: Call, seconds: int) -> None:
        url = f"{self._base_url}/twilio/status"
        data = {"CallSid": call.sid, "CallStatus": "completed", "CallDuration": str(seconds), **self._numbers}
        (await self._http.post(url, data=data, headers=self._signed(url, data))).raise_for_status()

    def _signed(self, url: str, data: dict[str, str]) -> dict[str, str]:
        """Signed for the address that Twilio knows."""
        return sign(self._token, self._public_url + url.removeprefix(self._base_url), data)


def _result(words: str) -> dict[str, str]:
    """What Gather posts: digits for keys, else the speech with a confidence; neither for silence."""
    if not words:
        return {}
    if set(words) <= set("0123456789*#"):
        return {"Digits": words}
    return {"SpeechResult": words, "Confidence": "0.93"}


def marked_sid() -> str:
    """The id of a call that a bench places on the mesh that runs: it can be told from those of people."""
    return f"CAbe7c4{secrets.token_hex(14)[:27]}"


def own_token() -> str:
    """The token that this checkout's mesh checks signatures with; empty when it has none."""
    return setting("call_handler", "TWILIO_AUTH_TOKEN")


def sign(token: str, url: str, form: dict[str, str]) -> dict[str, str]:
    """The header with which Twilio signs a request; none without a token."""
    if not token:
        return {}
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}
