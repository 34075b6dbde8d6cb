"""The scenarios of a folder, read again when a file changes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gateway.scenario.models import Scenario
from mesh import logs
from mesh.errors import BadInput
from mesh.kept import documents
from mesh.kept.documents import LastGood, listed
from mesh.numbers import whole

WATCH_S = 1.0
MOST_PLACES = 10_000  # in a list of a scenario file
log = logs.get("scenarios")


@dataclass(slots=True)
class _File:
    """`scenario` is what it holds, if it is right; `before`: what it held when it was."""

    changed: int
    scenario: Scenario | None = None
    before: Scenario | None = None
    trouble: str = ""


class Scenarios:
    """All files of a folder. One that is wrong does not stop the others, nor the service.

    Of a file that is wrong the last good version serves, of which `kept` has a copy for the next process. Raises
    ValueError, naming the file and the place, when the default can be had in no way.
    """

    def __init__(self, folder: Path, default: str, kept: Path | None = None) -> None:
        self._folder, self._default, self._kept = folder, default, LastGood(kept)
        self._files: dict[Path, _File] = {}
        self.broken: dict[str, str] = {}
        """What is wrong with files, by name."""
        self.by_name: Mapping[str, Scenario] = {}
        self.refresh()
        if default not in self.by_name:
            none = f"no scenario {default!r} in {folder}; there are: {', '.join(self.by_name) or 'none'}"
            raise ValueError("; ".join([none, *self.broken.values()]))

    def refresh(self) -> None:
        """Read what has changed."""
        broken: dict[str, str] = {}
        try:
            present = listed(self._folder)
        except ValueError as error:
            # Nobody deletes all of them: the folder is not mounted, or not ours to read.
            broken[self._folder.name] = f"{error}; the last ones are still used"
            files = self._files or {copy: _File(0, read(copy)[1]) for copy in self._kept.all()}
        else:
            files = {path: self._file(path, changed) for path, changed in present.items()}
        by_name: dict[str, Scenario] = {}
        serving = {id(scenario) for scenario in self.by_name.values()}
        for path, file in sorted(files.items(), key=lambda item: id(item[1].scenario) not in serving):
            scenario, trouble = file.scenario or file.before, file.trouble
            if scenario is not None and scenario.name in by_name:
                trouble = trouble or f"{path}: its name, {scenario.name!r}, is that of another file too"
                scenario = file.before if file.before and file.before.name not in by_name else None
            if scenario is not None:
                by_name[scenario.name] = scenario
            if trouble:
                broken[path.name] = trouble + ("; its last good version serves" if scenario else "")
        last = self.by_name.get(self._default) or self._copy_of_default() if self._default not in by_name else None
        if last is not None:
            by_name[self._default] = last
            broken.setdefault(f"{self._default}.yaml", "the default scenario is gone; the last one is still used")
        for name, what in broken.items():
            if self.broken.get(name) != what:
                log.error("scenario not taken", file=name, error=what)
        self._files, self.broken, self.by_name = files, broken, by_name

    def _file(self, path: Path, changed: int) -> _File:
        known = self._files.get(path)
        if known is not None and known.changed == changed:
            return known
        try:
            document = documents.read(path)
            mistakes, scenario = _validated(path, document)
            if mistakes:
                raise ValueError("\n".join(mistakes))
        except ValueError as error:
            copy = self._kept.of(path)
            before = (known.scenario or known.before) if known else read(copy)[1] if copy else None
            return _File(changed, before=before, trouble=str(error))
        try:
            self._kept.keep(path, document.text)
        except OSError as error:
            log.error("no copy of a good scenario", file=path.name, error=str(error))
        return _File(changed, scenario, before=known.scenario or known.before if known else None)

    def _copy_of_default(self) -> Scenario | None:
        found = (read(copy)[1] for copy in self._kept.all())
        return next((scenario for scenario in found if scenario and scenario.name == self._default), None)

    async def watch(self) -> None:
        """A file that changes holds for the calls that begin from then on."""
        while True:
            await asyncio.sleep(WATCH_S)
            await asyncio.to_thread(self.refresh)

    def choose(self, name: str | None, called: str | None = None) -> Scenario:
        """The scenario asked for, or that of the called number, or the default. Raises BadInput unknown_scenario."""
        if name is not None and name not in self.by_name:
            raise BadInput("unknown_scenario", f"No scenario {name!r}; there are: {', '.join(self.by_name)}.")
        if name is not None:
            return self.by_name[name]
        for scenario in self.by_name.values():
            if called and called in scenario.numbers:
                return scenario
        return self.by_name[self._default]


def load(path: Path) -> Scenario:
    """A scenario file. Raises ValueError with the file, the line and what is wrong, one mistake a line."""
    mistakes, scenario = read(path)
    if scenario is None:
        raise ValueError("\n".join(mistakes))
    return scenario


def read(path: Path) -> tuple[list[str], Scenario | None]:
    """The mistakes in a file as `FILE:LINE: place: what`, and the scenario when there is none."""
    try:
        document = documents.read(path)
    except ValueError as error:
        return [str(error)], None
    return _validated(path, document)


def _validated(path: Path, document: documents.Document) -> tuple[list[str], Scenario | None]:
    try:
        return [], Scenario.model_validate(document.data)
    except ValidationError as error:
        return [_mistake(path, document.node, problem) for problem in error.errors()], None


def _mistake(path: Path, node: yaml.Node | None, problem: Mapping[str, Any]) -> str:
    place = [part for part in problem["loc"] if not str(part).endswith("]")]
    what = str(problem["msg"]).removeprefix("Value error, ")
    if place:
        return f"{path}:{_line(node, place)}: {'.'.join(map(str, place))}: {what}"
    parts = what.split(" ", 1)[0].split(".")  # it begins with one
    named = [part if (number := whole(part, MOST_PLACES)) is None else number for part in parts]
    return f"{path}:{_line(node, named)}: {what}"


def _line(node: yaml.Node | None, place: Sequence[int | str]) -> int:
    """The line of a place, counted from 1; where a key is missing, that of what should have it."""
    line = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
