"""Every kind, by its name."""

from extraction.kinds import Kind
from extraction.kinds.clock import TIME
from extraction.kinds.days import DATE, DATE_RANGE
from extraction.kinds.phone import Phone
from extraction.kinds.text import TEXT
from extraction.kinds.yes_no import YES_NO

KINDS: dict[str, Kind] = {kind.name: kind for kind in (DATE_RANGE, DATE, TIME, Phone(), YES_NO, TEXT)}
