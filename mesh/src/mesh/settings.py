"""Settings: the environment first, then `.env`, then `config/config.yaml`, then the default in the class."""

import os
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import yaml
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

ENV_FILE = os.environ.get("MESH_ENV_FILE", ".env")
CONFIG_DIR = Path(os.environ.get("MESH_CONFIG_DIR", "config"))


Model = TypeVar("Model", bound=BaseModel)


@cache
def load_yaml(name: str) -> dict[str, Any]:
    """A file of the config folder, read once. Raises ValueError for one that is not a mapping."""
    with (CONFIG_DIR / name).open(encoding="utf-8") as file:
        data = yaml.safe_load(file) or {}
    if not isinstance(data, dict):
        raise ValueError(f"{CONFIG_DIR / name} is not a mapping")
    return data


def load_config(name: str, model: type[Model]) -> Model:
    """A file of the config folder as a model, read and validated once; whoever asks shares it."""
    return cast("Model", _validated(name, model))


@cache
def _validated(name: str, model: type[BaseModel]) -> BaseModel:
    return model.model_validate(load_yaml(name))


def port_offset() -> int:
    """MESH_PORT_OFFSET moves all ports of the mesh, so that several can run on one machine."""
    return int(os.environ.get("MESH_PORT_OFFSET", "0"))


def ports() -> dict[str, int]:
    """Port of each service, in the order in which they start."""
    offset = port_offset()
    return {name: int(port) + offset for name, port in load_yaml("config.yaml")["services"].items()}


def peer_url(name: str) -> str:
    """Address of a service: `<NAME>_URL`, else its port on MESH_PEER_HOST (this machine; `{name}` in Docker)."""
    host = os.environ.get("MESH_PEER_HOST", "127.0.0.1").format(name=name)
    return os.environ.get(f"{name.upper()}_URL") or f"http://{host}:{ports()[name]}"


def peer(name: str) -> Any:  # noqa: ANN401 (a field default, like pydantic's own Field)
    """A settings field that holds the address of another service."""
    return Field(default_factory=lambda: peer_url(name), description=f"Address of {name}.")


def disk_min_mb() -> Any:  # noqa: ANN401 (as above)
    """A settings field of the services that keep things: how much room there must be for more."""
    return Field(default=200.0, ge=0, description="Free space on the disk below which /health is degraded, MiB.")


class ServiceSettings(BaseSettings):
    """What every service can be told. A subclass sets `service` and adds its own fields, each with unit and default."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", env_ignore_empty=True)

    service: ClassVar[str]

    is_dev: bool = Field(default=False, description="Dev Mode: every action is logged, external sends are simulated.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(default=True, description="JSON lines; false: text for people.")
    max_body_mb: float = Field(default=2.0, description="Largest request body, MiB; more is answered 413.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the signature is given)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add config.yaml's `common` section and the service's own, the latter first."""
        config = load_yaml("config.yaml")
        values = {**(config.get("common") or {}), **(config.get(cls.service) or {})}
        return init_settings, env_settings, dotenv_settings, InitSettingsSource(settings_cls, values)

    @property
    def version(self) -> str:
        """The service's version, from the VERSION.txt beside its code."""
        return _version(self.service)


@cache
def _version(service: str) -> str:
    return Path(service, "VERSION.txt").read_text(encoding="utf-8").strip()
