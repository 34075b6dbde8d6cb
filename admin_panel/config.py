"""Settings of admin_panel."""

from typing import ClassVar

from mesh.settings import ServiceSettings, peer


class Settings(ServiceSettings):
    """What admin_panel can be told."""

    service: ClassVar[str] = "admin_panel"

    gateway_url: str = peer("gateway")
    accounts_url: str = peer("accounts")
