"""Every kind, by its name."""

from extraction.kinds import Kind
from extraction.kinds.phone import Phone

KINDS: dict[str, Kind] = {kind.name: kind for kind in (Phone(),)}
