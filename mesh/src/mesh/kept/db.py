"""The database of a service: SQLite in WAL mode, or PostgreSQL by DATABASE_URL; migrated by Alembic at the start."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from mesh import logs
from mesh.errors import ApiError
from mesh.kept import disk
from mesh.wire.common import Check

REWRITTEN_BYTES = 256 * 1024 * 1024
log = logs.get("db")


def async_url(url: str, service: str) -> str:
    """The URL with the driver that we ship; empty: `data/<service>.db`."""
    if not url:
        return f"sqlite+aiosqlite:///data/{service}.db"
    scheme, _, rest = url.partition("://")
    drivers = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite+aiosqlite"}
    if scheme not in {*drivers, *drivers.values()}:
        raise ValueError(f"DATABASE_URL begins with {scheme[:20]!r}: it is sqlite:///FILE or postgresql://...")
    return f"{drivers.get(scheme, scheme)}://{rest}"


class Database:
    """One pooled engine. Writers on SQLite take turns here, instead of failing there with "database is locked"."""

    def __init__(self, url: str, service: str, *, least_mb: float = 0) -> None:
        self.url = async_url(url, service)
        self.service = service
        self._least_mb = least_mb
        self._trouble = ""
        """What the last write met on the disk."""
        self.is_sqlite = self.url.startswith("sqlite")
        self._path = Path(self.url.split("///", 1)[1]) if self.is_sqlite else Path()
        if self.is_sqlite:
            _make_private(self._path, ours=not url)
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_size": 5, "max_overflow": 5, "pool_pre_ping": True}
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        self._writer = asyncio.Lock()
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _sqlite_pragmas)
            event.listen(self.engine.sync_engine, "begin", _sqlite_begin)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is on disk when the block ends.

        Raises ApiError: `database_unavailable` 503, `disk_full` 507.
        """
        try:
            async with self._writer if self.is_sqlite else nullcontext(), self._begin() as connection:
                yield connection
        except ApiError as error:
            if error.code == "disk_full":
                self._trouble = "the disk is full"
            raise
        self._trouble = ""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read with. Raises ApiError 503 `database_unavailable`."""
        with _unavailable():
            async with self.engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[AsyncConnection]:
        with _unavailable():
            async with self.engine.connect() as connection:
                await connection.execution_options(immediate=True)
                async with connection.begin():
                    yield connection

    async def migrate(self, migrations: Path) -> None:
        """Bring the schema to the newest revision in `migrations` (files named `<revision>_….py`).

        Alembic runs as a process of its own, and only when there is something to do: it would cost each service 12 MB.
        """
        head = max(path.name.split("_", 1)[0] for path in migrations.glob("versions/[0-9]*.py"))
        if await self._revision() == head:
            return
        command = [sys.executable, "-m", "alembic", "-c", str(migrations / "alembic.ini"), "-x", f"url={self.url}"]
        process = await asyncio.create_subprocess_exec(
            *command, "upgrade", "head", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"the database of {self.service} could not be migrated:\n{output.decode()}")
        log.info("migrated", revision=head)

    async def _revision(self) -> str | None:
        try:
            async with self.engine.connect() as connection:
                found = await connection.execute(text(f"SELECT version_num FROM {version_table(self.service)}"))  # noqa: S608
                return found.scalar()
        except DBAPIError as error:
            if isinstance(error, OperationalError) and not self.is_sqlite:
                raise
            return None

    async def remember(self, name: str, value: str, *, over: bool = True) -> str:
        """Keep a small text in `<service>_state`; what is kept then: the one before, unless `over`."""
        state, kept = f"{self.service}_state", {"name": name, "value": value}
        change = "UPDATE SET value = excluded.value" if over else "NOTHING"
        insert = f"INSERT INTO {state} (name, value) VALUES (:name, :value) ON CONFLICT (name) DO {change}"  # noqa: S608
        async with self.write() as connection:
            await connection.execute(text(insert), kept)
            found = await connection.execute(text(f"SELECT value FROM {state} WHERE name = :name"), {"name": name})  # noqa: S608
            return str(found.scalar_one())

    def state(self, name: str) -> Callable[[str], Awaitable[str]]:
        """`remember` under one name; an empty text only reads."""

        async def remember(value: str) -> str:
            return await self.remember(name, value, over=bool(value))

        return remember

    async def scrub(self) -> None:
        """Leave nothing of what was deleted in SQLite's files: neither in the log nor in copies of pages.

        A large database is not rewritten: what is deleted is overwritten in its place there, and nowhere else.
        """
        if not self.is_sqlite:
            return
        with _unavailable():
            async with self._writer, self.engine.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                assert driver is not None
                if self._path.stat().st_size < REWRITTEN_BYTES:
                    await driver.execute("VACUUM")
                for _ in range(10):  # a reader keeps the log for as long as it reads
                    busy, *_rest = await (await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")).fetchone()
                    if not busy:
                        return
        raise ApiError(503, "database_busy", "What was deleted may still be read from the log.", retry_after_s=2)

    async def checks(self) -> dict[str, Check]:
        """For /health: the kind of database, and whether it answers."""
        kind, wrong = "sqlite" if self.is_sqlite else "postgresql", await self._ping()
        found = {"engine": Check(ok=True, detail=kind), "database": Check(ok=not wrong, detail=wrong or kind)}
        if self._trouble:
            await self._try_to_write()
        if self.is_sqlite or self._trouble:
            found["disk"] = disk.room(self._path.parent, self._least_mb, self._trouble)
        return found

    async def _try_to_write(self) -> None:
        """Whether the disk is still full: nobody may have written since."""
        with suppress(ApiError):
            async with self.write() as connection:
                if self.is_sqlite:  # one page, as it is
                    version = (await connection.exec_driver_sql("PRAGMA user_version")).scalar_one()
                    await connection.exec_driver_sql(f"PRAGMA user_version = {int(version)}")

    async def _ping(self) -> str:
        try:
            async with asyncio.timeout(2):
                async with self.engine.connect() as connection:
                    await connection.execute(text("SELECT 1"))
        except (DBAPIError, OSError, TimeoutError) as error:
            return type(error).__name__
        return ""

    async def close(self) -> None:
        """Close the pool."""
        await self.engine.dispose()


def run_migrations(service: str, metadata: MetaData) -> None:
    """What a service's migrations/env.py does: Alembic over the database that `-x url=…` names."""
    from alembic import context

    url = context.get_x_argument(as_dictionary=True)["url"].replace("+aiosqlite", "")
    with create_engine(url).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=version_table(service),
            # Another service's tables may be in the same database: they are none of ours.
            include_name=lambda name, kind, _: kind != "table" or name in metadata.tables,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


def version_table(service: str) -> str:
    """Where Alembic keeps a service's revision: services may share one PostgreSQL database."""
    return f"alembic_version_{service}"


class _unavailable:  # noqa: N801 (reads as a statement)
    """Turns a lost database into the envelope; other errors pass."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Raise ApiError for errors of the connection or the disk."""
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        if isinstance(error, OperationalError | PoolTimeout | sqlite3.OperationalError) or lost:
            said = str(getattr(error, "orig", error))[:300]
            log.error("database error", error=said)
            if any(words in said for words in disk.FULL):
                raise ApiError(507, "disk_full", "The disk is full: nothing can be kept.", retry_after_s=10) from error
            raise ApiError(503, "database_unavailable", "The database is unavailable.", retry_after_s=2) from error


def _make_private(path: Path, *, ours: bool) -> None:
    """A database is its owner's alone; its folder too, where it is `ours` and not one that the operator has named."""
    made = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    if made or ours:
        disk.tighten(path.parent)
    path.touch(mode=0o600)
    for file in path.parent.glob(path.name + "*"):  # SQLite makes -wal and -shm as the file is
        disk.tighten(file)


def _sqlite_pragmas(connection: Any, _: object) -> None:  # noqa: ANN401 (the driver's own connection)
    connection.isolation_level = None  # the driver's own BEGIN comes too late for what _sqlite_begin wants
    cursor = connection.cursor()
    # FULL: in WAL mode each commit is fsynced, so that what was answered survives a power cut too.
    # secure_delete: what is deleted is overwritten, not only given up.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:  # noqa: ANN401 (SQLAlchemy's synchronous connection)
    # A writer takes the lock before its first read: a lock that is taken later can fail with "database is locked".
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
