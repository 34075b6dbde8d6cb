"""Every kind, by its name."""

from extraction.kinds import Kind
from extraction.kinds.clock import TIME
from extraction.kinds.city import City
from extraction.kinds.days import DATE, DATE_RANGE
from extraction.kinds.name import Name

KINDS: dict[str, Kind] = {kind.name: kind for kind in (DATE_RANGE, DATE, TIME, Name(), City())}
