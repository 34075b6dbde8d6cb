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

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (Email(), DATE_RANGE, DATE, TIME, Phone(), Name(), City(), Choice(), Number())
}
