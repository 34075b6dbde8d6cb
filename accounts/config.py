"""Settings of accounts."""

from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from mesh.settings import ServiceSettings, disk_min_mb, peer


class Settings(ServiceSettings):
    """What accounts can be told."""

    service: ClassVar[str] = "accounts"

    database_url: SecretStr = Field(
        default=SecretStr(""), description="PostgreSQL or SQLite URL; empty: data/accounts.db."
    )
    registration: Literal["open", "closed"] = Field(
        default="open", description="open: anybody who reaches us may make an account; closed: only an admin may."
    )
    api_keys: SecretStr = Field(
        default=SecretStr(""),
        description="API keys that always count, as name:key or key, commas between them; for all but admin's work.",
    )
    access_s: float = Field(default=900, ge=30, le=86_400, description="Life of an access token, seconds.")
    refresh_days: float = Field(default=30, gt=0, le=366, description="Life of a log-in that is not used, days.")
    login_days: float = Field(default=180, gt=0, le=3_660, description="Longest life of a log-in, days.")
    hash_workers: int = Field(default=1, ge=1, le=64, description="Passwords that are checked at once; others wait.")
    max_keys: int = Field(default=100, ge=1, le=500, description="API keys of one user, or of one application.")
    gateway_url: str = peer("gateway")
    disk_min_mb: float = disk_min_mb()
