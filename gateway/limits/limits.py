"""The limits of one process, wired from the settings."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from gateway.config import Settings
from gateway.limits.gate import Addresses, Requests
from gateway.limits.rates import Rates
from gateway.usage import Ledger
from mesh.auth import Budget
from mesh.client import Client
from mesh.service import Stops

SHOWN = ("x-request-id", "retry-after", "ratelimit", "ratelimit-policy", "location")
"""Headers that pages of other sites may read."""


class Limits:
    """Of one process. Raises ValueError for settings that make no sense."""

    def __init__(self, settings: Settings, accounts: Client) -> None:
        self._settings = settings
        self.rates = Rates(settings.redis_url.get_secret_value())
        quotas = {
            "tokens": settings.quota_tokens,
            "audio_s": settings.quota_audio_s,
            "characters": settings.quota_characters,
        }
        self.ledger = Ledger(accounts, Budget.model_validate({k: v for k, v in quotas.items() if v is not None}))
        if "*" in settings.cors_origins and not settings.jwt_secret:
            raise ValueError("CORS_ORIGINS=* lets every page that is open here use the mesh: it wants JWT_SECRET")

    def stops(self) -> Stops:
        """What a request passes."""
        settings = self._settings
        cors = Middleware(
            CORSMiddleware,
            allow_origins=[origin.rstrip("/").lower() for origin in settings.cors_origins],
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=SHOWN,
            max_age=600,
        )
        per_address = settings.rate_per_address if settings.jwt_secret.get_secret_value() else ""
        addresses = Middleware(Addresses, rates=self.rates, allowed=settings.allowed_addresses, per_address=per_address)
        requests = Middleware(
            Requests,
            rates=self.rates,
            ledger=self.ledger,
            per_key=settings.rate_per_key,
            per_user=settings.rate_per_user,
        )
        origins = settings.cors_origins
        return Stops(outside=[cors] if origins else [], before=[addresses], behind=[requests], origins=origins)

    def start(self) -> None:
        """Begin to tell accounts what is used."""
        self.ledger.start()

    async def aclose(self) -> None:
        """Tell the rest, let go of connections."""
        await self.ledger.aclose()
        await self.rates.aclose()
