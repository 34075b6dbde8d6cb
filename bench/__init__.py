"""Benchmarks and simulators: what they print is the figure; nothing here is asserted by a timed test."""
