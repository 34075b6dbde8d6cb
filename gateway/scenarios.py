"""The scenarios of a folder, read again when a file changes.

`python -m gateway.scenarios check FILE` prints one line for each mistake, with the line of the file that it is in;
`schema` prints the JSON Schema that editors complete from (config/scenarios/scenario.schema.json).
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gateway.scenario import Scenario
from mesh import logs
from mesh.errors import BadInput

MAX_BYTES = 1_000_000
log = logs.get("scenarios")


class Scenarios:
    """All files of the folder. Raises ValueError, naming the file and the place, when one is wrong at the start."""

    def __init__(self, folder: Path, default: str) -> None:
        self._folder, self._default = folder, default
        self._files: dict[Path, tuple[float, Scenario]] = {}
        self.broken: dict[str, str] = {}
        """What is wrong with files that have changed since, by name: what they held before is still used."""
        self.by_name: Mapping[str, Scenario] = {}
        self.refresh()
        if self.broken:
            raise ValueError("; ".join(self.broken.values()))
        if default not in self.by_name:
            raise ValueError(f"no scenario {default!r} in {folder}; there are: {', '.join(self.by_name) or 'none'}")

    def refresh(self) -> None:
        """Read what has changed. A file that is wrong, or gone while it is the default, leaves what was."""
        present = sorted(self._folder.glob("*.yaml"))
        files: dict[Path, tuple[float, Scenario]] = {}
        broken: dict[str, str] = {}
        for path in present:
            known = self._files.get(path)
            try:
                changed = path.stat().st_mtime
                if known is not None and known[0] == changed and path.name not in self.broken:
                    files[path] = known
                    continue
                files[path] = (changed, load(path))
                twin = next((p for p in files if p != path and files[p][1].name == files[path][1].name), None)
                if twin is not None:
                    raise ValueError(f"{path}: its name is that of {twin.name} too")
            except (OSError, ValueError) as error:
                files.pop(path, None)
                broken[path.name] = str(error)
                if known is not None:
                    files[path] = known
        kept = next((item for item in self._files.values() if item[1].name == self._default), None)
        by_name = {scenario.name: scenario for _, scenario in files.values()}
        if kept is not None and self._default not in by_name:
            by_name[self._default] = kept[1]
            broken.setdefault(f"{self._default}.yaml", "the default scenario is gone; the last one is still used")
        for name, what in broken.items():
            if self.broken.get(name) != what:
                log.error("scenario not taken", file=name, error=what)
        self._files, self.broken, self.by_name = files, broken, by_name

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
        if path.stat().st_size > MAX_BYTES:
            return [f"{path}:1: larger than {MAX_BYTES} bytes"], None
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except UnicodeDecodeError:
        return [f"{path}:1: not UTF-8"], None
    except OSError as error:
        return [f"{path}: {error.strerror}"], None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [f"{path}:{mark.line + 1 if mark else 1}: {error.problem or error.context}"], None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [f"{path}:1: {error}"], None
    try:
        return [], Scenario.model_validate(data)
    except ValidationError as error:
        return [_mistake(path, node, problem) for problem in error.errors()], None


def _mistake(path: Path, node: yaml.Node | None, problem: Mapping[str, Any]) -> str:
    place = [part for part in problem["loc"] if not str(part).endswith("]")]
    what = str(problem["msg"]).removeprefix("Value error, ")
    if place:
        return f"{path}:{_line(node, place)}: {'.'.join(map(str, place))}: {what}"
    named = [int(part) if part.isdigit() else part for part in what.split(" ", 1)[0].split(".")]  # it begins with one
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


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m gateway.scenarios", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say what is wrong with files").add_argument("files", nargs="+", type=Path)
    commands.add_parser("schema", help="print the JSON Schema of a scenario file")
    options = parser.parse_args()
    if options.command == "schema":
        sys.stdout.write(json.dumps(Scenario.model_json_schema(), indent=2, ensure_ascii=False) + "\n")
        return
    mistakes = [mistake for path in options.files for mistake in read(path)[0]]
    right = len(options.files) - len({mistake.split(":", 1)[0] for mistake in mistakes})
    sys.stdout.write("".join(f"{mistake}\n" for mistake in mistakes) + f"{right} of {len(options.files)} are right.\n")
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main()
