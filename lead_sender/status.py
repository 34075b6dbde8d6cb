"""What /health says of lead_sender."""

from lead_sender import outbox
from lead_sender.config import Settings
from lead_sender.destinations import Destinations
from mesh.errors import ApiError
from mesh.kept.db import Database
from mesh.wire.common import Check


async def checks(settings: Settings, db: Database, destinations: Destinations) -> dict[str, Check]:
    """The database; whether the sinks that are in use have what they need; deliveries that wait and that died."""
    found = await db.checks()
    wanted = [] if settings.is_dev else sorted(destinations.wanted())
    needs = {"email": settings.smtp_url, "telegram": settings.telegram_bot_token, "webhook": True}
    names = {"email": "SMTP_URL", "telegram": "TELEGRAM_BOT_TOKEN"}
    missing = [f"{sink} needs {names[sink]}" for sink in wanted if not needs[sink]]
    in_use = "simulated" if settings.is_dev else ", ".join(wanted) or "the database only"
    found["sinks"] = Check(ok=not missing, detail="; ".join(missing) or in_use)
    if destinations.broken:
        found["scenarios"] = Check(ok=False, detail="; ".join(destinations.broken.values())[:1000])
    try:
        number, unsafe = await outbox.counts(db), await outbox.unsafe(db)
    except ApiError as error:
        found["deliveries"] = Check(ok=False, detail=error.message)
    else:
        detail = f"{number['pending']} wait, {number['dead']} dead" + (f"; {unsafe}" if unsafe else "")
        found["deliveries"] = Check(ok=not number["dead"] and not unsafe, detail=detail)
    return found
