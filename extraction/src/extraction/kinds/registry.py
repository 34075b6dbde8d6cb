"""Every kind, by its name."""

from extraction.kinds import Kind

KINDS: dict[str, Kind] = {}
