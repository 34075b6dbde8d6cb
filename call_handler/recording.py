"""Recordings of calls: both sides, as they were heard, spooled to disk and brought to storage.

A recording is a file of 8 kHz mu-law in two channels (the caller left, we right), written once a second while the call
goes on: a kill -9 loses a second and a half at most. What is finished, or was left behind by a process that died, is
brought to storage until storage has taken it, and only then removed here; the session gets a `recording` event that
names it.

| peer    | deadline | slow or down                          | it lies                       |
| ------- | -------- | ------------------------------------- | ----------------------------- |
| storage | 30 s     | the file stays, tried again for ever  | same                          |
| logger  | 5 s      | same (a second upload is the same key)| same                          |
"""

import asyncio
import contextlib
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from mesh import logs
from mesh.client import Client
from mesh.errors import PeerError
from mesh.kept import disk
from mesh.repeat import repeat
from mesh.wire import events
from mesh.wire.logger import APPEND, Append, Event
from mesh.wire.storage import ADD

BUCKET = "recordings"
RATE = 8000
FLUSH_S, SWEEP_S = 1.0, 5.0
LATE_S = 0.5
"""What is younger may still be taken back by a `clear`."""
ABANDONED_S = 45.0
"""A call whose stream broke may come back for so long; then its recording is finished."""
LONGEST_CALL_S = 86_400.0
SILENCE = 0xFF
HELD_S = 120
"""Sound that waits for room on the disk, at most."""
ERASED = ".erased"
"""Instead of the recording of a call that was in progress when its person was erased."""
log = logs.get("recording")


class Side:
    """One channel: audio laid on a time line, with silence where there was none."""

    def __init__(self, at: int) -> None:
        self.start = at  # place of the first byte that is not written yet
        self._audio = bytearray()

    @property
    def end(self) -> int:
        """Where the next audio goes at the earliest."""
        return self.start + len(self._audio)

    def put(self, place: int, data: bytes) -> None:
        """Audio at a place; what would overlap goes behind."""
        if place > self.end:
            self._audio += bytes([SILENCE]) * (place - self.end)
        self._audio += data

    def cut(self, place: int) -> None:
        """What is behind a place was never heard."""
        if place < self.end:
            del self._audio[max(0, place - self.start) :]

    def pop_until(self, until: int) -> bytes:
        """Everything up to a place."""
        self.put(until, b"")
        data = bytes(self._audio[: until - self.start])
        del self._audio[: until - self.start]
        self.start = until
        return data


class Recording:
    """One call's."""

    def __init__(self, path: Path, began: float) -> None:
        self.path = path
        self._file = path.open("ab", buffering=0)
        at = path.stat().st_size // 2  # it may have begun in another process
        # Only there the clock on the wall counts, and no more than such a break can last: it may have been set since.
        before_s = min(max(at / RATE, time.time() - began), at / RATE + ABANDONED_S)
        self._began = time.monotonic() - before_s
        self._caller, self._us = Side(at), Side(at)
        self._dropped = False
        self._unwritten = b""

    def caller(self, data: bytes) -> None:
        """The caller's audio, as it came: it is contiguous unless some was lost."""
        if self._dropped:
            return
        place = self._now()
        self._caller.put(place if place - self._caller.end > LATE_S * RATE else self._caller.end, data)

    def us(self, data: bytes, ahead: int) -> None:
        """Our audio; `ahead` bytes of it are heard before."""
        if self._dropped:
            return
        place = self._now() + ahead
        self._us.put(place if abs(place - self._us.end) > RATE // 10 else self._us.end, data)

    def cleared(self) -> None:
        """What we have sent and was not heard yet is thrown away."""
        self._us.cut(self._now())

    async def flush(self, *, all_of_it: bool = False) -> None:
        """Write what can no longer change."""
        if self._dropped:
            return
        until = self._now() if all_of_it else self._now() - int(LATE_S * RATE)
        if until <= self._caller.start:
            return
        frames = bytearray(2 * (until - self._caller.start))
        frames[0::2], frames[1::2] = self._caller.pop_until(until), self._us.pop_until(until)
        try:
            await asyncio.to_thread(self._write, bytes(frames))
        except ValueError:  # the file was closed under it
            if not self._dropped:
                raise

    async def close(self, *, finished: bool) -> None:
        """Write the rest; finished ones are brought to storage at once, others may be gone on with."""
        try:
            await self.flush(all_of_it=True)
        finally:
            self._file.close()
            if finished:
                with contextlib.suppress(FileNotFoundError):
                    self.path.rename(self.path.with_suffix(".done"))

    def drop(self) -> None:
        """Its person was erased: nothing of it is kept, nor of what is still said."""
        self._dropped = True
        self._file.close()

    def _now(self) -> int:
        return int((time.monotonic() - self._began) * RATE)

    def _write(self, data: bytes) -> None:
        """What a full disk does not take is kept for the next time, for a while."""
        self._unwritten += data
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[self._file.write(self._unwritten) :]
        except OSError:
            over = max(0, len(self._unwritten) - HELD_S * 2 * RATE)
            self._unwritten = self._unwritten[over + over % 2 :]
            raise


class Recordings:
    """All of the process, and those that another left behind in the same folder."""

    def __init__(self, folder: Path, storage: Client, logger: Client) -> None:
        self._folder, self._storage, self._logger = folder, storage, logger
        self._open: dict[str, Recording] = {}
        self._left: dict[Path, float] = {}
        """Recordings that nobody goes on with, and since when we have seen that."""
        self._task: asyncio.Task[None] | None = None
        self._swept = 0.0
        self.trouble = ""
        """Why recordings cannot be written."""

    def start(self) -> None:
        """Begin to write and to bring away."""
        disk.own(self._folder)
        self._task = asyncio.create_task(repeat(self._write_all, FLUSH_S, "recordings wait"))

    async def aclose(self) -> None:
        """Stop; what is open may be gone on with elsewhere."""
        if self._task:
            self._task.cancel()
        for session_id in list(self._open):
            await self.end(session_id, finished=False)

    @property
    def waiting(self) -> int:
        """Recordings that storage has not taken."""
        return len(list(self._folder.glob("*.done"))) if self._folder.is_dir() else 0

    def drop(self, sessions: list[str]) -> int:
        """Throw away what storage has not taken of some sessions, and record them no more; how many recordings."""
        gone = 0
        for session_id in sessions:
            recording = self._open.pop(session_id, None)
            if recording is not None:
                recording.drop()
            for path in self._folder.glob(f"{session_id}.*"):
                gone += path.suffix != ERASED
                path.unlink(missing_ok=True)
            if recording is not None:  # its call may come back, here or in the next process
                (self._folder / f"{session_id}{ERASED}").touch()
        return gone

    def open(self, session_id: str) -> Recording | None:
        """Begin a call's recording, or go on with it; None when its person was erased."""
        if (self._folder / f"{session_id}{ERASED}").exists():
            return None
        if session_id not in self._open:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            begun = next(self._folder.glob(f"{session_id}.*.part"), None)
            path = begun or self._folder / f"{session_id}.{int(time.time() * 1000)}.part"
            self._open[session_id] = Recording(path, int(path.name.split(".")[1]) / 1000)
        return self._open[session_id]

    async def end(self, session_id: str, *, finished: bool) -> None:
        """The call is over, or its stream is."""
        recording = self._open.pop(session_id, None)
        if recording is not None:
            with self._writing():
                await recording.close(finished=finished)
            self._swept = 0.0

    async def _write_all(self) -> None:
        self.trouble = ""
        for recording in list(self._open.values()):
            with self._writing():
                await recording.flush()
        if time.monotonic() - self._swept > SWEEP_S:
            self._swept = time.monotonic()
            with self._writing():
                await self._sweep()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """A full disk costs sound, never a call; what storage takes makes room."""
        try:
            yield
        except OSError as error:
            self.trouble = str(error.strerror)
            log.error("recording cannot be written", error=str(error))

    async def _sweep(self) -> None:
        if not self._folder.is_dir():
            return
        held, now = {recording.path for recording in self._open.values()}, time.monotonic()
        left = {path: self._left.get(path, now) for path in self._folder.glob("*.part") if path not in held}
        for path, since in left.items():
            if now - since > ABANDONED_S:
                path.rename(path.with_suffix(".done"))
        self._left = left
        for path in self._folder.glob(f"*{ERASED}"):
            if abs(time.time() - path.stat().st_mtime) > LONGEST_CALL_S:
                path.unlink(missing_ok=True)
        for path in self._folder.glob("*.done"):
            try:
                await self._bring(path)
            except PeerError as error:
                log.warning("recording waits", recording=path.name, peer=error.peer, reason=error.reason)
                return

    async def _bring(self, path: Path) -> None:
        session_id, began, _ = path.name.split(".")
        frames = await asyncio.to_thread(path.read_bytes)
        if frames:
            stored = await self._storage.call(
                ADD,
                path={"bucket": BUCKET},
                content=wav_header(len(frames)) + frames,
                headers={"content-type": "audio/wav"},
                deadline_s=30.0,
            )
            made = events.Recording(
                bucket=BUCKET,
                key=stored.key,
                seconds=round(len(frames) / 2 / RATE, 1),
                began=int(began) / 1000,
                channels=["caller", "assistant"],
            )
            # The same recording brought twice is the same event.
            event = Event(
                id=f"rec_{stored.key[:32]}",
                session_id=session_id,
                type=made.type,
                at=time.time(),
                service="call_handler",
                data=events.kept(made),
            )
            await self._logger.call(APPEND, Append(events=[event]))
        path.unlink(missing_ok=True)


def wav_header(size: int) -> bytes:
    """The 58 bytes before `size` bytes of 8 kHz mu-law in two channels (RIFF WAVE, format 7)."""
    fmt = struct.pack("<HHIIHHH", 7, 2, RATE, 2 * RATE, 2, 8, 0)
    fact = struct.pack("<I", size // 2)
    body = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"fact" + struct.pack("<I", 4) + fact
    return b"RIFF" + struct.pack("<I", 4 + len(body) + 8 + size) + b"WAVE" + body + b"data" + struct.pack("<I", size)
