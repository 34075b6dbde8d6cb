"""Which of gateway's paths wants what, and how gateway knows who asks."""

from gateway.config import Settings
from gateway.peers import Peers
from mesh.auth.guard import OPEN, Rules
from mesh.auth.keys import Keyring
from mesh.auth.tokens import MAKE_ONE, Tokens

RULES: Rules = (
    *OPEN,
    ("=/", "open"),
    ("/auth", "open"),
    ("/users", "anyone"),  # accounts says whose
    ("/keys", "anyone"),
    ("/usage", "anyone"),
    ("/process", "sessions"),
    ("/v1/process", "sessions"),
    ("/v1/sessions", "sessions"),
    ("/v1/realtime", "realtime"),
    ("/v1/audio", "audio"),
    ("/v1/chat", "chat"),
    ("/v1/completions", "chat"),
    ("/v1/responses", "chat"),
    ("/v1/embeddings", "embeddings"),
    ("/v1/models", "anyone"),
    ("/people", "admin"),
    ("/v1/people", "admin"),
    ("/status", "admin"),
    ("/v1/status", "admin"),
)


def known_keys(settings: Settings, peers: Peers) -> Keyring | None:
    """Everybody's credentials; None where no secret is set. Raises ValueError for API_KEYS without one."""
    secret, api_keys = settings.jwt_secret.get_secret_value(), settings.api_keys.get_secret_value()
    if secret:
        return Keyring.following(Tokens(secret), peers.accounts, api_keys)
    if api_keys:
        raise ValueError(f"API_KEYS wants JWT_SECRET too, by which services know each other; to make one: {MAKE_ONE}")
    return None
