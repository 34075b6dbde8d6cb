"""What has been used: by whom, of which model, on which day (UTC)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from prometheus_client import Counter
from starlette.types import Scope

UNITS = Counter("gateway_used_total", "What models have done, by unit.", ["model", "unit"])
MAX_KEPT, MAX_SHOWN = 100_000, 200
"""Sums in memory, of which the oldest go; models in the metrics."""


class Asker(Protocol):
    """Who is asking (mesh.auth.Principal)."""

    @property
    def id(self) -> str: ...


def asker(scope: Scope) -> Asker | None:
    """Who makes this request; None where nobody is asked who they are."""
    found: Asker | None = scope.get("state", {}).get("principal")
    return found


def owner_of(principal: Asker | None) -> str:
    """The name under which things are kept for who is asking."""
    return principal.id if principal else "local"


@dataclass(slots=True)
class Usage:
    """Of one request, or of many. `estimated`: counted here, for the model server did not say (a client left)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    audio_s: float = 0.0
    characters: int = 0
    requests: int = 0
    estimated: bool = False


class Ledger:
    """Sums of this process."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, str, str], Usage] = {}
        self._shown: set[str] = set()

    def used(self, principal: Asker | None, model: str, usage: Usage) -> None:
        """Add what one request has used."""
        key = (owner_of(principal), model, datetime.now(UTC).date().isoformat())
        total = self.sums.setdefault(key, Usage())
        total.requests += 1
        total.estimated = total.estimated or usage.estimated
        for unit in ("prompt_tokens", "completion_tokens", "audio_s", "characters"):
            if amount := getattr(usage, unit):
                setattr(total, unit, getattr(total, unit) + amount)
                UNITS.labels(self._label(model), unit).inc(amount)
        if len(self.sums) > MAX_KEPT:
            del self.sums[next(iter(self.sums))]

    def _label(self, model: str) -> str:
        """Its name; a server that takes any name must not make as many time series."""
        if len(self._shown) < MAX_SHOWN:
            self._shown.add(model)
        return model if model in self._shown else "other"
