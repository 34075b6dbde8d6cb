"""Every kind, by its name."""

from extraction.kinds import Kind
from extraction.kinds.text import Text
from extraction.kinds.yes_no import YesNo

KINDS: dict[str, Kind] = {kind.name: kind for kind in (YesNo(), Text())}
