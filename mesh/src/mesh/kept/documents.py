"""YAML files that people edit while we run: read within bounds, and the last good version of each kept.

What is wrong names its line. What the file held before is used instead, after a restart too: of that there is a copy.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 200_000
MAX_VALUES = 20_000
"""Aliases counted as often as they are used: a few lines can stand for billions of values."""
MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Document:
    """A file, parsed: `node` knows the lines of `data`."""

    text: str
    node: yaml.Node | None
    data: Any


def read(path: Path) -> Document:
    """A file. Raises ValueError as `FILE:LINE: what`."""
    try:
        text = _bytes(path).decode()
        loader = _Loader(text)
        node = loader.get_single_node()
        return Document(text, node, _built(path, loader, node) if node is not None else None)
    except UnicodeError:
        raise ValueError(f"{path}:1: not UTF-8") from None
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ValueError(f"{path}:{mark.line + 1 if mark else 1}: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"{path}:1: {error}") from None


def _bytes(path: Path) -> bytes:
    """What is in a file. Of a pipe or a device nobody knows when it ends, or whether it begins."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError(f"{path}: not a regular file")
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"{path}:1: larger than {MAX_BYTES} bytes")
    return data


class _Loader(yaml.SafeLoader):
    """Ends where a file is too deep or too much: PyYAML's time grows with the square of the one, and the stack ends."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = self._count = 0
        self._sizes: dict[int, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """One value and all in it. Raises UnicodeError for half of a character, "\\ud800": no JSON could hold it."""
        before, is_alias = self._count, self.check_event(yaml.AliasEvent)
        self._depth, self._count = self._depth + 1, self._count + 1
        node = super().compose_node(parent, index) if self._depth <= MAX_DEPTH else None
        if isinstance(node, yaml.ScalarNode):
            node.value.encode()
        if is_alias:
            self._count += self._sizes.get(id(node), MAX_VALUES)  # what has no size yet is inside itself
        if node is None or self._count > MAX_VALUES:
            what = f"more than {MAX_VALUES} values, or nested in more than {MAX_DEPTH} levels"
            raise yaml.MarkedYAMLError(problem=what, problem_mark=parent.start_mark if parent else None)
        self._depth -= 1
        self._sizes.setdefault(id(node), self._count - before)
        return node


def _built(path: Path, loader: yaml.SafeLoader, node: yaml.Node) -> Any:  # noqa: ANN401 (YAML)
    """What a file says. PyYAML takes "!!int" and its like at their word, and so a value that is none for anything."""
    try:
        return loader.construct_document(node)
    except (LookupError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{path}:1: a value that cannot be read: {error!r}") from None


def listed(folder: Path) -> dict[Path, int]:
    """The YAML files of a folder, and when each changed (ns). Raises ValueError when there is none to be seen."""
    found: dict[Path, int] = {}
    try:
        for path in sorted(folder.iterdir()):
            if path.suffix == ".yaml" and not path.name.startswith("."):
                found[path] = _changed(path)
    except OSError as error:
        raise ValueError(f"{folder}: {error.strerror}") from None
    if not found:
        raise ValueError(f"{folder}: there is no *.yaml file in it")
    return found


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1  # it vanishes just now, or is a link to nothing: reading it will say what is wrong


class LastGood:
    """Copies of files that were right, in a folder of ours; none where there is no folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def keep(self, path: Path, text: str) -> None:
        """Remember what a file holds, readable by us only. Raises OSError."""
        if self._folder is None or self._same(path, text):
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._folder / f".{path.name}.{os.getpid()}"
        with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._folder / path.name)

    def of(self, path: Path) -> Path | None:
        """The copy of a file."""
        copy = self._folder / path.name if self._folder else None
        return copy if copy is not None and copy.is_file() else None

    def all(self) -> list[Path]:
        """Every copy."""
        try:
            return list(listed(self._folder)) if self._folder else []
        except ValueError:
            return []

    def _same(self, path: Path, text: str) -> bool:
        copy = self.of(path)
        try:
            return copy is not None and copy.read_bytes() == text.encode()
        except OSError:
            return False
