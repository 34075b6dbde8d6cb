"""What has been used: by whom, of which model, on which day (UTC)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from prometheus_client import Counter

UNITS = Counter("gateway_used_total", "What models have done, by unit.", ["model", "unit"])
MAX_KEPT = 100_000
"""Sums in memory; the oldest go."""


class Asker(Protocol):
    """Who is asking (mesh.auth.Principal)."""

    @property
    def id(self) -> str: ...


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

    def used(self, principal: Asker | None, model: str, usage: Usage) -> None:
        """Add what one request has used."""
        key = (principal.id if principal else "local", model, datetime.now(UTC).date().isoformat())
        total = self.sums.setdefault(key, Usage())
        total.requests += 1
        total.estimated = total.estimated or usage.estimated
        for unit in ("prompt_tokens", "completion_tokens", "audio_s", "characters"):
            if amount := getattr(usage, unit):
                setattr(total, unit, getattr(total, unit) + amount)
                UNITS.labels(model, unit).inc(amount)
        if len(self.sums) > MAX_KEPT:
            del self.sums[next(iter(self.sums))]
