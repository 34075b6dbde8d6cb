"""A scenario file that is wrong stops nobody else, at the start neither."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from extraction import people
from gateway.config import Settings
from gateway.main import build
from gateway.scenario.files import Scenarios
from lead_sender import config as leads
from lead_sender.destinations import Destinations
from lead_sender.main import build as build_leads
from tests.gateway.conftest import scenario


def write(folder: Path, stem: str, **more: Any) -> Path:
    path = folder / f"{stem}.yaml"
    path.write_text(yaml.safe_dump(scenario(**{"name": stem, **more})), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "scenarios"
    made.mkdir()
    write(made, "own")
    write(made, "hotel")
    return made


BROKEN: dict[str, bytes] = {
    "syntax": b"name: hotel\nlanguages: [unclosed\n",
    "schema": b"name: hotel\n",
    "not UTF-8": b"name: h\xff\xfetel\n",
    "binary": bytes(range(256)),
    "aliases": b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (c + 1, c + 1, b",".join([b"*%c" % c] * 10)) for c in range(ord("a"), ord("k"))),
    "merges": b"a: &a {x: 1}\n"
    + b"".join(
        b"%c: &%c {<<: [%s]}\n" % (c + 1, c + 1, b",".join([b"*%c" % c] * 9)) for c in range(ord("a"), ord("k"))
    ),
    "inside itself": b"name: &a [*a]\n",
    "deep": b"[" * 50_000,
    "deep and closed": b"name: " + b"[" * 20_000 + b"]" * 20_000,
    "deep in lines": b"".join(b" " * level + b"a:\n" for level in range(600)),
    "deep maps": b"name: " + b"{a: " * 20_000,
    "many": b"name: [" + b"[]," * 60_000 + b"]",
    "huge": b"x" * 300_000,
    "empty": b"",
    "no number": b'name: hotel\ngreeting: !!int ""\n',
    "no truth": b"name: hotel\ngreeting: !!bool x\n",
    "no time": b"name: hotel\ngreeting: !!timestamp x\n",
    "no day": b"name: hotel\ngreeting: 2027-99-99\n",
    "half a character": b'name: "\\ud800"\n',
    "python": b"name: !!python/object/apply:os.system ['true']\n",
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_broken_file_is_left_out_and_named_while_the_others_serve(
    serve_app: Callable[..., Any], http: httpx2.AsyncClient, folder: Path, kind: str
) -> None:
    (folder / "hotel.yaml").write_bytes(BROKEN[kind])
    url = await serve_app(build(Settings(scenarios_dir=folder, default_scenario="own")))
    health = (await http.get(url + "/health")).json()
    assert health["status"] == "degraded"
    assert f"{folder}/hotel.yaml:" in health["checks"]["scenarios"]["detail"]
    assert health["checks"]["engine"]["detail"] == "own"


@pytest.mark.parametrize("name", ["own", "hotel"])
def test_the_last_good_version_serves_after_a_restart(folder: Path, tmp_path: Path, name: str) -> None:
    kept = tmp_path / "kept"
    Scenarios(folder, "own", kept)
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}
    path = folder / f"{name}.yaml"
    path.write_text("name: [")
    again = Scenarios(folder, "own", kept)
    assert set(again.by_name) == {"own", "hotel"}
    assert f"{path}:1" in again.broken[path.name]
    write(folder, name, numbers=["+15550100"])
    again.refresh()
    assert not again.broken
    assert again.by_name[name].numbers == ["+15550100"]


def test_a_file_that_is_gone_does_not_come_back(folder: Path, tmp_path: Path) -> None:
    Scenarios(folder, "own", tmp_path / "kept")
    (folder / "hotel.yaml").unlink()
    again = Scenarios(folder, "own", tmp_path / "kept")
    assert (set(again.by_name), again.broken) == ({"own"}, {})


def test_a_default_that_is_wrong_from_the_first_is_a_clear_refusal(folder: Path, tmp_path: Path) -> None:
    (folder / "own.yaml").write_text("name: own\nlanguages: [")
    with pytest.raises(ValueError, match=r"no scenario 'own' in .*own\.yaml:2"):
        Scenarios(folder, "own", tmp_path / "kept")


@pytest.mark.parametrize("how", ["empty", "gone"])
def test_a_folder_that_is_not_there_changes_nothing(folder: Path, tmp_path: Path, how: str) -> None:
    running = Scenarios(folder, "own", tmp_path / "kept")
    for path in list(folder.iterdir()):
        path.unlink()
    if how == "gone":
        folder.rmdir()
    running.refresh()
    for found in (running, Scenarios(folder, "own", tmp_path / "kept")):
        assert set(found.by_name) == {"own", "hotel"}
        assert str(folder) in found.broken["scenarios"]


def test_a_link_that_leads_nowhere_is_named(folder: Path) -> None:
    (folder / "loose.yaml").symlink_to("nowhere")
    found = Scenarios(folder, "own")
    assert set(found.by_name) == {"own", "hotel"}
    assert "No such file" in found.broken["loose.yaml"]


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "socket"])
def test_what_is_no_regular_file_is_named_at_once(folder: Path, kind: str) -> None:
    """A pipe would be waited for, and zeros have no end."""
    path = folder / "odd.yaml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    found = Scenarios(folder, "own")
    assert set(found.by_name) == {"own", "hotel"}
    assert found.broken["odd.yaml"].startswith(f"{path}: ")


def test_a_file_that_takes_the_name_of_another_takes_nothing_from_it(folder: Path) -> None:
    found = Scenarios(folder, "own")
    write(folder, "a", name="hotel", numbers=["+15550100"])
    found.refresh()
    assert found.by_name["hotel"].numbers == []
    assert "another file" in found.broken["a.yaml"]
    (folder / "hotel.yaml").unlink()
    found.refresh()
    assert found.by_name["hotel"].numbers == ["+15550100"]
    assert not found.broken


def test_leads_go_where_they_went_after_a_restart_with_a_broken_file(folder: Path, tmp_path: Path) -> None:
    write(folder, "hotel", delivery={"webhook": {"url": "https://hotel.example/leads"}})
    settings = leads.Settings(scenarios_dir=folder, scenarios_kept_dir=tmp_path / "kept")
    Destinations(settings).refresh()
    for text in (b"name: [", BROKEN["aliases"], BROKEN["not UTF-8"]):
        (folder / "hotel.yaml").write_bytes(text)
        again = Destinations(settings)
        again.refresh()
        assert again.of("hotel").sinks == ["webhook"]
        assert "hotel.yaml:" in again.broken["hotel.yaml"]
    for path in list(folder.iterdir()):
        path.unlink()
    again = Destinations(settings)
    again.refresh()
    assert again.of("hotel").sinks == ["webhook"]


def test_names_that_are_no_table_stop_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "names.txt").symlink_to("/dev/zero")
    monkeypatch.setattr(people, "NAMES", tmp_path / "names.txt")
    for service, settings in ((build, Settings()), (build_leads, leads.Settings())):
        with pytest.raises(ValueError, match=r"names\.txt: not a regular file"):
            service(settings)
