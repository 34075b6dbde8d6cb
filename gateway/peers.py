"""The services that gateway calls: one pooled client each."""

from dataclasses import dataclass

from gateway.config import Settings
from mesh.client import Client


@dataclass(frozen=True, slots=True)
class Peers:
    """Clients by the names of their services; /status asks all of them."""

    stt: Client
    lang: Client
    gpt: Client
    tts: Client
    lead_sender: Client
    logger: Client
    storage: Client
    call_handler: Client
    admin_panel: Client
    accounts: Client

    def all(self) -> list[Client]:
        """Every client."""
        return [getattr(self, name) for name in self.__slots__]


def connect(settings: Settings) -> Peers:
    """Clients for the addresses in the settings."""
    return Peers(
        **{
            name: Client(name, getattr(settings, f"{name}_url"), caller="gateway", dev=settings.is_dev)
            for name in Peers.__slots__
        }
    )
