"""Benchmarks: `./bench.sh` lists them."""

import signal
import sys

from bench.environment import bench_of, explain, leave

if bench_of(sys.orig_argv):
    sys.excepthook = explain
    signal.signal(signal.SIGTERM, leave)
