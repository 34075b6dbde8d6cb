"""Stand-ins for models' servers (simulator/models.py), OpenAI-compatible: `./bench.sh backends PORT`.

They have the delays that real ones have. The recogniser knows the utterances that will be spoken, once it was told.
"""

import argparse

import uvicorn

from simulator.models import REPLY, Backends


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="./bench.sh backends", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--stt", type=float, default=0.0, help="seconds of a transcription")
    parser.add_argument("--token", type=float, default=0.0, help="seconds until the first token")
    parser.add_argument("--speech", type=float, default=0.0, help="seconds until the voice")
    parser.add_argument("--reply", default=REPLY, help="what the model answers")
    options = parser.parse_args()
    backends = Backends(options.stt, options.token, options.speech, options.reply)
    uvicorn.run(backends.app, port=options.port, log_level="error")


if __name__ == "__main__":
    main()
