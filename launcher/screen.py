"""What is said to who started the mesh, who may be gone: the terminal closed, the `tee` behind us ended."""

import os
import sys


def say(text: str) -> None:
    """Print a line. Where nobody reads any more the work goes on in silence: services are watched over and stopped."""
    try:
        print(text, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
