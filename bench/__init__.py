"""Benchmarks: `./bench.sh` lists them."""

import sys

from bench.environment import bench_of, explain

if bench_of(sys.orig_argv):
    sys.excepthook = explain
