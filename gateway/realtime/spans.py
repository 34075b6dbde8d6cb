"""A turn's waterfall as spans, sent to an OpenTelemetry collector by OTLP over HTTP when one is named.

The library's own batches go out on its own thread; a collector that is slow or down costs spans, never a call.
Settings: OTEL_EXPORTER_OTLP_ENDPOINT and its kin
(https://opentelemetry.io/docs/languages/sdk-configuration/otlp-exporter/).
"""

import os
import time
from typing import Any

from mesh import tracing

LEGS = {
    "endpoint decision": ("speech_end", "endpoint"),
    "stt": ("asked_stt", "stt"),
    "lang": ("stt", "lang"),
    "values": ("lang", "values"),
    "gpt": ("lang", "first_token"),
    "first clause": ("first_token", "first_clause"),
    "tts": ("first_clause", "first_audio"),
    "playout": ("first_sent", "first_frame"),
    "heard": ("first_frame", "mark_heard"),
}
"""Each leg of a turn: from which mark to which."""


class Spans:
    """The tracer, if there is where to send spans."""

    def __init__(self) -> None:
        self._provider: Any = None
        if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
            self._provider = _provider()

    def turn(self, marks: dict[str, float], session_id: str, now: float) -> None:
        """One turn; `marks` and `now` are seconds of the loop's clock."""
        if self._provider is None:
            return
        from opentelemetry import trace

        zero = time.time() - now

        def ns(mark: str) -> int:
            return int((zero + marks[mark]) * 1e9)

        current = tracing.current()
        parent = trace.SpanContext(
            int(current.trace_id, 16), int(current.span_id, 16), is_remote=True, trace_flags=trace.TraceFlags(1)
        )
        tracer = self._provider.get_tracer("voiceblock.gateway")
        context = trace.set_span_in_context(trace.NonRecordingSpan(parent))
        first, last = min(marks, key=marks.__getitem__), max(marks, key=marks.__getitem__)
        turn = tracer.start_span("turn", context, attributes={"session.id": session_id}, start_time=ns(first))
        within = trace.set_span_in_context(turn)
        for name, (begin, end) in LEGS.items():
            if begin in marks and end in marks:
                tracer.start_span(name, within, start_time=ns(begin)).end(ns(end))
        turn.end(ns(last))

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()


def _provider() -> Any:  # noqa: ANN401 (the library's own)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "gateway"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=3), schedule_delay_millis=1_000))
    return provider
