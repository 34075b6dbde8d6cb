"""Voice activity of all live calls of the process: one network, one thread, one run for one frame of every call.

The network (Silero v6, 62 microseconds a frame) runs on a thread of its own and lets go of the interpreter's lock, so
the event loop goes on; one or two frames by themselves are judged on the loop, which is cheaper than waking the
thread. A frame that is as quiet as the line's own noise does not reach it: that is what most are.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

MODEL = Path(__file__).parent / "silero_v6_batched.onnx"
NARROW, WIDE = 256, 1024
"""Bytes of a frame of 32 ms: G.711 mu-law at 8 kHz, 16-bit PCM at 16 kHz."""
GAP_S = 0.006
"""Least time between two runs while nobody is behind: frames that come meanwhile share the next one."""
FEW = 2
"""So few frames (0.1 ms each) cost less on the event loop than waking the thread for them does."""
CONTEXT, HISTORY = 64, 8
QUIET_DB, NEAR_FLOOR_DB = -58.0, 4.0
SILENCE_DB = -96.0
Frame = tuple[float, float]
"""Probability of speech, level in dBFS."""


class Stream:
    """One call's audio. `heard` is called on the loop with each frame's probability and level."""

    def __init__(self, vad: "Vad", frame_bytes: int, heard: Callable[[float, float], None]) -> None:
        self.frame_bytes, self.heard = frame_bytes, heard
        self.pending: deque[bytes] = deque()
        self.floor_db, self.last = -60.0, 0.0
        self.state: Any = None
        self._vad, self._rest = vad, b""
        self.closed = False

    def feed(self, data: bytes) -> None:
        """Audio of any length; cut into frames here."""
        data = self._rest + data if self._rest else data
        size, at = self.frame_bytes, 0
        while len(data) - at >= size:
            self.pending.append(data[at : at + size])
            at += size
        self._rest = data[at:]
        if self.pending:
            self._vad.wake(self)

    def close(self) -> None:
        """The call is over."""
        self.closed = True
        self.pending.clear()


class Vad:
    """All streams of the process."""

    def __init__(self) -> None:
        self._network: _Network | None = None
        self._thread = ThreadPoolExecutor(1, "vad")
        self._waiting: dict[Stream, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._ran_at = 0.0

    def warm(self) -> None:
        """Load the network, on its thread."""
        self._thread.submit(self._load)

    def open(self, frame_bytes: int, heard: Callable[[float, float], None]) -> Stream:
        """A new call."""
        return Stream(self, frame_bytes, heard)

    def wake(self, stream: Stream) -> None:
        """The stream has a frame."""
        self._waiting[stream] = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def close(self) -> None:
        """Stop the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        behind = False
        while self._waiting:
            left = GAP_S - (loop.time() - self._ran_at)
            if not behind and left > 0:
                await asyncio.sleep(left)
            self._ran_at = loop.time()
            batch = [stream for stream in self._waiting if stream.pending]
            frames = [stream.pending.popleft() for stream in batch]
            self._waiting = {stream: None for stream in batch if stream.pending}
            behind = bool(self._waiting)
            if len(batch) <= FEW and self._network is not None:
                found = self._network.run(batch, frames)
            else:
                found = await loop.run_in_executor(self._thread, self._infer, batch, frames)
            for stream, (probability, level) in zip(batch, found, strict=True):
                if not stream.closed:
                    stream.heard(probability, level)

    def _infer(self, batch: list[Stream], frames: list[bytes]) -> list[Frame]:
        return self._load().run(batch, frames)

    def _load(self) -> "_Network":
        if self._network is None:
            self._network = _Network()
        return self._network


class _Network:
    """The ONNX session and the arithmetic around it. Lives on the VAD's thread."""

    def __init__(self) -> None:
        import numpy as np
        import onnxruntime

        from mesh.audio import decode_mulaw

        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._np = np
        self._session = onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])
        self._mulaw = decode_mulaw(bytes(range(256)), 8000).astype(np.float32) / 32768.0
        # Windowed sinc at the half-way points of 8 samples: from 8 to 16 kHz.
        at = np.arange(HISTORY) - (HISTORY - 1) / 2
        taps = np.sinc(at) * np.hamming(HISTORY)
        self._taps = (taps / taps.sum()).astype(np.float32)

    def run(self, batch: list[Stream], frames: list[bytes]) -> list[Frame]:
        """Probability and level of one frame of each stream."""
        np = self._np
        results: list[Frame] = [(0.0, SILENCE_DB)] * len(batch)
        rows: list[int] = []
        inputs: list[Any] = []
        for index, (stream, data) in enumerate(zip(batch, frames, strict=True)):
            narrow = stream.frame_bytes == NARROW
            samples = (
                self._mulaw[np.frombuffer(data, np.uint8)]
                if narrow
                else np.frombuffer(data, np.int16).astype(np.float32) / 32768.0
            )
            power = float(np.dot(samples, samples)) / len(samples)
            level = 10.0 * np.log10(power) if power > 1e-10 else SILENCE_DB
            results[index] = (0.0, float(level))
            if stream.state is None:
                zeros = np.zeros(128, np.float32)
                stream.state = [zeros, zeros, np.zeros(CONTEXT, np.float32), np.zeros(HISTORY, np.float32)]
            wide = self._upsample(samples, stream.state) if narrow else samples
            quiet = level < QUIET_DB or (level < stream.floor_db + NEAR_FLOOR_DB and stream.last < 0.2)
            stream.floor_db = min(level, stream.floor_db + 0.1) if level > QUIET_DB else QUIET_DB
            if quiet:
                stream.last = 0.0
                stream.state[2] = wide[-CONTEXT:]
                continue
            rows.append(index)
            inputs.append(np.concatenate((stream.state[2], wide)))
            stream.state[2] = wide[-CONTEXT:]
        if rows:
            self._forward(batch, rows, inputs, results)
        return results

    def _forward(self, batch: list[Stream], rows: list[int], inputs: list[Any], results: list[Frame]) -> None:
        np = self._np
        h = np.stack([batch[row].state[0] for row in rows])[None]
        c = np.stack([batch[row].state[1] for row in rows])[None]
        found, h, c = self._session.run(None, {"input": np.stack(inputs), "h": h, "c": c})
        for place, row in enumerate(rows):
            stream = batch[row]
            stream.state[0], stream.state[1] = h[0, place], c[0, place]
            stream.last = float(found[place])
            results[row] = (stream.last, results[row][1])

    def _upsample(self, samples: Any, state: list[Any]) -> Any:  # noqa: ANN401 (arrays)
        """Twice the rate: each sample, and the value half-way to the next."""
        np = self._np
        joined = np.concatenate((state[3], samples))
        state[3] = joined[-HISTORY:]
        wide = np.empty(2 * len(samples), np.float32)
        wide[0::2] = joined[HISTORY // 2 : HISTORY // 2 + len(samples)]
        wide[1::2] = np.convolve(joined, self._taps, "valid")[1 : 1 + len(samples)]
        return wide
