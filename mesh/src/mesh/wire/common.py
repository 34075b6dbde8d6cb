"""Shapes that every service answers with: health and the error envelope."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from mesh.wire.model import Model
from mesh.wire.route import Route

SESSION_ID = "^[A-Za-z0-9_-]{1,64}$"
"""What a session's id looks like, wherever one is named."""

OWNER = "^(user|application|key):[A-Za-z0-9._-]{1,64}$"
"""Whose something is, as mesh.auth.Principal.owner has it."""

State = Literal["ok", "degraded"]
Count = Annotated[int, Field(ge=0, lt=2**31)]
"""How many; what a database's integer holds."""
Seconds = Annotated[float, Field(ge=0, le=10_000_000)]
MAX_DEPTH, MAX_BITS = 32, 63


def _portable(value: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        found = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        if any(isinstance(inner, int) and inner.bit_length() > MAX_BITS for inner in found):
            raise ValueError("holds a whole number of more than 64 bits")
        level = [inner for inner in found if isinstance(inner, dict | list)]
        if not level:
            return value
    raise ValueError(f"is nested deeper than {MAX_DEPTH} levels")


Json = Annotated[dict[str, Any], AfterValidator(_portable)]
"""Any JSON object, no deeper, and with no larger numbers, than every program can write it again."""


class Check(Model):
    """One thing a service depends on: whether it works, and why or which one serves."""

    ok: bool
    detail: str = ""


class Health(Model):
    """Reply of GET /health. `degraded` still serves, with something missing that `checks` names."""

    status: State
    service: str
    version: str
    checks: dict[str, Check] = Field(default_factory=dict)

    @property
    def engine(self) -> str:
        """The engine that serves: what stands first in the check of that name."""
        check = self.checks.get("engine")
        return check.detail.split(";")[0] if check else ""

    @property
    def trouble(self) -> str:
        """The checks that are not ok, in words."""
        return "; ".join(f"{name}: {check.detail}" for name, check in self.checks.items() if not check.ok)


class ErrorBody(Model):
    """What went wrong: a stable code for programs, a sentence for people, the id to find it in the logs."""

    code: str
    message: str
    request_id: str


class ErrorEnvelope(Model):
    """The one shape of every error of every service."""

    error: ErrorBody


class Swept(Model):
    """Reply of POST /sweep: how much too old was deleted."""

    deleted: int


HEALTH = Route("GET", "/health", type(None), Health, deadline_s=2.0, idempotent=True)
SWEEP = Route("POST", "/sweep", type(None), Swept, deadline_s=60.0)
"""The operator's word that the clock is right, where a sweep was refused; served by those that keep things."""


def shortened(text: str, limit: int) -> str:
    """A text within a limit: what is too much goes from its middle, as people say what they want first or last."""
    if len(text) <= limit:
        return text
    head = limit // 2
    return f"{text[:head]} … {text[len(text) - (limit - head - 3) :]}"
