"""Prometheus metrics that every service has; names and labels are the same everywhere."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, Metric
from prometheus_client.registry import Collector

# Seconds. Fine below 100 ms, where a turn's budget lies; up to a long transcription.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUESTS = Counter("mesh_requests_total", "Requests served.", ["service", "method", "route", "status"])
LATENCY = Histogram("mesh_request_seconds", "Time to the last byte.", ["service", "route"], buckets=BUCKETS)
IN_FLIGHT = Gauge("mesh_requests_in_flight", "Requests being served now.", ["service"])
ERRORS = Counter("mesh_errors_total", "Error envelopes sent, by code.", ["service", "code"])
ENGINE_SECONDS = Histogram(
    "mesh_engine_seconds",
    "Time an engine took, to its first result.",
    ["service", "engine", "outcome"],
    buckets=BUCKETS,
)
PEER_SECONDS = Histogram(
    "mesh_peer_seconds", "Time a call to another service took.", ["service", "peer", "outcome"], buckets=BUCKETS
)
LOG_LINES_LOST = Counter("mesh_log_lines_lost_total", "Log lines that could not be written, as on a full disk.")
UP_SINCE = Gauge("mesh_start_time_seconds", "When this process began to serve, Unix time.", ["service", "version"])


class _AlsoKnownAs(Collector):
    """Other names of ours, for dashboards that know them: counted once, shown twice."""

    names: ClassVar = {"app_requests": REQUESTS, "app_request_latency_seconds": LATENCY, "app_errors": ERRORS}

    def collect(self) -> Iterable[Metric]:
        for name, metric in self.names.items():
            for family in metric.collect():
                shown = Metric(name, family.documentation, family.type)
                shown.samples = [s._replace(name=s.name.replace(family.name, name, 1)) for s in family.samples]
                yield shown


REGISTRY.register(_AlsoKnownAs())


@contextmanager
def engine_timer(service: str, engine: str) -> Iterator[None]:
    """Times one use of an engine; the outcome is `ok` or `failed`."""
    outcome, started = "failed", time.perf_counter()
    try:
        yield
        outcome = "ok"
    finally:
        ENGINE_SECONDS.labels(service, engine, outcome).observe(time.perf_counter() - started)
