"""One honest waterfall a turn: when each leg was done, counted from the end of the caller's speech.

The same figures go to logger (an event `waterfall`), to Prometheus, into the log, and as spans to a collector.
"""

import asyncio

from prometheus_client import Counter, Histogram

from gateway.realtime.pending_reply import PendingReply
from gateway.realtime.spans import Spans
from mesh import logs, tracing

STEPS = (
    "endpoint",
    "stt",
    "lang",
    "values",
    "first_token",
    "first_clause",
    "first_audio",
    "first_sent",
    "first_frame",
    "mark_heard",
)
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
SECONDS = Histogram(
    "gateway_turn_step_seconds", "From the end of the caller's speech until a leg was done.", ["step"], buckets=BUCKETS
)
LATE = Counter(
    "gateway_late_total", "Budgets that were exceeded: what was done, and the leg that was waited for.", ["act", "leg"]
)
INTERRUPTIONS = Counter(
    "gateway_interruptions_total", "Sounds of the caller while we spoke, by what became of them.", ["verdict"]
)
log = logs.get("waterfall")


def report(spans: Spans, reply: PendingReply, spoke_until: float, session_id: str) -> dict[str, float]:
    """Milliseconds of each leg; negative where it was done while the caller still spoke."""
    found = {step: reply.answer.marks[step] - spoke_until for step in STEPS if step in reply.answer.marks}
    for step, seconds in found.items():
        SECONDS.labels(step).observe(max(0.0, seconds))
    spans.turn(reply.answer.marks | {"speech_end": spoke_until}, session_id, asyncio.get_running_loop().time())
    rounded = {step: round(seconds * 1000, 1) for step, seconds in found.items()}
    legs = " ".join(f"{step}={ms:g}" for step, ms in rounded.items())
    log.info("turn", session_id=session_id, span="turn", trace=tracing.current().trace_id, legs_ms=legs)
    return rounded


def leg(reply: PendingReply | None) -> str:
    """What is being waited for."""
    if reply is None:
        return "stt"
    for name, mark in (("lang", "lang"), ("gpt", "first_token"), ("tts", "first_audio")):
        if mark not in reply.answer.marks:
            return name
    return "gateway"
