"""Languages as data: one complete lexicon per language, `languages/<code>/lexicon.yaml`, typed by the sections here.

A new language is a new folder with such a file (and its `words.txt`, how frequent its words are), nothing else:
docs/languages.md says how. What is missing in one is named when it is loaded.

Phrases are fragments of regular expressions over small letters: a space is any white space, `\\w*` any ending; `{n}`,
`{h}`, `{m}` stand for numbers where the section says so.
"""

from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from extraction.lexicon.whole import Lexicon

FOLDER = Path(__file__).parent.parent / "languages"


class LexiconError(ValueError):
    """A language without a lexicon, or one whose lexicon is not complete: what is missing, one line each."""


@cache
def of(code: str) -> Lexicon:
    """The lexicon of a language (ISO 639-1). Raises LexiconError, naming the file and everything that it lacks."""
    path = FOLDER / code / "lexicon.yaml"
    if not path.is_file():
        raise LexiconError(f"there is no lexicon of the language {code!r}: {path} is missing (see docs/languages.md)")
    try:
        return Lexicon.model_validate(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader))
    except (yaml.YAMLError, ValidationError) as error:
        raise LexiconError(f"{path}: {_told(error)}") from error


@cache
def codes() -> tuple[str, ...]:
    """The languages that have a lexicon, English first."""
    found = {path.parent.name for path in FOLDER.glob("*/lexicon.yaml")}
    return tuple(sorted(found, key=lambda code: (code != "en", code)))


def _told(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors())
