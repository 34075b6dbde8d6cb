"""What the models of a scenario file have in common."""

import re
from collections.abc import Iterable
from string import Formatter
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Texts = Annotated[dict[str, str], Field(min_length=1)]


class Strict(BaseModel):
    """A misspelt key is an error, not a key without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def placeholders(text: str) -> list[str]:
    """The names in braces. Raises ValueError for a brace that is not closed."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def says(text: str, beginnings: Iterable[str]) -> bool:
    """Whether a word of the text begins with one of these."""
    lower = text.lower()
    return any(re.search(rf"\b{re.escape(word.lower())}", lower) for word in beginnings)
