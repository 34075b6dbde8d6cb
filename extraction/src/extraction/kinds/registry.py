"""Every kind, by its name."""

from extraction import gazetteer, people, table
from extraction.kinds import Kind, Part
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
_PARTS = {
    "choice": Part(takes=frozenset({"choices"})),
    "number": Part(takes=frozenset({"min", "max"})),
    "date": Part(takes=frozenset({"any_time"}), open="day"),
    "time": Part(takes=frozenset({"any_time"}), open="time"),
    "phone": Part(reaches="phone"),
    "email": Part(reaches="mail"),
    "name": Part(names_speaker=True),
}


def part(kind: str) -> Part:
    """What part the values of a kind play in a form."""
    return _PARTS.get(kind, Part())


def ready() -> None:
    """Open what all languages share: a broken file is met at the start, not in a call. Raises table.DataError."""
    for file in (people.NAMES, people.RUSSIAN_CASES, gazetteer.FILE):
        table.look_up(file, "")
