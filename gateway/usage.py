"""What has been used: by whom, of which model, on which day (UTC); kept by accounts, and held against quotas.

| accounts                 | then                                                                                    |
| ------------------------ | --------------------------------------------------------------------------------------- |
| slow, or down            | what was used waits here; a batch that is sent again has its id: it counts once         |
| down when a key is new   | the key is served: its quota counts from what was used here                             |
| we are killed            | what was used in the last FLUSH_S is not counted                                         |

A quota is looked at before a request: requests in progress at once may pass it together, and other replicas' use is
known FLUSH_S later.
"""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prometheus_client import Counter

from mesh import logs
from mesh.auth import LOCAL, Budget, Principal
from mesh.client import Client
from mesh.errors import ApiError, PeerError
from mesh.repeat import repeat
from mesh.wire.accounts import ADD_USAGE, SPENT, Spent, UsageBatch, UsageRow

FLUSH_S = 1.0
MAX_KEPT, MAX_BATCH = 100_000, 2_000
"""Rows that wait for accounts; in one batch."""
HOUSE = "house"
UNITS = Counter("gateway_used_total", "What models have done, by unit.", ["model", "unit"])
LOST = Counter("gateway_usage_lost_total", "Rows of usage that were dropped, for accounts did not take them.")
log = logs.get("usage")
Key = tuple[str, str, str, str]


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
    """Of one process."""

    def __init__(self, accounts: Client, quota: Budget) -> None:
        """`quota`: what one user, or one application, may use in a day, besides the budgets of their keys."""
        self._accounts, self._quota = accounts, quota
        self._pending: dict[Key, Usage] = {}
        self._batch: tuple[UsageBatch, dict[Key, Usage]] | None = None
        self._known: dict[tuple[str, str], Spent] = {}
        self._unsaid: dict[tuple[str, str], Usage] = {}
        """By subject and day, what accounts does not know yet."""
        self._flushing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def used(self, principal: Principal | None, model: str, usage: Usage) -> None:
        """Add what one request has used."""
        who = principal or LOCAL
        key = (who.owner or HOUSE, who.key_id or "", model, _today())
        usage.requests = usage.requests or 1
        _add(self._pending.setdefault(key, Usage()), usage)
        for subject in _subjects(key):
            _add(self._unsaid.setdefault((subject, key[3]), Usage()), usage)
        for unit in ("prompt_tokens", "completion_tokens", "audio_s", "characters"):
            if amount := getattr(usage, unit):
                UNITS.labels(model, unit).inc(amount)
        if len(self._pending) > MAX_KEPT:
            LOST.inc()
            oldest = next(iter(self._pending))
            self._said(oldest, self._pending.pop(oldest))

    @property
    def waiting(self) -> list[UsageRow]:
        """What accounts was not told yet."""
        sent = self._batch[0].rows if self._batch else []
        return [*sent, *(_row(*one) for one in self._pending.items())]

    async def check(self, principal: Principal) -> None:
        """Raises ApiError 429 `insufficient_quota` for who has used up what a day has."""
        if principal.role != "user":
            return
        limits = [(f"key:{principal.key_id}", principal.budget)] if principal.key_id and principal.budget else []
        limits += [(principal.owner or HOUSE, self._quota)] if self._quota.model_fields_set else []
        for subject, budget in limits:
            spent = await self._spent(subject)
            for unit in ("tokens", "audio_s", "characters"):
                most = getattr(budget, unit)
                if most is not None and getattr(spent, unit) >= most:
                    raise ApiError(
                        429,
                        "insufficient_quota",
                        f"The day's {most:g} {_WORDS[unit]} are used up; there are new ones at 00:00 UTC.",
                        retry_after_s=_until_midnight(),
                    )

    def start(self) -> None:
        """Begin to tell accounts."""
        self._task = asyncio.create_task(repeat(self.flush, FLUSH_S, "usage waits"))

    async def aclose(self) -> None:
        """Tell accounts the rest, if it listens."""
        if self._task:
            self._task.cancel()
        if self._pending or self._batch:
            await self.flush()

    async def flush(self) -> bool:
        """Tell accounts all there is; false where it did not listen."""
        async with self._flushing:
            while self._batch or self._pending:
                if self._batch is None:
                    taken = dict(list(self._pending.items())[:MAX_BATCH])
                    for key in taken:
                        del self._pending[key]
                    self._batch = (
                        UsageBatch(id=secrets.token_hex(16), rows=[_row(*one) for one in taken.items()]),
                        taken,
                    )
                try:
                    added = await self._accounts.call(ADD_USAGE, self._batch[0], retries=0)
                except PeerError as error:
                    log.warning("usage waits", error=error.message, rows=len(self._batch[0].rows))
                    return False
                today = _today()
                self._known = {key: spent for key, spent in self._known.items() if key[1] == today}
                self._known |= {(subject, today): spent for subject, spent in added.spent.items()}
                for key, usage in self._batch[1].items():
                    self._said(key, usage)
                self._batch = None
        return True

    async def _spent(self, subject: str) -> Spent:
        """What accounts knows, and what it does not know yet."""
        today = _today()
        known = self._known.get((subject, today))
        if known is None:
            try:
                known = await self._accounts.call(SPENT, params={"subject": subject}, deadline_s=1.0, retries=0)
            except PeerError as error:
                log.warning("a quota counts from here on", subject=subject, error=error.message)
                known = Spent()
            known = self._known.setdefault((subject, today), known)
        unsaid = self._unsaid.get((subject, today), Usage())
        return Spent(
            tokens=known.tokens + unsaid.prompt_tokens + unsaid.completion_tokens,
            audio_s=known.audio_s + unsaid.audio_s,
            characters=known.characters + unsaid.characters,
        )

    def _said(self, key: Key, usage: Usage) -> None:
        """Accounts knows of this now, or never will."""
        for subject in _subjects(key):
            left = self._unsaid[subject, key[3]]
            _add(left, usage, -1)
            if left.requests <= 0:
                del self._unsaid[subject, key[3]]


_WORDS = {"tokens": "tokens", "audio_s": "seconds of audio", "characters": "characters of speech"}


def _add(total: Usage, usage: Usage, sign: int = 1) -> None:
    total.requests += sign * usage.requests
    total.prompt_tokens += sign * usage.prompt_tokens
    total.completion_tokens += sign * usage.completion_tokens
    total.audio_s += sign * usage.audio_s
    total.characters += sign * usage.characters
    total.estimated = total.estimated or usage.estimated


def _subjects(key: Key) -> tuple[str, ...]:
    """Whose quotas it counts against: `check` names them so too."""
    return (key[0], f"key:{key[1]}") if key[1] else (key[0],)


def _row(key: Key, used: Usage) -> UsageRow:
    owner, key_id, model, day = key
    amounts = {name: getattr(used, name) for name in Usage.__slots__}
    return UsageRow.model_validate({"owner": owner, "key_id": key_id, "model": model[:256], "day": day, **amounts})


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _until_midnight() -> int:
    now = datetime.now(UTC)
    tomorrow = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(1)
    return max(1, int((tomorrow - now).total_seconds()))
