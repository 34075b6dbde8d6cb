"""Every kind, by its name."""

from extraction.kinds import Kind
from extraction.kinds.choice import Choice
from extraction.kinds.city import City
from extraction.kinds.clock import TIME
from extraction.kinds.days import DATE, DATE_RANGE
from extraction.kinds.email import Email
from extraction.kinds.name import Name
from extraction.kinds.number import Number
from extraction.kinds.phone import Phone
from extraction.kinds.text import TEXT
from extraction.kinds.yes_no import YES_NO

_ALL = (Email(), DATE_RANGE, DATE, TIME, Phone(), Name(), City(), Choice(), Number(), YES_NO, TEXT)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
