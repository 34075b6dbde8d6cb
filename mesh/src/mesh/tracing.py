"""Request ids and W3C trace context (https://www.w3.org/TR/trace-context/), carried on every hop."""

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Trace:
    """Where we are: the request's id (for people), the trace's and our own span's (for tracers)."""

    request_id: str
    trace_id: str
    span_id: str
    flags: str = "01"

    def headers(self) -> dict[str, str]:
        """What the next hop is sent, so that its span is a child of ours."""
        return {
            "x-request-id": self.request_id,
            "traceparent": f"00-{self.trace_id}-{self.span_id}-{self.flags}",
        }


_current: ContextVar[Trace | None] = ContextVar("mesh_trace", default=None)


def get() -> Trace | None:
    """The trace of the request being served; None outside of one."""
    return _current.get()


def current() -> Trace:
    """The trace of the request being served; outside of one, a new trace that stays for this context."""
    return get() or begin(None, None)


def begin(request_id: str | None, traceparent: str | None) -> Trace:
    """Start our span: continue the caller's trace where its headers are well formed, else begin a new one."""
    parent = _TRACEPARENT.fullmatch(traceparent or "")
    usable = parent is not None and parent[1] != "0" * 32 and parent[2] != "0" * 16
    random = secrets.token_hex(32)  # once: each asks the system
    trace = Trace(
        request_id=request_id if request_id and _REQUEST_ID.fullmatch(request_id) else random[:16],
        trace_id=parent[1] if parent and usable else random[16:48],
        span_id=random[48:],
        flags=parent[3] if parent and usable else "01",
    )
    _current.set(trace)
    return trace
