"""Settings of lead_sender."""

from typing import ClassVar

from pydantic import Field, SecretStr

from mesh.settings import ServiceSettings


class Settings(ServiceSettings):
    """What lead_sender can be told."""

    service: ClassVar[str] = "lead_sender"

    database_url: SecretStr = Field(
        default=SecretStr(""), description="PostgreSQL or SQLite URL; empty: data/lead_sender.db."
    )
    lead_region: str = Field(
        default="US",
        pattern="^[A-Z]{2}$",
        description="Region of phone numbers that come with neither code nor region.",
    )
