"""Every kind, by its name."""

from extraction.kinds import Kind
from extraction.kinds.clock import TIME
from extraction.kinds.days import DATE, DATE_RANGE

KINDS: dict[str, Kind] = {kind.name: kind for kind in (DATE_RANGE, DATE, TIME)}
