"""Settings: the environment, <service>/.env, .env, config/config.yaml, the default in the class; the first wins."""

import os
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from mesh.addresses import CONFIG_DIR, env_files, peer_url, port_offset, ports
from mesh.kept import documents

__all__ = ["ServiceSettings", "built", "load_config", "load_yaml", "peer", "peer_url", "port_offset", "ports", "reason"]

MIN_SECRET = 32
"""Bytes of JWT_SECRET: what HS256 wants (RFC 7518, 3.2)."""
Model = TypeVar("Model", bound=BaseModel)
Built = TypeVar("Built")
Own = TypeVar("Own", bound="ServiceSettings")


@cache
def load_yaml(name: str) -> dict[str, Any]:
    """A file of the config folder, read once. Raises ValueError for one that is not a mapping, or no YAML."""
    data = documents.read(CONFIG_DIR / name).data or {}
    if not isinstance(data, dict):
        raise ValueError(f"{CONFIG_DIR / name} is not a mapping")
    return data


def load_config(name: str, model: type[Model]) -> Model:
    """A file of the config folder as a model, read and validated once; whoever asks shares it."""
    return cast("Model", _validated(name, model))


@cache
def _validated(name: str, model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate(load_yaml(name))
    except ValidationError as error:
        raise ValueError(f"{CONFIG_DIR / name}: {_places(error)}") from None


def peer(name: str) -> Any:  # noqa: ANN401 (a field default, like pydantic's own Field)
    """A settings field that holds the address of another service."""
    return Field(default_factory=lambda: peer_url(name), description=f"Address of {name}.")


def disk_min_mb() -> Any:  # noqa: ANN401 (as above)
    """A settings field of the services that keep things: how much room there must be for more."""
    return Field(default=200.0, ge=0, description="Free space on the disk below which /health is degraded, MiB.")


Words = Annotated[
    list[str],
    NoDecode,
    BeforeValidator(lambda given: re.findall(r"[^\s,\"\[\]]+", given) if isinstance(given, str) else given),
]
"""A list that the environment may give as `a, b` or as JSON."""


class ServiceSettings(BaseSettings):
    """What every service can be told. A subclass sets `service` and adds its own fields, each with unit and default."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    service: ClassVar[str]

    is_dev: bool = Field(default=False, description="Dev Mode: every action is logged, external sends are simulated.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(default=True, description="JSON lines; false: text for people, as on a terminal anyway.")
    public_url: str = Field(default="", description="Address at which the world reaches us, as https://example.com.")
    allowed_hosts: Words = Field(
        default=[], description="Names, commas between them, under which we serve too; pages of theirs count as ours."
    )
    max_body_mb: float = Field(default=2.0, description="Largest request body, MiB; more is answered 413.")
    jwt_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Signs tokens, 32 bytes or more, the same for all services: all want credentials then. "
        "Without it they serve this machine only. To make one: openssl rand -hex 32",
    )

    @field_validator("jwt_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        if secret and len(secret.get_secret_value().encode()) < MIN_SECRET:
            raise ValueError(f"has fewer than {MIN_SECRET} bytes; to make one: openssl rand -hex 32")
        return secret

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (its file depends on the service)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the signature is given)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add the service's `.env` files and config.yaml: its own section, then `common`."""
        files = DotEnvSettingsSource(settings_cls, env_file=env_files(cls.service), env_ignore_empty=True)
        config = load_yaml("config.yaml")
        values = {**(config.get("common") or {}), **(config.get(cls.service) or {})}
        return init_settings, env_settings, files, InitSettingsSource(settings_cls, values)

    @property
    def version(self) -> str:
        """The service's version, from the VERSION.txt beside its code."""
        return _version(self.service)


def built(build: Callable[[Own], Built], settings: type[Own]) -> Built:
    """The service, as it is told to be. A wrong setting ends the process: one line says why, and no new start helps."""
    try:
        return build(settings())
    except ValueError as error:
        sys.stderr.write(f"{settings.service} cannot start: {reason(error)}\n")
        raise SystemExit(os.EX_CONFIG) from None


def reason(error: ValueError) -> str:
    """Why a setting is refused, in one line; its value may be a secret and is not said."""
    return _places(error, str.upper) if isinstance(error, ValidationError) else " ".join(str(error).split())


def _places(error: ValidationError, written: Callable[[str], str] = str) -> str:
    found = [(".".join(str(part) for part in one["loc"]), one["msg"]) for one in error.errors()]
    return "; ".join(f"{written(name)}: {message}" for name, message in found)


@cache
def _version(service: str) -> str:
    return Path(service, "VERSION.txt").read_text(encoding="utf-8").strip()
