"""What can go wrong, and what a caller is told.

ApiError                 status, code, message: becomes the envelope
├── BadInput      4xx    the request is at fault; the message says how to mend it
├── Busy          503    too much at once; Retry-After says when to come back
├── EngineError   502    an engine failed; the next in the chain is tried
│   └── NoEngine  422    no engine here can do this; the message names the remedy
└── PeerError            another service, named in `peer`
    ├── PeerDown    503  nobody listens, or it answered 5xx
    ├── PeerTimeout 504  no answer within the deadline
    ├── PeerInvalid 502  an answer that is not what its Route promises
    └── PeerRefused 4xx  it found our request at fault; its own code and status are kept
"""

from mesh.wire.common import ErrorBody, ErrorEnvelope


class ApiError(Exception):
    """An error with an honest HTTP status, a stable code and a sentence that may be shown to a person."""

    def __init__(self, status: int, code: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the status."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


class BadInput(ApiError):
    """The request is at fault; `param` names the field, where its API tells."""

    def __init__(self, code: str, message: str, status: int = 422, *, param: str | None = None) -> None:
        super().__init__(status, code, message)
        self.param = param


class Busy(ApiError):
    """All workers are taken and the queue is full."""

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        super().__init__(503, "busy", message, retry_after_s=retry_after_s)


class EngineError(ApiError):
    """An engine failed; the chain goes on to the next."""

    def __init__(self, message: str, *, status: int = 502, code: str = "engine_failed") -> None:
        super().__init__(status, code, message)


class NoEngine(EngineError):
    """No engine here can do what was asked."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, status=422, code=code)


class PeerError(ApiError):
    """A call to another service failed. `peer` is its name, `reason` one word for logs and `skipped`."""

    reason = "failed"

    def __init__(self, peer: str, status: int, code: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(status, code, message, retry_after_s=retry_after_s)
        self.peer = peer


class PeerDown(PeerError):
    """Nobody listens there, or it answered 5xx."""

    reason = "unavailable"

    def __init__(self, peer: str, detail: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(
            peer, 503, f"{peer}_unavailable", f"{peer} is unavailable: {detail}", retry_after_s=retry_after_s
        )


class PeerTimeout(PeerError):
    """No answer within the deadline."""

    reason = "timeout"

    def __init__(self, peer: str, deadline_s: float) -> None:
        super().__init__(peer, 504, f"{peer}_timeout", f"{peer} did not answer within {deadline_s:g} s")


class PeerInvalid(PeerError):
    """The answer is not what the Route promises."""

    reason = "bad_reply"

    def __init__(self, peer: str, detail: str) -> None:
        super().__init__(peer, 502, f"{peer}_bad_reply", f"{peer} gave an answer that makes no sense: {detail}")


class PeerRefused(PeerError):
    """The peer found the request at fault: its words are the answer."""

    reason = "refused"

    @property
    def for_good(self) -> bool:
        """Whether it is about what was sent: not when the peer is set up wrongly, or has too much to do."""
        return self.status not in (401, 403, 404, 408, 421, 425, 429)


def envelope_body(code: str, message: str, request_id: str) -> bytes:
    """The error envelope as it is sent; of a message that quotes half of a character, too."""
    message = message.encode(errors="replace").decode()
    return ErrorEnvelope(error=ErrorBody(code=code, message=message, request_id=request_id)).model_dump_json().encode()


def envelope(status: int, body: bytes, request_id: str) -> ErrorBody:
    """The error in a peer's reply, or one made from its status where the reply is no envelope."""
    try:
        return ErrorEnvelope.model_validate_json(body).error
    except ValueError:
        return ErrorBody(code="error", message=f"HTTP {status}", request_id=request_id)
