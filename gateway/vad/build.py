"""Makes silero_v6_batched.onnx: `python -m gateway.vad.build`, with faster-whisper and onnx installed (run_tests.sh).

faster-whisper's wheel carries Silero VAD v6 (MIT, https://github.com/snakers4/silero-vad) as a network over the
frames of
one recording: its recurrent layer takes the first axis as time. Here that axis becomes the batch, so that one run takes
one frame of each of many calls. Nothing else changes; tests/gateway/test_vad.py compares the two.
"""

from pathlib import Path

TARGET = Path(__file__).parent / "silero_v6_batched.onnx"


def main() -> None:
    """Write TARGET."""
    import faster_whisper
    import onnx

    model = onnx.load(Path(faster_whisper.__file__).parent / "assets" / "silero_vad_v6.onnx")
    for node in model.graph.node:
        if node.output[0] == "/Transpose_output_0":  # (batch, features, 1): one step of every call
            node.attribute[0].ints[:] = [2, 0, 1]
    for value in [*model.graph.input, *model.graph.output]:
        if value.name in ("h", "c", "hn", "cn"):
            value.type.tensor_type.shape.dim[1].dim_param = "seq_len"
    del model.graph.value_info[:]
    onnx.save(model, TARGET)


if __name__ == "__main__":
    main()
