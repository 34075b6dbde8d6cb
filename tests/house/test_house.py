"""The rules of the house, as tests: how large, which files, which settings. test_imports.py has who may import whom."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.house import env_example
from tests.house.tree import EXTRACTION, MESH, SERVICES, imports, sources

FILES = (
    "__init__.py",
    "main.py",
    "config.py",
    "requirements.txt",
    "VERSION.txt",
    "README.md",
    "Dockerfile",
    ".env.example",
)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_files_that_every_service_has(service: str) -> None:
    missing = [name for name in FILES if not Path(service, name).exists()]
    assert not missing


def test_mesh_knows_no_domain_outside_wire() -> None:
    words = ("scenario", "twilio", "lead", "gateway", "call_handler", "whisper", "espeak")
    for path in set(sources(MESH)) - set(sources(MESH / "wire")):
        text = path.read_text(encoding="utf-8").lower()
        found = [word for word in words if word in text.replace("leads to", "").replace("misleading", "")]
        assert not found, (path, found)


def test_mesh_stays_small() -> None:
    """How services talk, data at rest (kept/), who asks (auth/), each within its budget; the wire is what it is."""
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources(MESH)}
    assert sum(lines for path, lines in sizes.items() if path.parent == MESH) <= 2_215
    assert sum(lines for path, lines in sizes.items() if path.parent == MESH / "kept") <= 1_165
    assert sum(lines for path, lines in sizes.items() if path.parent == MESH / "auth") <= 650
    assert max(sizes.values()) <= 300


def test_no_file_is_long_and_main_is_a_table_of_contents() -> None:
    for folder in [*SERVICES, EXTRACTION, "launcher", "healthcheck", "bench", "simulator"]:
        for path in sources(folder):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= (150 if path.name == "main.py" else 300), (path, lines)


def test_every_public_name_of_mesh_has_two_users() -> None:
    """What only one service uses lives in that service; the wire belongs to its two ends."""
    users: dict[str, set[str]] = {}
    for folder in [*SERVICES, "launcher", "healthcheck", "bench"]:
        for path in sources(folder):
            for name in imports(path):
                users.setdefault(name, set()).add(folder)
    inside = {name for path in sources(MESH) for name in imports(path)}
    for module in [*MESH.glob("*.py"), *(MESH / "kept").glob("*.py")]:
        # server is imported by uvicorn, which is told of it by name, for every service.
        if module.stem in ("__init__", "server"):
            continue
        dotted = ".".join(module.relative_to(MESH.parent).with_suffix("").parts)
        used = {user for name, who in users.items() if name.startswith(dotted) for user in who}
        assert len(used) >= 2 or any(name.startswith(dotted) for name in inside), module


@pytest.mark.parametrize("service", SERVICES)
def test_env_example_is_that_of_the_settings(service: str) -> None:
    text = Path(service, ".env.example").read_text(encoding="utf-8")
    assert text == env_example.render(service), "run: python -m tests.house.env_example"
    for name, field in env_example.settings_of(service).model_fields.items():
        assert field.description, name


def read_settings(folder: Path) -> set[str]:
    """The settings that a package reads: `settings.NAME`, or in config.py `self.NAME`; `<peer>_url` of each peer that it
    names, where it makes its clients in a loop.
    """
    found: set[str] = set()
    for path in sources(folder):
        names: set[str] = set()
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        for node in nodes:
            if isinstance(node, ast.Attribute):
                owner = node.value
                name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
                if name.strip("_") == "settings" or (name == "self" and path.name == "config.py"):
                    found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names.add(node.target.id)
        if 'getattr(settings, f"{name}_url")' in path.read_text(encoding="utf-8"):
            found |= {f"{name}_url" for name in names}
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_is_read(service: str) -> None:
    """What an operator sets does something."""
    unread = env_example.settings_of(service).model_fields.keys() - read_settings(Path(service)) - read_settings(MESH)
    assert not unread


def test_one_setting_has_one_meaning() -> None:
    """Two services may read one name, if it is the same thing: same default, same type."""
    seen: dict[str, tuple[str, object]] = {}
    for service in SERVICES:
        for name, field in env_example.settings_of(service).model_fields.items():
            meaning = (str(field.annotation), str(field.default))
            assert seen.setdefault(name, (service, meaning))[1] == meaning, (name, service, seen[name][0])


def test_the_root_env_example_is_up_to_date() -> None:
    assert Path(".env.example").read_text(encoding="utf-8") == env_example.root()


def test_every_requirement_is_in_the_lock() -> None:
    locked = {line.split("==")[0].lower() for line in Path("constraints.txt").read_text().splitlines() if "==" in line}
    for path in [*Path().glob("*/requirements*.txt"), Path("requirements-dev.txt")]:
        for line in path.read_text().splitlines():
            name = line.split("[")[0].split(">")[0].split("=")[0].strip().lower().replace("_", "-")
            if name and not name.startswith(("#", "-")):
                assert name in locked, f"{name} of {path}: run launcher/lock.sh"


def test_what_is_installed_is_pinned_by_its_hash() -> None:
    """start_all.sh, run_tests.sh and the images install under requirements.lock; constraints.txt is its versions alone."""
    text = Path("requirements.lock").read_text()
    pins = re.findall(r"^(\S+==[^\\\n]+?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE)
    assert [pin for pin, _ in pins] == Path("constraints.txt").read_text().splitlines(), "run launcher/lock.sh"
    assert len(re.findall(r"^\S", text, re.MULTILINE)) == len(pins), "each has a hash"
    for path in ["start_all.sh", "run_tests.sh", *Path().glob("*/Dockerfile")]:
        installs = [line for line in Path(path).read_text().splitlines() if "pip install" in line]
        assert all("-c requirements.lock -b requirements.lock" in i or "--require-hashes" in i for i in installs), path


def test_images_and_actions_are_pinned() -> None:
    files = [*Path().glob("docker-compose*.yml"), *Path().glob("*/Dockerfile")]
    images = [i for path in files for i in re.findall(r"^(?:FROM|\s+image:) (\S+)", path.read_text(), re.MULTILINE)]
    assert len(images) > 10
    assert [i for i in images if not re.search(r":v?\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$", i)] == []
    for path in Path(".github/workflows").glob("*.yml"):
        text = path.read_text()
        assert re.findall(r"uses: (?!\S+@[0-9a-f]{40} # v)", text) == [], path
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}, path


def test_no_secret_is_printed() -> None:
    from call_handler.config import Settings

    settings = Settings(twilio_auth_token="sekret-token-1")
    assert "sekret" not in repr(settings)
    assert "sekret" not in settings.model_dump_json()


def test_nothing_ignored_is_tracked() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-ci", "--exclude-standard"], capture_output=True, text=True, check=True
    )
    assert not tracked.stdout
