"""Writes each service's .env.example from its settings: `python -m tests.house.env_example`; a test compares them."""

import importlib
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from mesh.settings import ServiceSettings, ports


def settings_of(service: str) -> type[ServiceSettings]:
    """The settings class of a service."""
    found: type[ServiceSettings] = importlib.import_module(f"{service}.config").Settings
    return found


def render(service: str) -> str:
    """The text of a service's .env.example."""
    lines = [
        f"# Settings of {service}, with their defaults. They are read from the environment, then from {service}/.env, then",
        "# from .env in the repository's root, then from config/config.yaml. Uncomment what you change.",
        "",
        f"# Port, where it is set in {service}/.env; start_all.sh, the other services and `status` know it from there.",
        f"# PORT={ports()[service]}",
        "",
    ]
    for name, field in settings_of(service).model_fields.items():
        lines += [f"# {field.description}", f"# {name.upper()}={_default(service, name, field.default)}", ""]
    return "\n".join(lines)


def _default(service: str, name: str, default: object) -> str:
    if default is PydanticUndefined:
        return f"http://127.0.0.1:{ports()[name.removesuffix('_url')]}"
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    return str(default)


def main() -> None:
    """Write them all, and the one of the root, which has each setting once."""
    for service in ports():
        Path(service, ".env.example").write_text(render(service), encoding="utf-8")
    Path(".env.example").write_text(root(), encoding="utf-8")


def root() -> str:
    """The root's .env.example: what a newcomer sets first, then where the rest is."""
    first = [
        ("call_handler", "twilio_account_sid"),
        ("call_handler", "twilio_auth_token"),
        ("call_handler", "twilio_phone_number"),
        ("call_handler", "public_url"),
        ("gpt", "llm_base_url"),
        ("gpt", "llm_model"),
        ("gpt", "llm_api_key"),
        ("stt", "stt_base_url"),
        ("tts", "tts_base_url"),
        ("gpt", "openai_api_key"),
        ("lead_sender", "smtp_url"),
        ("lead_sender", "lead_email_to"),
        ("lead_sender", "telegram_bot_token"),
        ("lead_sender", "lead_telegram_chat"),
        ("lead_sender", "lead_webhook_url"),
        ("lead_sender", "lead_webhook_secret"),
        ("lead_sender", "database_url"),
        ("gateway", "jwt_secret"),
        ("gateway", "is_dev"),
    ]
    lines = ["# Copy to .env. Every setting of a service, with its default, is in <service>/.env.example.", ""]
    for service, name in first:
        field = settings_of(service).model_fields[name]
        lines += [f"# {field.description}", f"{name.upper()}={_default(service, name, field.default)}", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
