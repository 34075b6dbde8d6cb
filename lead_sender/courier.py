"""The courier: takes deliveries from the outbox to their sinks, again and again until they are taken.

One loop per sink, so that a webhook that hangs does not hold up the e-mails. At most AT_ONCE of its attempts are under
way, each within its deadline; results are written together, a transaction for all that have come in. While the
database is down results are kept and written when it is back; what is lost with this process is sent again.
"""

import asyncio
import random
import time
from functools import cached_property

import httpx2
from prometheus_client import Counter

from lead_sender import message, outbox, store
from lead_sender.config import Settings
from lead_sender.destinations import Destinations
from lead_sender.outbox import Claimed, Result
from lead_sender.sinks import NotSent, email, telegram, webhook
from mesh import logs
from mesh.errors import ApiError
from mesh.kept.db import Database
from mesh.repeat import repeat
from mesh.wire.lead_sender import Sink

SINKS: tuple[Sink, ...] = ("email", "telegram", "webhook")
AT_ONCE = 32
POLL_S = 1.0
"""How late a replica sees what another one has accepted."""
SENT = Counter("lead_sender_attempts_total", "Attempts to deliver a lead.", ["sink", "result"])
log = logs.get("courier")


class Courier:
    """Delivers what is due, until it is closed."""

    def __init__(self, settings: Settings, db: Database, destinations: Destinations) -> None:
        self._settings, self._db, self._destinations = settings, db, destinations
        self._bells = {sink: asyncio.Event() for sink in SINKS}
        self._tasks: list[asyncio.Task[None]] = []

    @cached_property
    def _http(self) -> httpx2.AsyncClient:
        """Made for the first lead that needs it: 3 MB."""
        limits = httpx2.Limits(max_connections=4 * AT_ONCE, max_keepalive_connections=AT_ONCE)
        return httpx2.AsyncClient(timeout=self._settings.lead_send_deadline_s, limits=limits)

    def start(self) -> None:
        """Begin; not in Dev Mode, where nothing is sent outside and leads that are due are only simulated."""
        self._tasks = [asyncio.create_task(repeat(self._settle, POLL_S, "leads wait"))]
        if not self._settings.is_dev:
            self._tasks += [asyncio.create_task(self._run(sink)) for sink in SINKS]

    def ring(self) -> None:
        """Something was put into the outbox: look at once."""
        for bell in self._bells.values():
            bell.set()

    async def aclose(self) -> None:
        """Stop; attempts that are under way are made again by whoever comes next."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if "_http" in self.__dict__:
            await self._http.aclose()

    async def _settle(self) -> None:
        """Put into the outbox the leads whose time to wait for more is over."""
        await asyncio.to_thread(self._destinations.refresh)
        if await store.settle(self._db, self._destinations, self._settings.lead_give_up_s):
            self.ring()

    async def _run(self, sink: Sink) -> None:
        busy: set[asyncio.Task[Result]] = set()
        done: list[Result] = []
        while True:
            self._bells[sink].clear()
            try:
                if done:
                    await outbox.record(self._db, done)
                    done = []
                busy |= await self._claim(sink, AT_ONCE - len(busy))
                wait_s = await self._idle_s(sink) if not busy else POLL_S
            except ApiError as error:
                log.warning("deliveries wait for the database", sink=sink, error=error.message)
                wait_s = POLL_S
            except Exception:  # nobody would see that the loop has ended, and leads would wait for ever
                log.exception("deliveries wait", sink=sink)
                wait_s = POLL_S
            busy, finished = await self._wait(sink, busy, wait_s)
            done += [task.result() for task in finished]

    async def _claim(self, sink: Sink, free: int) -> set[asyncio.Task[Result]]:
        due = await outbox.next_due(self._db, sink) if free else None
        if due is None or due > time.time():
            return set()
        # The claim outlives the attempt, and the time in which its result may have to wait for the database.
        lease_s = 2 * self._settings.lead_send_deadline_s + 10
        claimed = await outbox.claim(self._db, sink, limit=free, lease_s=lease_s)
        return {asyncio.create_task(self._attempt(one)) for one in claimed}

    async def _idle_s(self, sink: Sink) -> float:
        due = await outbox.next_due(self._db, sink)
        return POLL_S if due is None else min(POLL_S, max(0.0, due - time.time()))

    async def _wait(
        self, sink: Sink, busy: set[asyncio.Task[Result]], wait_s: float
    ) -> tuple[set[asyncio.Task[Result]], set[asyncio.Task[Result]]]:
        """Until an attempt ends, the bell rings or the time is over; what is still busy, and what has ended."""
        bell = asyncio.create_task(self._bells[sink].wait())
        try:
            await asyncio.wait({bell, *busy}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            for task in busy:
                task.cancel()
            raise
        finally:
            bell.cancel()
        finished = {task for task in busy if task.done()}
        return busy - finished, finished

    async def _attempt(self, claimed: Claimed) -> Result:
        delivery, settings = claimed.state, self._settings
        try:
            async with asyncio.timeout(settings.lead_send_deadline_s):
                await self._send(claimed)
        except (NotSent, TimeoutError) as error:
            return self._failed(claimed, error if isinstance(error, NotSent) else NotSent("no answer in time"))
        except Exception as error:  # a courier must outlive what nobody thought of: it is written down and tried again
            log.exception("an attempt failed", delivery=delivery.id)
            return self._failed(claimed, NotSent(type(error).__name__))
        SENT.labels(delivery.sink, "delivered").inc()
        log.info("delivered", delivery=delivery.id, attempts=delivery.attempts)
        return Result(delivery.id, delivery.attempts, "delivered")

    async def _send(self, claimed: Claimed) -> None:
        delivery = claimed.state
        sent = message.of(delivery, claimed.lead, self._destinations.of(claimed.lead.scenario))
        if not sent:
            raise NotSent("no destination is configured any more")
        if delivery.sink == "email":
            await email.send(self._settings, delivery.id, sent)
        elif delivery.sink == "telegram":
            await telegram.send(self._http, self._settings, sent)
        else:
            await webhook.send(self._http, self._settings, delivery.id, sent)

    def _failed(self, claimed: Claimed, error: NotSent) -> Result:
        delivery, now = claimed.state, time.time()
        wait_s = max(self._pause_s(delivery.attempts), min(error.wait_s, self._settings.lead_retry_max_s))
        dead = error.final or now + wait_s > claimed.give_up_at
        SENT.labels(delivery.sink, "dead" if dead else "failed").inc()
        log.warning("not delivered", delivery=delivery.id, attempts=delivery.attempts, dead=dead, error=str(error))
        return Result(delivery.id, delivery.attempts, "dead" if dead else "pending", str(error), now + wait_s)

    def _pause_s(self, attempts: int) -> float:
        """Doubled each time, between half and the whole of it: receivers that come back are not met by all at once."""
        longest = min(self._settings.lead_retry_base_s * 2.0 ** min(attempts - 1, 30), self._settings.lead_retry_max_s)
        return longest * random.uniform(0.5, 1)  # noqa: S311 (nothing secret)
