"""Languages as data: one complete lexicon per language, `languages/<code>/lexicon.yaml`, typed by the sections here.

A new language is a new folder with such a file (and its `words.txt`, how frequent its words are), nothing else:
docs/languages.md says how. What is missing in one is named when it is loaded.

Phrases are fragments of regular expressions over small letters: a space is any white space, `\\w*` any ending; `{n}`,
`{h}`, `{m}` stand for numbers where the section says so.
"""

import os
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from extraction import frequency, table
from extraction.lexicon.whole import Lexicon

FOLDER = Path(__file__).parent.parent / "languages"
LARGEST, DEEPEST = 400_000, 20
"""Bytes of a lexicon, and collections in one another, at most."""


class LexiconError(ValueError):
    """A language without a lexicon, or one whose lexicon is not complete: what is missing, one line each."""


@cache
def of(code: str) -> Lexicon:
    """The lexicon of a language (ISO 639-1), its words.txt looked through as well, where it has one already.

    Raises LexiconError, naming the file and everything that it lacks.
    """
    path = FOLDER / code / "lexicon.yaml"
    if not path.exists():
        raise LexiconError(f"there is no lexicon of the language {code!r}: {path} is missing (see docs/languages.md)")
    try:
        with os.fdopen(table.opened(path, LARGEST), "rb") as file:
            text = file.read(LARGEST).decode()
        known = Lexicon.model_validate(_loaded(path, text))
        if os.path.lexists(words := path.with_name("words.txt")):
            frequency.check(words)
    except LexiconError:
        raise
    except table.DataError as error:
        raise LexiconError(str(error)) from None
    except (yaml.YAMLError, ValueError) as error:
        raise LexiconError(f"{path}{_told(error)}") from error
    return known


def _loaded(path: Path, text: str) -> object:
    """Only what stands there: an alias can stand for billions of values, a tag for any, and libyaml's stack can end."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST or isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise LexiconError(f"{path}:{line}: more than {DEEPEST} levels, an alias or a tag")
    return yaml.load(text, yaml.CSafeLoader)


@cache
def codes() -> tuple[str, ...]:
    """The languages that have a lexicon, English first."""
    found = {path.parent.name for path in FOLDER.glob("*/lexicon.yaml")}
    return tuple(sorted(found, key=lambda code: (code != "en", code)))


def _told(error: Exception) -> str:
    """What is wrong, after the file's name: `:LINE: what` where the line is known."""
    if isinstance(error, ValidationError):
        found = [(".".join(map(str, one["loc"])), one["msg"].lower()) for one in error.errors()]
        return ": " + "; ".join(f"{place}: {what}" if place else what for place, what in found)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f":{error.problem_mark.line + 1}: {error.problem}"
    return ": not UTF-8" if isinstance(error, UnicodeError) else f": {' '.join(str(error).split())}"
