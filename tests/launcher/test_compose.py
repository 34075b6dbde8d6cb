"""docker compose: the same order and patience at a stop as start_all.sh has, and every port for who asks for it."""

import re
from pathlib import Path
from typing import Any

import yaml

from launcher.processes import grace_s
from mesh.settings import load_yaml

PORTS = load_yaml("config.yaml")["services"]
SERVICES: dict[str, Any] = yaml.safe_load(Path("docker-compose.yml").read_text())["services"]


def needs(service: str) -> set[str]:
    """What a service depends on, directly or not: compose stops it before those."""
    direct = set(SERVICES[service].get("depends_on", []))
    return direct.union(*(needs(name) for name in direct)) if direct else set()


def test_services_end_in_the_order_in_which_calls_drain() -> None:
    assert "gateway" in needs("call_handler")
    engines = {"stt", "lang", "gpt", "tts"}
    assert engines < needs("gateway")
    for engine in engines:
        assert {"lead_sender", "logger", "storage"} <= needs(engine)
    assert "logger" in needs("lead_sender")
    assert "storage" in needs("logger")


def test_none_is_killed_before_its_time() -> None:
    for service in PORTS:
        asked = re.search(r'"--timeout-graceful-shutdown", "(\d+)"', Path(service, "Dockerfile").read_text())
        assert asked
        assert int(asked[1]) == grace_s(service)
        assert int(SERVICES[service]["stop_grace_period"].removesuffix("s")) > grace_s(service)


def test_every_services_port_is_there_for_who_asks_for_it() -> None:
    more = yaml.safe_load(Path("docker-compose.ports.yml").read_text())["services"]
    for service, port in PORTS.items():
        published = [*SERVICES[service].get("ports", []), *more.get(service, {}).get("ports", [])]
        assert f"127.0.0.1:{port}:{port}" in published, service
        assert all(address.startswith("127.0.0.1:") for address in published)


def test_a_services_own_env_file_comes_after_the_roots() -> None:
    for service in PORTS:
        assert [file["path"] for file in SERVICES[service]["env_file"]] == [".env", f"{service}/.env"]
