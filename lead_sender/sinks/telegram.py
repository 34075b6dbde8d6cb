"""Leads by a Telegram bot: https://core.telegram.org/bots/api#sendmessage."""

import httpx2

from lead_sender.config import Settings
from lead_sender.sinks import NotSent


async def send(http: httpx2.AsyncClient, settings: Settings, message: dict[str, str]) -> None:
    """Send a message to a chat. Raises NotSent; a chat that is unknown or closed to the bot is final."""
    token = settings.telegram_bot_token.get_secret_value()
    if not token:
        raise NotSent("TELEGRAM_BOT_TOKEN is not set")
    body = {"chat_id": message["to"], "text": message["text"], "parse_mode": "HTML"}
    try:
        reply = await http.post(f"{settings.telegram_api_url}/bot{token}/sendMessage", json=body)
    except httpx2.HTTPError as error:
        raise NotSent(type(error).__name__) from error  # its text may hold the URL, which holds the token
    try:
        said = reply.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    if reply.status_code == 200 and said.get("ok") is True:
        return
    limits = said.get("parameters")
    wait = limits.get("retry_after") if isinstance(limits, dict) else 0
    raise NotSent(
        f"Telegram answered {reply.status_code}: {str(said.get('description', ''))[:200]}",
        final=reply.status_code in (400, 403),
        wait_s=float(wait) if isinstance(wait, int | float) else 0,
    )
