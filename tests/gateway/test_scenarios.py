"""Scenario files: what is wrong is named with its line; a change holds without a restart, a mistake changes nothing."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from gateway.scenario.files import read
from gateway.scenario.models import Scenario
from simulator.processes import Mesh, eventually

GENERIC = Path("config/scenarios/generic.yaml")


def check(*files: Path) -> tuple[int, list[str]]:
    command = [sys.executable, "-m", "gateway.scenario", "check", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def test_the_shipped_files_are_right() -> None:
    files = sorted(Path("config/scenarios").glob("*.yaml"))
    assert check(*files) == (0, [f"{len(files)} of {len(files)} are right."])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("type: phone", "type: telephone", "fields.1.type: Input should be"),
        ("default_language: en", "default_language: xx", "default_language 'xx' is not among"),
        ("numbers: []", "nubmers: []", "nubmers: Extra inputs are not permitted"),
        ('done: "Thank you, {name}.', 'done: "Thank you, {nmae}.', "{nmae}, which is no field"),
        ('done: "Thank you, {name}.', 'done: "Thank you, {name.', "languages.en.done: a brace is not closed"),
        ('      fr: "Pour quelles dates ?"\n', "", "fields.3.ask has no text in fr"),
        ("\n  ru:\n", "\n  xx:\n", "languages.xx would not be understood: there is no lexicon of the language 'xx'"),
        ("name: generic", "name: [generic", "expected ',' or ']'"),
        ("numbers: []", "hours: {open: {mon: ['٠٩:٠٠-١٨:٠٠']}}", "hours.open.mon.0: String should match"),
        ("  - name: phone", "  - name: Phone Number", "fields.1.name: String should match"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = GENERIC.read_text(encoding="utf-8")
    file = tmp_path / "bad.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert file.read_text(encoding="utf-8") != text
    lines, scenario = read(file)
    assert scenario is None
    assert words in lines[0], lines
    line = int(lines[0].removeprefix(f"{file}:").split(":", 1)[0])
    where = file.read_text(encoding="utf-8").splitlines()[line - 1]
    assert (new.strip() in where) if new and "expected" not in words else line > 1


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"- a\n- b\n", b"a: &a [*a]\n", b"a: 1\n  b: 2\n", b"? [1]\n: 2\n"])
def test_files_that_are_none(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "none.yaml"
    file.write_bytes(data)
    lines, scenario = read(file)
    assert scenario is None
    assert lines[0].startswith(f"{file}:")


def test_the_command_says_how_many_are_right(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: bad\n", encoding="utf-8")
    code, lines = check(bad, GENERIC, tmp_path / "missing.yaml")
    assert code == 1
    assert lines[-1] == "1 of 3 are right."
    assert lines[0] == f"{bad}:1: default_language: Field required"


def test_the_command_refuses_what_would_keep_it(tmp_path: Path) -> None:
    deep, pipe = tmp_path / "deep.yaml", tmp_path / "pipe.yaml"
    deep.write_text("name: hotel\ngreeting: " + "[" * 20_000 + "]" * 20_000)
    os.mkfifo(pipe)
    code, lines = check(deep, pipe)
    assert (code, lines[-1]) == (1, "0 of 2 are right.")
    assert lines[:-1] == [
        f"{deep}:2: more than 20000 values, or nested in more than 50 levels",
        f"{pipe}: not a regular file",
    ]


def test_the_schema_for_editors_is_the_models() -> None:
    written = json.loads(Path("config/scenarios/scenario.schema.json").read_text(encoding="utf-8"))
    assert written == Scenario.model_json_schema(), "python -m gateway.scenario schema > config/scenarios/..."
    for file in Path("config/scenarios").glob("*.yaml"):
        assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=scenario.schema.json\n")


async def test_a_change_holds_without_a_restart_and_a_mistake_changes_nothing(
    tmp_path: Path, http: httpx2.AsyncClient
) -> None:
    folder = tmp_path / "scenarios"
    shutil.copytree("config/scenarios", folder)
    mesh = Mesh(tmp_path, SCENARIOS_DIR=str(folder))
    try:
        mesh.start("gateway")

        async def greeting(scenario: str) -> str:
            reply = await http.post(mesh.url("gateway") + "/v1/sessions", json={"scenario": scenario})
            return str(reply.json().get("reply", reply.status_code))

        async def health() -> dict[str, dict[str, str]]:
            checks: dict[str, dict[str, str]] = (await http.get(mesh.url("gateway") + "/health")).json()["checks"]
            return checks

        text = GENERIC.read_text(encoding="utf-8")
        taxi = folder / "taxi.yaml"
        taxi.write_text(text.replace("name: generic", "name: taxi").replace("Hello, this is", "Taxi here, this is", 1))

        async def there() -> bool:
            return (await greeting("taxi")).startswith("Taxi here")

        await eventually(there)
        time.sleep(0.02)
        taxi.write_text("name: taxi\nnonsense: true\n")

        async def said() -> bool:
            return "taxi.yaml:2: nonsense" in (await health())["scenarios"]["detail"]

        await eventually(said)
        assert await there(), "the last file that was right is still used"
        taxi.unlink()

        async def gone() -> bool:
            return await greeting("taxi") == "422"

        await eventually(gone)
        (folder / "generic.yaml").unlink()

        async def kept() -> bool:
            return "default scenario is gone" in (await health())["scenarios"]["detail"]

        await eventually(kept)
        assert (await greeting("generic")).startswith("Hello")
    finally:
        mesh.stop()
