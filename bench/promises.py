"""Callers for bench.kills: they hold conversations, remember what was promised to them, and look for it at the end.

A text session posts each turn until it is answered 200; a call by webhook posts as Twilio does, to a fallback address
that is the same, until it gets TwiML. What counts as promised is what an answer said: a turn that was answered, a value
in its `lead`, an end that was taken, a call back.
"""

import asyncio
import random
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx2

APOLOGY, CALL_BACK = "something is not working on our side", "call you back"
PAUSE_S = 0.15


@dataclass
class Story:
    """One conversation: what was promised in it."""

    session: str
    caller: str
    answered: list[str] = field(default_factory=list)
    """Turns that were answered, in order."""
    tries: Counter[str] = field(default_factory=Counter)
    lead: dict[str, str] = field(default_factory=dict)
    ended: bool = False


class Callers:
    """So many at once, until `enough` is set."""

    def __init__(self, gateway: str, call_handler: str, seed: int) -> None:
        self._gateway, self._call_handler, self._random = gateway, call_handler, random.Random(seed)  # noqa: S311
        self.stories: list[Story] = []
        self.retries: Counter[str] = Counter()
        self.enough = asyncio.Event()

    async def talk(self, kind: str) -> None:
        """Conversation after conversation."""
        async with httpx2.AsyncClient(timeout=20, trust_env=False) as http:
            while not self.enough.is_set():
                number = len(self.stories) + 1
                story = Story(f"{kind}-{self._random.getrandbits(64):016x}", f"+1415555{1000 + number % 9000}")
                self.stories.append(story)
                lines = [
                    "My name is Anna",
                    f"415 555 {1000 + number % 9000}",
                    "to Yalta",
                    "from July 1 to July 10",
                    "yes",
                ]
                await (self._session if kind == "text" else self._call)(http, story, lines)

    async def _session(self, http: httpx2.AsyncClient, story: Story, lines: list[str]) -> None:
        for line in lines:
            story.tries[line] = 0
            body = {"session_id": story.session, "text": line, "language": "en", "caller": story.caller}
            reply = await self._post(http, f"{self._gateway}/process", story, line, json=body)
            story.answered.append(line)
            story.lead |= reply.json()["lead"]["fields"]
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * PAUSE_S)
        url = f"{self._gateway}/v1/sessions/{story.session}/close"
        await self._post(http, url, story, "", json={"reason": "completed", "duration_s": 9.0})
        story.ended = True

    async def _call(self, http: httpx2.AsyncClient, story: Story, lines: list[str]) -> None:
        about = {"CallSid": story.session, "From": story.caller, "To": "+18005550199"}
        url, said = f"{self._call_handler}/twilio/voice?mode=gather", ""
        waiting = list(lines)
        while True:
            form = {**about, **({"SpeechResult": said, "Confidence": "0.9"} if said else {})}
            document = ET.fromstring((await self._post(http, url, story, said, data=form)).text)  # noqa: S314 (our own)
            text = "".join(document.itertext())
            if said and APOLOGY not in text:
                story.answered.append(said)
                waiting = waiting[1:]
            if CALL_BACK in text:
                story.lead.setdefault("phone", story.caller)
                await asyncio.sleep(1)  # who was sent away does not call again at once
            gather, redirect = document.find("Gather"), document.find("Redirect")
            if redirect is not None and gather is None:
                url = urljoin(url, redirect.text or "")
                continue  # tried again without a word of the caller: `said` is in what they keep
            if gather is None or not waiting:
                break
            url, said = urljoin(url, gather.attrib["action"]), waiting[0]
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * PAUSE_S)
        form = {**about, "CallStatus": "completed", "CallDuration": "9"}
        await self._post(http, f"{self._call_handler}/twilio/status", story, "", data=form)
        story.ended = True

    async def _post(self, http: httpx2.AsyncClient, url: str, story: Story, line: str, **body: Any) -> httpx2.Response:  # noqa: ANN401
        while True:
            if line:
                story.tries[line] += 1
            try:
                reply = await http.post(url, **body)
            except httpx2.HTTPError as error:
                self.retries[type(error).__name__] += 1
            else:
                if reply.is_success:
                    return reply
                self.retries[str(reply.status_code)] += 1
                if reply.status_code < 500:
                    raise AssertionError(f"{url}: {reply.status_code}: {reply.text}")
            await asyncio.sleep(self._random.uniform(0.1, 0.4))


async def losses(
    http: httpx2.AsyncClient, stories: list[Story], lead_sender: str, logger: str, delivered: set[tuple[str, int]]
) -> dict[str, int]:
    """What was promised and is not there. All of it should be nothing."""
    found: Counter[str] = Counter()
    for story in stories:
        events = (await http.get(f"{logger}/sessions/{story.session}/events")).json()["events"]
        turns = [event["data"]["text"] for event in events if event["type"] == "turn"]
        first = [text for place, text in enumerate(turns) if text not in turns[:place]]
        missing = [text for text in story.answered if text not in turns]
        found["turns lost"] += len(missing)
        found["turns twice"] += sum(turns.count(text) > story.tries[text] for text in set(turns))
        found["out of order"] += [text for text in first if text in story.answered] != [
            text for text in story.answered if text not in missing
        ]
        kinds = Counter(event["type"] for event in events)
        found["ends lost"] += story.ended and bool(events) and not kinds["closed"]
        found["summaries lost"] += story.ended and bool(events) and not kinds["summary"]
        leads = (await http.get(f"{lead_sender}/leads", params={"session_id": story.session})).json()["leads"]
        saved = leads[0]["fields"] if leads else {}
        found["leads lost"] += bool(story.lead) and not leads
        found["values lost"] += sum(saved.get(name) != value for name, value in story.lead.items()) if leads else 0
        found["deliveries lost"] += bool(leads) and (leads[0]["id"], leads[0]["revision"]) not in delivered
    return dict(found)
