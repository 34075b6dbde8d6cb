"""For a process whose clock is wrong: PYTHONPATH=tests/clock, and seconds in the file that CLOCK_AHEAD names."""

import os
import time
from pathlib import Path

_ahead, _right = Path(os.environ["CLOCK_AHEAD"]), time.time
time.time = lambda: _right() + float(_ahead.read_text() or 0)
