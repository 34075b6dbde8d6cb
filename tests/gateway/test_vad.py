"""One run over one frame of many calls gives what the network gives for each call by itself."""

import asyncio
from pathlib import Path

import numpy as np
import onnxruntime

from gateway.vad import CONTEXT, WIDE, Vad


async def test_batched_is_the_same_as_one_by_one() -> None:
    import faster_whisper

    random = np.random.default_rng(1)
    calls = [(random.standard_normal(512 * 20) * 3000).astype(np.int16) for _ in range(3)]
    found: list[list[float]] = [[] for _ in calls]
    vad = Vad()
    for index, pcm in enumerate(calls):
        stream = vad.open(WIDE, lambda probability, _level, index=index: found[index].append(probability))
        stream.last = 1.0  # keeps the energy gate open
        stream.feed(pcm.tobytes())
    async with asyncio.timeout(10):
        while any(len(probabilities) < 20 for probabilities in found):
            await asyncio.sleep(0.01)
    vad.close()
    original = Path(faster_whisper.__file__).parent / "assets" / "silero_vad_v6.onnx"
    session = onnxruntime.InferenceSession(str(original), providers=["CPUExecutionProvider"])
    for pcm, probabilities in zip(calls, found, strict=True):
        frames = pcm.astype(np.float32).reshape(-1, 512) / 32768
        before = np.concatenate((np.zeros((1, CONTEXT), np.float32), frames[:-1, -CONTEXT:]))
        zeros = np.zeros((1, 1, 128), np.float32)
        wanted = session.run(None, {"input": np.concatenate((before, frames), 1), "h": zeros, "c": zeros})[0]
        judged = [(a, b) for a, b in zip(probabilities, wanted, strict=True) if a]
        assert judged
        assert np.allclose(*zip(*judged, strict=True), atol=1e-3)
