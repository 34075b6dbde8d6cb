"""Where each service listens, and how; which `.env` files are read. A bare interpreter asks too: no library here."""

import os
import re
from functools import cache
from pathlib import Path

CONFIG_DIR = Path(os.environ.get("MESH_CONFIG_DIR", "config"))
SERVER = (
    *("--http", "mesh.server:Http", "--ws", "mesh.server:Socket"),
    *("--ws-max-size", "2200000", "--ws-per-message-deflate", "false"),
)
"""Deadlines and limits of connections; the largest message of a WebSocket, bytes."""
_SERVICE = re.compile(r"  ([a-z_]+):\s*(\d+)\s*(?:#.*)?")
_SETTING = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|(.*?))\s*(?:\s#.*)?")


def env_files(service: str) -> tuple[str, ...]:
    """The files of a service's settings, the later ones winning; MESH_ENV_FILE names another instead of them."""
    only = os.environ.get("MESH_ENV_FILE")
    return (only,) if only else (".env", f"{service}/.env")


def setting(service: str, name: str) -> str:
    """A setting as this service gets it from the environment or its files; empty where it has none."""
    found = [os.environ.get(name), *(_read(path).get(name) for path in reversed(env_files(service)))]
    return next((value for value in found if value), "")


def port_offset() -> int:
    """MESH_PORT_OFFSET moves all ports of the mesh, so that several can run on one machine."""
    offset = os.environ.get("MESH_PORT_OFFSET") or "0"
    if not re.fullmatch(r"-?[0-9]{1,5}", offset) or not -7_000 <= int(offset) <= 56_000:
        raise ValueError(f"MESH_PORT_OFFSET={offset} is not a number from -7000 to 56000")
    return int(offset)


def ports() -> dict[str, int]:
    """Port of each service, in the order in which they start: `PORT` in <service>/.env, else config.yaml's."""
    return {name: (_own_port(name) or port) + port_offset() for name, port in _configured(CONFIG_DIR).items()}


def peer_url(name: str) -> str:
    """Address of a service: `<NAME>_URL`, else its port on MESH_PEER_HOST (this machine; `{name}` in Docker)."""
    if url := setting(name, f"{name.upper()}_URL"):
        return url
    host = os.environ.get("MESH_PEER_HOST", "127.0.0.1").format(name=name)
    return f"http://{host}:{ports()[name]}"


def _own_port(name: str) -> int | None:
    # Of its own file only: a PORT in the environment or in the root's file would put all of them on one port.
    port = _read(env_files(name)[-1]).get("PORT", "") if len(env_files(name)) > 1 else ""
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise ValueError(f"PORT={port} in {name}/.env is not a port")
    return int(port) if port else None


@cache
def _configured(folder: Path) -> dict[str, int]:
    """The section `services` of config.yaml: a line each, `  name: port`."""
    _, found, section = f"\n{(folder / 'config.yaml').read_text(encoding='utf-8')}".partition("\nservices:\n")
    if not found:
        raise ValueError(f"{folder / 'config.yaml'} has no section services")
    lines = re.split(r"\n(?=[^\s#])", section, maxsplit=1)[0].splitlines()
    matches = [match for line in lines if (match := _SERVICE.fullmatch(line))]
    return {match[1]: int(match[2]) for match in matches}


def _read(path: str) -> dict[str, str]:
    """A file of NAME=value lines; no file is an empty one."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    matches = [match for line in lines if (match := _SETTING.fullmatch(line))]
    return {match[1]: next((group for group in match.groups()[1:] if group is not None), "") for match in matches}
