"""Structured logs: JSON lines (or coloured text on a terminal), with ids, phones and keys masked."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog

from mesh import metrics, tracing

_PHONE = re.compile(r"(?<![\w-])(\+?\d[\d\s().-]{5,}\d)(?![\w-])")
_KEY = re.compile(r"\b(sk|AC|SK|xi|vb|ek|Bearer|Basic)[-_ ][A-Za-z0-9._~+/=-]{6,}")
_SECRET_NAME = re.compile(r"(api_?key|token|secret|password|authorization)$", re.IGNORECASE)
SHORTEST = 7
"""A shorter text holds neither."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d\b")


def mask(text: str) -> str:
    """The text with phone numbers cut to their last two digits and keys to their prefix. Dates stay."""
    if len(text) < SHORTEST:
        return text
    return _KEY.sub(r"\1-***", _PHONE.sub(_mask_phone, text))


def _mask_phone(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[1])
    if len(digits) < 7 or _DATE.match(match[1]):
        return match[0]
    return "***" + digits[-2:]


def masked(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """The same data with every string masked, and everything under a secret's name hidden."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: "***" if _SECRET_NAME.search(str(key)) else masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


# Ids are hex and may hold long runs of digits; they are ours and no secret.
_PLAIN = {"timestamp", "request_id", "trace_id", "span_id", "session_id", "level", "service", "key"}


def _mask_event(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    for name, value in event.items():
        if name not in _PLAIN:
            event[name] = "***" if _SECRET_NAME.search(name) else masked(value)
    return event


def _add_ids(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    trace = tracing.get()
    if trace is not None:
        event.setdefault("request_id", trace.request_id)
        event.setdefault("trace_id", trace.trace_id)
        event.setdefault("span_id", trace.span_id)
    return event


def configure(service: str, level: str, *, json: bool, chosen: bool = True) -> None:
    """Set up structlog and the standard library's logging for this process; lines go to stderr.

    Unless `json` was chosen by somebody, a terminal gets text: a person reads there.
    """
    json = json and (chosen or not sys.stderr.isatty())
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str).decode())
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_ids,
            structlog.processors.format_exc_info,
            _mask_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: _Lines(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s", force=True
    )


class _Lines(structlog.PrintLogger):
    """Lines to a stream; one that cannot be written, as on a full disk, is counted, and the work goes on."""

    def msg(self, message: str) -> None:
        try:
            super().msg(message)
        except OSError:
            metrics.LOG_LINES_LOST.inc()

    log = debug = info = warn = warning = msg
    error = err = critical = exception = fatal = failure = msg


def get(name: str) -> Any:  # noqa: ANN401 (structlog's bound loggers have no useful static type)
    """A logger; `name` says which part of the service speaks."""
    return structlog.get_logger(part=name)
