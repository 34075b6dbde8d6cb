"""Settings of logger."""

from typing import ClassVar

from pydantic import Field, SecretStr

from mesh.settings import ServiceSettings, disk_min_mb, peer


class Settings(ServiceSettings):
    """What logger can be told."""

    service: ClassVar[str] = "logger"

    database_url: SecretStr = Field(
        default=SecretStr(""), description="PostgreSQL or SQLite URL; empty: data/logger.db."
    )
    events_days: float = Field(default=180, gt=0, description="Days after which a session's events are deleted.")
    storage_url: str = peer("storage")
    disk_min_mb: float = disk_min_mb()
