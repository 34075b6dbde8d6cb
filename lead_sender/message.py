"""A delivery in words: what the owner reads by e-mail and Telegram, and the JSON of the webhook."""

from html import escape

import orjson

from lead_sender.destinations import Owner
from mesh.wire.lead_sender import DeliveryState, Lead

LONGEST = 500  # characters of one value in a message to people; the webhook has all of it
_TITLES = {"lead.completed": "lead_completed", "lead.partial": "lead_partial", "lead.updated": "lead_updated"}


def of(delivery: DeliveryState, lead: Lead, owner: Owner) -> dict[str, str]:
    """What a delivery sends, ready for its sink: all text. Without a destination, nothing."""
    target = owner.delivery
    if delivery.sink == "email" and target.email:
        title, rows = _rows(delivery, lead, owner)
        return {
            "to": ", ".join(target.email.to),
            "subject": ": ".join(part for part in (title, _who(lead)) if part)[:200],
            "text": "\n".join(f"{label}: {value}" for label, value in rows) + "\n",
            "html": _html(title, rows),
        }
    if delivery.sink == "telegram" and target.telegram:
        title, rows = _rows(delivery, lead, owner)
        lines = [f"<b>{escape(label)}</b>: {escape(value)}" for label, value in rows]
        return {"to": target.telegram.chat_id, "text": _within(4_096, [f"<b>{escape(title)}</b>", *lines])}
    if delivery.sink == "webhook" and target.webhook:
        body = {
            "id": delivery.id,
            "event": delivery.event,
            "created_at": delivery.created_at,
            "lead": lead.model_dump(),
        }
        return {"url": str(target.webhook.url), "body": orjson.dumps(body).decode()}
    return {}


def _rows(delivery: DeliveryState, lead: Lead, owner: Owner) -> tuple[str, list[tuple[str, str]]]:
    rows = [(owner.labels.get(name, name), value) for name, value in lead.fields.items()]
    if lead.call:
        told = ("call", lead.call.summary), ("outcome", lead.call.outcome), ("mood", lead.call.sentiment)
        rows += [(owner.texts[f"lead_{what}"], value) for what, value in told]
    rows += [(owner.texts["lead_scenario"], lead.scenario)] if lead.scenario else []
    rows.append(("id", lead.id))
    return owner.texts[_TITLES[delivery.event]], [(label, value[:LONGEST]) for label, value in rows if value]


def _who(lead: Lead) -> str:
    known = (lead.fields.get(name, "") for name in ("name", "phone", "email"))
    return ", ".join(value for value in known if value)[:150]


def _html(title: str, rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><td style="padding:4px 12px 4px 0;color:#666">{escape(label)}</td>'
        f'<td style="padding:4px 0"><b>{escape(value)}</b></td></tr>'
        for label, value in rows
    )
    return f'<html><body style="font-family:sans-serif"><h2>{escape(title)}</h2><table>{cells}</table></body></html>'


def _within(limit: int, lines: list[str]) -> str:
    """As many whole lines as fit: half of a tag would be refused."""
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 > limit:
            break
        text += line + "\n"
    return text
