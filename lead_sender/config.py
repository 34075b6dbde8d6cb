"""Settings of lead_sender."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr

from mesh.settings import ServiceSettings, disk_min_mb


class Settings(ServiceSettings):
    """What lead_sender can be told. A scenario's own `delivery` comes before the destinations here."""

    service: ClassVar[str] = "lead_sender"

    database_url: SecretStr = Field(
        default=SecretStr(""), description="PostgreSQL or SQLite URL; empty: data/lead_sender.db."
    )
    lead_region: str = Field(
        default="US",
        pattern="^[A-Z]{2}$",
        description="Region of phone numbers that come with neither code nor region.",
    )
    scenarios_dir: Path = Field(
        default=Path("config/scenarios"), description="Folder of the scenarios, for their `delivery`."
    )
    scenarios_kept_dir: Path = Field(
        default=Path("data/scenarios"), description="Folder of the last good versions of scenario files."
    )
    lead_days: float = Field(default=365, gt=0, description="Days that a lead is kept after its last change.")

    smtp_url: SecretStr = Field(
        default=SecretStr(""), description="Mail server: smtp://user:password@host:587, or smtps:// for TLS at once."
    )
    smtp_from: str = Field(default="", description="Sender of the e-mails; empty: the user in SMTP_URL.")
    lead_email_to: str = Field(default="", description="Addresses that get leads, with commas between them.")
    telegram_bot_token: SecretStr = Field(default=SecretStr(""), description="Token of the Telegram bot.")
    telegram_api_url: str = Field(default="https://api.telegram.org", description="Telegram's Bot API.")
    lead_telegram_chat: str = Field(default="", description="Telegram chat that gets leads: its number or @name.")
    lead_webhook_url: str = Field(default="", description="URL that gets leads as signed JSON.")
    lead_webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Key of the webhook's signature; two with a comma between them while one replaces the other.",
    )
    lead_send_deadline_s: float = Field(default=10, gt=0, description="Deadline of one attempt to send, seconds.")
    lead_retry_base_s: float = Field(
        default=2, gt=0, description="Wait after the first failure, seconds; doubled each time."
    )
    lead_retry_max_s: float = Field(default=3_600, gt=0, description="Longest wait between attempts, seconds.")
    lead_give_up_s: float = Field(
        default=259_200, gt=0, description="A message that failed for so long is a dead letter, seconds."
    )
    disk_min_mb: float = disk_min_mb()
