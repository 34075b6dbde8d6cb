"""A lead's values: read as people write them, saved as they were meant, or refused with what was understood."""

import asyncio
import csv
import io
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lead_sender.config import Settings
from lead_sender.main import build

FORMULAS = ("=1+1", "+1+1", "-2+3", "@SUM(A1)", " =1", "\t=1", "＝1")
SCENARIO = """
name: salon
default_language: en
region: GB
time_zone: Asia/Tokyo
hours: {open: {mon: ["10:00-19:00"], sat: ["10:00-16:00"]}}
fields:
  - {name: phone, type: phone}
  - {name: day, type: date}
  - {name: at, type: time}
  - {name: guests, type: number, max: 20}
  - name: room
    type: choice
    choices: [{value: single, words: {en: [single]}}, {value: double, words: {en: [double], de: [Doppelzimmer]}}]
"""


@pytest.fixture
async def url(serve_app: Callable[..., Any], migrated: Callable[..., str], tmp_path: Path) -> AsyncIterator[str]:
    (tmp_path / "salon.yaml").write_text(SCENARIO)
    settings = Settings(database_url=migrated("lead_sender", tmp_path / "leads.db"), scenarios_dir=tmp_path)  # type: ignore[arg-type]
    yield await serve_app(build(settings))


def next_first_of_july() -> datetime:
    now = datetime.now(UTC)
    return now.replace(year=now.year + ((now.month, now.day) > (7, 1)), month=7, day=1)


async def test_the_first_users_own_line(url: str, http: httpx2.AsyncClient) -> None:
    body = {"name": "Anna", "phone": "+123456789", "city": "Yalta", "dates": "01.07 — 10.07"}
    reply = await http.post(f"{url}/process", json=body | {"phone": "+14155550123"})
    first = next_first_of_july().date()
    assert reply.json()["lead"]["dates"] == f"{first}/{first + timedelta(9)}"


BY_COUNTRY = [
    ("01.07.2027 — 10.07.2027", "+14155550123", "2027-07-01/2027-07-10", 0.8),
    ("01.07.2027 — 10.07.2027", "+79031234567", "2027-07-01/2027-07-10", None),
    ("с 1 по 10 июля 2027", "+79031234567", "2027-07-01/2027-07-10", None),
    ("vom 1. bis 10. Juli 2027", "+491701234567", "2027-07-01/2027-07-10", None),
    ("07/01/2027 - 07/10/2027", "+14155550123", "2027-07-01/2027-07-10", 0.8),
    ("01/07/2027 - 10/07/2027", "+442079460018", "2027-07-01/2027-07-10", 0.8),
    ("13/07/2027", "+14155550123", "2027-07-13", None),
    ("5/7/2027", "+16135550123", "2027-07-05", 0.55),  # Canada writes both
]


async def test_a_phones_country_decides_what_is_the_month(url: str, http: httpx2.AsyncClient) -> None:
    for dates, phone, saved, sure in BY_COUNTRY:
        reply = await http.post(f"{url}/process", json={"phone": phone, "dates": dates})
        assert reply.json().get("lead", {}).get("dates") == saved, reply.text
        lead = (await http.get(f"{url}/leads")).json()["leads"][0]
        assert lead["heard"].get("dates", {}).get("confidence") == sure, dates


NOT_UNDERSTOOD = [
    ({"dates": "1-10 July 2027, flexible"}, "invalid_dates", ["2027-07-01/2027-07-10", "flexible"]),
    ({"dates": "from 1 July 2027 to whenever"}, "invalid_dates", ["2027-07-01", "whenever"]),
    ({"dates": "10.07.2027 - 01.07.2027"}, "invalid_dates", ["10.07.2027 - 01.07.2027"]),
    ({"dates": "30.02.2027"}, "invalid_dates", ["30.02.2027"]),
    ({"dates": "Monday 5 December 2026"}, "invalid_dates", ["Monday"]),
    ({"dates": "1-7"}, "invalid_dates", ["1-7"]),
    ({"dates": "a - b - c"}, "invalid_dates", ["a - b - c"]),
    ({"phone": "+1 415 555 0123 ext. 12"}, "invalid_phone", ["ext. 12"]),
    ({"phone": "12", "dates": "soon"}, "invalid_phone", ["phone: '12'", "dates: 'soon'"]),
    ({"phone": "8 (903) 123-45-67"}, "invalid_phone", ["region US", '"region" in the request', "LEAD_REGION"]),
    ({"dates": "01\x0007"}, "invalid_field", ["dates"]),
    ({"note": "a\x00b"}, "invalid_field", ["note"]),
    ({"note": 2**64}, "invalid_field", ["note", "as text"]),
]


async def test_what_is_not_understood_is_said(url: str, http: httpx2.AsyncClient) -> None:
    for change, code, says in NOT_UNDERSTOOD:
        reply = await http.post(f"{url}/process", json={"phone": "+14155550123", **change})
        error = reply.json().get("error", {"code": reply.text})
        assert (reply.status_code, error["code"]) == (422, code), change
        assert all(part in error["message"] for part in says), error["message"]
    assert (await http.get(f"{url}/leads")).json()["total"] == 0


BROKEN = [
    rb'{"phone": "+14155550123", "note": "\ud800"}',
    rb'{"phone": "+14155550123", "name": "\udfff"}',
    rb'{"phone": "+14155550123", "\ud800": "x"}',
    b'{"phone": "+14155550123", "note": NaN}',
    b'{"phone": "+14155550123", "note": -Infinity}',
    b'{"phone": "+14155550123", "note": 1e999}',
    b'{"phone": "+14155550123", "note": ' + b"9" * 5_000 + b"}",
    b'{"phone": "+14155550123", "note": ' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"phone": "+14155550123", "deliver_in_s": NaN}',
    rb'{"phone": "+14155550123", "heard": {"\ud800": {"confidence": 1, "turn": 1}}}',
    '{"phone": "²³⁴⁵⁶⁷⁸⁹²³"}'.encode(),
]


async def test_what_no_database_holds_is_the_requests_fault(url: str, http: httpx2.AsyncClient) -> None:
    for raw in BROKEN:
        reply = await http.post(f"{url}/process", content=raw, headers={"content-type": "application/json"})
        assert reply.status_code in (400, 422), ascii(raw[:80])
    assert (await http.get(f"{url}/leads")).json()["total"] == 0


QUERIES = ["since=0001-01-01", "until=9999-12-31T23:59:59-14:00", "since=-1e300", "cursor=-1"]


async def test_no_time_of_a_query_breaks_the_list(url: str, http: httpx2.AsyncClient) -> None:
    for query in QUERIES:
        assert (await http.get(f"{url}/leads?{query}")).status_code in (200, 422), query


BY_SCENARIO = [
    ({"at": "3pm"}, {"at": "15:00"}),
    ({"at": "at three"}, {"at": "15:00"}),  # the salon is open from ten
    ({"at": "15:30"}, {"at": "15:30"}),
    ({"day": "05/07/2027"}, {"day": "2027-07-05"}),
    ({"day": "5 July 2027", "guests": 2}, {"day": "2027-07-05", "guests": "2"}),
    ({"at": "um drei"}, {"at": "15:00"}),
    ({"room": "double"}, {"room": "double"}),
]


async def test_a_scenario_says_how_its_fields_are_read(url: str, http: httpx2.AsyncClient) -> None:
    for given, saved in BY_SCENARIO:
        reply = await http.post(f"{url}/process", json={"scenario": "salon", "phone": "020 7946 0018", **given})
        assert reply.json().get("lead") == {"phone": "+442079460018", **saved}, reply.text


REFUSED = [
    ({"at": "around lunch"}, "at:"),
    ({"day": "1-3 July 2027"}, "day: YYYY-MM-DD is wanted"),
    ({"guests": "21"}, "at most 20"),
    ({"room": "a palace"}, "one of single, double"),
    ({"guests": "a few"}, "guests:"),
]


async def test_a_scenarios_field_is_refused_by_its_name(url: str, http: httpx2.AsyncClient) -> None:
    for given, says in REFUSED:
        reply = await http.post(f"{url}/process", json={"scenario": "salon", "phone": "020 7946 0018", **given})
        assert reply.status_code == 422
        assert says in reply.json()["error"]["message"]


async def test_tomorrow_is_the_scenarios(url: str, http: httpx2.AsyncClient) -> None:
    from zoneinfo import ZoneInfo

    before = datetime.now(ZoneInfo("Asia/Tokyo")).date()
    reply = await http.post(f"{url}/process", json={"scenario": "salon", "phone": "020 7946 0018", "day": "tomorrow"})
    after = datetime.now(ZoneInfo("Asia/Tokyo")).date()
    assert reply.json()["lead"]["day"] in {f"{day + timedelta(1)}" for day in (before, after)}


async def test_a_cell_is_no_formula_where_excel_splits_at_semicolons(url: str, http: httpx2.AsyncClient) -> None:
    for text in ("x;=1+1", "x; \t@SUM(A1)", 'x";+1+1', ";-1"):
        lead = {"name": text, "phone": "+14155550123"}
        (await http.post(f"{url}/process", json=lead)).raise_for_status()
    exported = (await http.get(f"{url}/leads?format=csv")).text
    cells = [cell.strip(' "') for line in exported.splitlines()[1:] for cell in line.split(";")]
    assert len(cells) == 8
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


async def test_csv_exports_every_lead(url: str, http: httpx2.AsyncClient, tmp_path: Path) -> None:
    """More than a page of GET /leads has; and a spreadsheet runs none of it."""

    def fill() -> None:
        with closing(sqlite3.connect(tmp_path / "leads.db")) as database, database:
            for number in range(1_203):
                fields = {"phone": "+14155550123", "name": f"Анна {number}", f"note_{number % 3}": FORMULAS[number % 7]}
                database.execute(
                    "INSERT INTO leads (id, created_at, updated_at, partial, simulated, fields, revision, heard, phone) "
                    "VALUES (?, 1, 1, 0, 0, ?, 1, '{}', '+14155550123')",
                    (f"{number:x}", json.dumps(fields)),
                )

    await asyncio.to_thread(fill)  # not on the loop: the service, which is on it too, may have the lock just now
    reply = await http.get(f"{url}/leads?format=csv&limit=5")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert reply.content.startswith(b"\xef\xbb\xbf")  # Excel reads UTF-8 only after this
    rows = list(csv.DictReader(io.StringIO(reply.content.decode("utf-8-sig"), newline="")))
    assert [row["name"] for row in rows] == [f"Анна {number}" for number in reversed(range(1_203))]
    assert {row["phone"] for row in rows} == {"+14155550123"}
    notes = {row[f"note_{number}"] for row in rows for number in range(3)} - {""}
    assert {note[1:] for note in notes} == set(FORMULAS)
    assert {note[0] for note in notes} == {"'"}
    some = await http.get(f"{url}/leads?format=csv&phone=%2B14155550124")
    assert list(csv.DictReader(io.StringIO(some.text))) == []
