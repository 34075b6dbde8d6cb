"""Every curl line of every README is sent to the running mesh, as a reader would send it."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from mesh.settings import ports
from simulator.processes import BASE, Mesh

READMES = ["README.md", "README.ru.md", *(f"{service}/README.md" for service in ports())]


def curl_lines(path: str) -> list[str]:
    blocks = re.findall(r"```bash\n(.*?)```", Path(path).read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("curl ")]


LINES = [(path, line) for path in READMES for line in curl_lines(path)]


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An empty folder for the reader of each README: what a line needs, an earlier line must have made."""
    return {path: tmp_path_factory.mktemp("reader") for path in READMES}


@pytest.mark.parametrize(("path", "line"), LINES, ids=[f"{path}-{index}" for index, (path, _) in enumerate(LINES)])
def test_a_curl_line(mesh: Mesh, readers: dict[str, Path], path: str, line: str) -> None:
    reader = readers[path]
    for name, port in BASE.items():
        line = line.replace(f"127.0.0.1:{port}/", f"127.0.0.1:{port + mesh.offset}/")
        assert f":{port}/" not in line, name
    command = shlex.split(line)
    done = subprocess.run([*command, "-s", "-S", "-w", "\n%{http_code}"], cwd=reader, capture_output=True, check=True)
    output = done.stdout.decode(errors="replace")
    status = int(output.rsplit("\n", 1)[1])
    if "example.com/call.mp3" in line:
        assert status in (408, 422), "there is no network here, and no such file there"
    elif "test.mp3" in line:
        assert status == 422, "answered in Dev Mode only, as the README says"
    elif line.endswith("/calls"):
        assert status == 409, "no Twilio account is set up here, and the README says what it needs"
    elif "/objects/recordings/0000" in line and "DELETE" not in line:
        assert status == 404, "a key of nothing"
    else:
        assert status in (200, 201, 204), output
    if "-o" in command:
        assert (reader / command[command.index("-o") + 1]).stat().st_size > 50


def test_each_service_has_lines_in_both_readmes() -> None:
    for path in ("README.md", "README.ru.md"):
        for service, port in BASE.items():
            assert any(f":{port}/" in line for line in curl_lines(path)), (path, service)


def test_the_two_readmes_say_the_same() -> None:
    """The same sections, tables and commands; only the words differ."""
    english, russian = (Path(path).read_text(encoding="utf-8") for path in ("README.md", "README.ru.md"))
    for pattern in (r"^#+ ", r"^\| ", r"^```", r"^curl ", r"^\d\. "):
        assert len(re.findall(pattern, english, re.MULTILINE)) == len(re.findall(pattern, russian, re.MULTILINE)), (
            pattern
        )
    settings = [re.findall(r"`([A-Z][A-Z_]+)`", text) for text in (english, russian)]
    assert settings[0] == settings[1]


def test_the_links_lead_somewhere() -> None:
    for path in [*READMES, "docs/architecture.md"]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", Path(path).read_text(encoding="utf-8")):
            assert (Path(path).parent / target).exists(), (path, target)


def test_the_first_screen_has_the_two_commands() -> None:
    for path in ("README.md", "README.ru.md"):
        screen = "\n".join(Path(path).read_text(encoding="utf-8").splitlines()[:45])
        assert "./start_all.sh" in screen
        assert "./run_tests.sh" in screen
