"""What has effects is done once a session for one purpose: thirty times "text me" are one text.

Texts go to the caller's own number: the one that the network gave; or, where it gave none, the one in the form, for a
tool that waits until the caller has confirmed it. call_handler counts texts a day.
"""

import hashlib
import re
from typing import Any

import orjson

from extraction.kinds.registry import part
from gateway.conversation.session import Session
from gateway.scenario.actions import Tool
from mesh.wire.call_handler import E164

MAX_TRIES = 3
"""Times that one tool is done, or fails, in a session: for other purposes each time."""


def purpose(tool: Tool, content: dict[str, Any]) -> str:
    """What a tool is done for. A text that was asked for is the same text, whatever the form holds by now."""
    if tool.kind == "sms" and tool.when == "asked":
        return f"{tool.name}:"
    told = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return f"{tool.name}:{hashlib.sha256(told).hexdigest()[:16]}"


def refusal(session: Session, tool: Tool, wanted: str) -> str | None:
    """The name of what is said instead of doing it; None when it may be done."""
    tries = [done for done in session.effects if done.partition(":")[0] == tool.name]
    if wanted in tries:
        return "sent_already" if tool.kind == "sms" else "done_already"
    return "no_more" if len(tries) >= MAX_TRIES else None


def own_number(session: Session, tool: Tool) -> str:
    """The caller's number, E.164; "" where nobody knows it."""
    if re.fullmatch(E164, session.caller or ""):
        return session.caller or ""
    field = next((field.name for field in session.scenario.fields if part(field.type).reaches == "phone"), "")
    said = session.fields.get(field, "") if tool.when == "confirmed" and session.confirmed else ""
    return said if re.fullmatch(E164, said) else ""
