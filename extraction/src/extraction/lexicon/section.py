"""What every section of a lexicon is: complete, and nothing beside."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _split(text: str) -> str:
    return " ".join(text.split())


def _compiles(phrase: str) -> str:
    try:
        re.compile(phrase)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return phrase


Words = Annotated[str, Field(min_length=1), AfterValidator(_split)]
"""Words parted by spaces."""
Phrase = Annotated[str, Field(min_length=1), AfterValidator(_compiles)]
"""A fragment of a regular expression."""


class Section(BaseModel):
    """Every key is needed, unless it has a default (a language may have no such thing); unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
