"""Engines: which ones can run here, which are tried in what order, and what happens when one fails."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Generic, Protocol, TypeVar

from mesh import logs, metrics
from mesh.errors import ApiError, EngineError, NoEngine
from mesh.wire.common import Check


class Closable(Protocol):
    """What every engine can do."""

    async def aclose(self) -> None:
        """Let go of connections and threads."""
        ...


Engine = TypeVar("Engine", bound=Closable)
Result = TypeVar("Result")

COOLDOWN_S = 10.0
WHY_CHARS = 200
log = logs.get("engines")


@dataclass(frozen=True, slots=True)
class Spec(Generic[Engine]):
    """An engine that could serve: `why_not` says without importing it what is missing ("" when nothing is);
    `load` makes it, at its first use and on a thread. `weak` says what is wanting while this one has to serve, and the
    remedy ("" when nothing is).
    """

    why_not: Callable[[], str]
    load: Callable[[], Engine]
    weak: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an engine's last use failed, since when it has (Unix time), and until when it rests (monotonic)."""

    why: str
    since: float
    rests_until: float


def lazy(module: str, name: str, *arguments: object) -> Callable[[], Any]:
    """A `load` that imports the engine's module when it is called: engines are heavy, and some crash at import."""

    def load() -> Any:  # noqa: ANN401 (the Spec that it goes into says what it is)
        return getattr(import_module(module), name)(*arguments)

    return load


def no_package(name: str, remedy: str = "") -> str:
    """What to do about a missing package, found without importing it; an empty text when it is installed."""
    return "" if find_spec(name) else remedy or f"the package {name} is not installed"


class Engines(Generic[Engine]):
    """A fallback chain. `wanted` is `auto` (every engine of `auto` that can run, best first) or a list of names.

    Raises ValueError for an unknown name, so that a typo stops the start and not the first call.
    """

    def __init__(self, service: str, specs: Mapping[str, Spec[Engine]], *, wanted: str, auto: Sequence[str]) -> None:
        names = [name.strip() for name in wanted.split(",") if name.strip()]
        unknown = [name for name in names if name not in specs and name != "auto"]
        if unknown:
            raise ValueError(f"no such {service} engine: {', '.join(unknown)}; there are {', '.join(specs)} and auto")
        self._service, self._specs = service, specs
        # Asked once: it looks for packages and files, and what it finds is taken at the next start.
        self._why_not = {name: spec.why_not() for name, spec in specs.items()}
        wanted_names = [name for asked in names or ["auto"] for name in (auto if asked == "auto" else [asked])]
        self._chain = [name for name in dict.fromkeys(wanted_names) if not self._why_not[name]]
        self._loaded: dict[str, Engine] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._failures: dict[str, Failure] = {}

    def chain(self) -> list[str]:
        """Names of the engines that can run here, first choice first."""
        return self._chain

    def check(self) -> Check:
        """Which engine serves and why; not ok when none can, when one failed at its last use, or when it is weak."""
        chain = self.chain()
        passed_over = "; ".join(f"{name}: {why}" for name, why in self._why_not.items() if why)
        if not chain:
            return Check(ok=False, detail=f"no engine can run ({passed_over})")
        failing = [name for name in chain if name in self._failures]
        serving = next((name for name in chain if name not in failing), chain[0])
        weak = self._specs[serving].weak
        detail = serving + (f"; weak: {weak}" if weak else "")
        if failing:
            detail += f"; failing: {', '.join(f'{name} ({self._told(name)})' for name in failing)}"
        if others := [name for name in chain if name != serving and name not in failing]:
            detail += f"; then {', '.join(others)}"
        ok = not failing and not weak
        return Check(ok=ok, detail=detail + (f"; not here: {passed_over}" if passed_over else ""))

    def weak(self, name: str) -> str:
        """What is wanting when this engine serves, and the remedy; empty when nothing is."""
        return self._specs[name].weak

    async def get(self, name: str) -> Engine:
        """The engine of that name, loaded. Raises EngineError when it cannot be."""
        if name not in self._loaded:
            async with self._locks.setdefault(name, asyncio.Lock()):
                if name not in self._loaded:
                    self._loaded[name] = await self._load(name)
        return self._loaded[name]

    async def run(
        self,
        use: Callable[[Engine], Awaitable[Result]],
        *,
        can: Callable[[Engine], bool] = lambda _: True,
        skip_first: bool = False,
    ) -> tuple[str, Result]:
        """Try the chain in order; give the name of the engine that did it, and what it gave.

        `skip_first` leaves out the first choice, if there is another: somebody waits for that one already.

        An engine that failed rests for COOLDOWN_S, so that a dead one costs its timeout once, not at every turn.
        Bad input and a full queue are not an engine's failure: they are raised at once.
        """
        last: ApiError | None = None
        for name in sorted(
            self._chain[1:] if skip_first and len(self._chain) > 1 else self._chain, key=self._is_resting
        ):
            try:
                engine = await self.get(name)
                if not can(engine):
                    continue
                with metrics.engine_timer(self._service, name):
                    result = await use(engine)
            except NoEngine as error:
                last = last or error
            except EngineError as error:
                last = error
                self._note(name, error, rest_s=COOLDOWN_S)
            except ApiError:
                raise
            except Exception as error:  # libraries fail in ways that nobody lists: the next engine must still serve
                log.exception("engine crashed", engine=name)
                last = EngineError(f"{name} broke.")
                self._note(name, error, rest_s=COOLDOWN_S)
            else:
                self._failures.pop(name, None)
                return name, result
        raise last or NoEngine("no_engine", f"No {self._service} engine can do this here: {self.check().detail}.")

    def broke_off(self, name: str, error: Exception) -> None:
        """An engine that had begun failed in the middle: the next use may try it again, and /health says it."""
        self._note(name, error, rest_s=0.0)

    async def aclose(self) -> None:
        """Close every engine that was loaded."""
        for engine in self._loaded.values():
            await engine.aclose()

    def _note(self, name: str, error: Exception, *, rest_s: float) -> None:
        before = self._failures.get(name)
        # What a library says is for the operator alone: a caller is told the sentence of ours.
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        why = logs.mask(f"{type(error).__name__}: {error}{cause}"[:WHY_CHARS])
        since = before.since if before else time.time()
        self._failures[name] = Failure(why, since, time.monotonic() + rest_s)
        log.warning("engine failed", engine=name, error=why)

    def _is_resting(self, name: str) -> bool:
        failure = self._failures.get(name)
        return failure is not None and failure.rests_until > time.monotonic()

    def _told(self, name: str) -> str:
        failure = self._failures[name]
        return f"{failure.why}, since {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(failure.since))}"

    async def _load(self, name: str) -> Engine:
        started = time.perf_counter()
        try:
            engine = await asyncio.to_thread(self._specs[name].load)
        except ApiError:
            raise
        except Exception as error:  # a broken model file or wheel must not take the other engines along
            log.exception("engine did not load", engine=name)
            raise EngineError(f"{name} did not load: {type(error).__name__}") from error
        log.info("engine loaded", engine=name, ms=round((time.perf_counter() - started) * 1000))
        return engine
