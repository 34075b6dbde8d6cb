"""Sessions of the scenarios that are shipped, turn by turn, by the rules alone."""

from datetime import date
from pathlib import Path

from gateway.conversation import fields, form
from gateway.conversation.session import Session
from gateway.scenario.files import load
from gateway.scenario.models import Scenario

REGIONS = {"en": "US", "ru": "RU", "de": "DE", "es": "ES", "fr": "FR"}
TODAY = date(2026, 11, 20)
SCENARIOS = {name: load(Path(f"config/scenarios/{name}.yaml")) for name in ("generic", "hotel", "helpdesk")}


def begun(language: str, scenario: str | Scenario = "generic") -> Session:
    """A session whose first question was asked."""
    session = Session("x", SCENARIOS[scenario] if isinstance(scenario, str) else scenario, language)
    session.asked = session.next_step()
    return session


def held(language: str, scenario: str | Scenario = "generic", asked: str = fields.CONFIRM, **values: str) -> Session:
    """A session that holds values, each from a turn of its own, and has asked something."""
    session = begun(language, scenario)
    session.fields = dict(values)
    session.form.heard = {name: {"confidence": 0.95, "turn": turn} for turn, name in enumerate(values, 1)}
    session.turns, session.asked = len(values), asked
    return session


def hear(session: Session, text: str) -> form.Taken:
    """One turn."""
    scenario = session.scenario
    context = fields.Context(
        session.language,
        REGIONS[session.language],
        TODAY,
        session.asked,
        scenario.hours.spans if scenario.hours else (),
        tuple(scenario.languages),
    )
    taken = form.read(session, text, context).taken
    session.turns += 1
    session.asked = session.next_step()
    return taken
