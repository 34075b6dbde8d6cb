import asyncio
import csv
import io
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from lead_sender.config import Settings
from lead_sender.main import build
from lead_sender.validation import normal_phone
from simulator.processes import Mesh

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
ANNA = {"name": "Anna", "phone": "+1 415 555 0123", "city": "Yalta", "dates": "2027-07-01/2027-07-10"}


def _postgres() -> str | None:
    """A fresh database, or None where there is no PostgreSQL."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    try:
        subprocess.run(["psql", POSTGRES, "-qc", f"CREATE DATABASE {name}"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return POSTGRES.rsplit("/", 1)[0] + "/" + name


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(
    request: pytest.FixtureRequest, tmp_path: Path, serve_app: Callable[..., Any], migrated: Callable[..., str]
) -> AsyncIterator[str]:
    database = migrated("lead_sender", tmp_path / "leads.db") if request.param == "sqlite" else _postgres()
    if database is None:
        pytest.skip("no PostgreSQL on this machine")
    yield await serve_app(build(Settings(database_url=database)))


async def post(http: httpx2.AsyncClient, url: str, body: dict[str, Any], **headers: str) -> httpx2.Response:
    return await http.post(f"{url}/process", json=body, headers=headers)


async def test_a_lead_is_saved_and_normalised(url: str, http: httpx2.AsyncClient) -> None:
    reply = await post(http, url, ANNA)
    body = reply.json()
    assert body["status"] == "lead saved"
    assert body["lead"] == {"name": "Anna", "phone": "+14155550123", "city": "Yalta", "dates": "2027-07-01/2027-07-10"}
    page = (await http.get(f"{url}/leads")).json()
    assert page["total"] == 1
    assert page["leads"][0]["id"] == body["id"]


async def test_a_scenarios_own_fields(url: str, http: httpx2.AsyncClient) -> None:
    body = {"email": "a@example.com", "guests": 2, "room_type": "double", "scenario": "hotel"}
    lead = (await post(http, url, body)).json()["lead"]
    assert lead == {"email": "a@example.com", "guests": "2", "room_type": "double"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"phone": "123"}, "invalid_phone"),
        ({"phone": "+1 415 555"}, "invalid_phone"),
        ({"phone": "call me"}, "invalid_phone"),
        ({"dates": "2027-02-30"}, "invalid_dates"),
        ({"dates": "2027-07-10/2027-07-01"}, "invalid_dates"),
        ({"dates": "not a date"}, "invalid_dates"),
        ({"email": "not an address"}, "invalid_email"),
        ({"phone": ""}, "no_contact"),
        ({"nested": {"a": 1}}, "invalid_field"),
        ({"Bad-Name": "x"}, "invalid_field"),
        ({"long": "x" * 3000}, "invalid_field"),
        ({"name": 5}, "invalid_request"),
        ({"session_id": "a b"}, "invalid_request"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_saved(
    url: str, http: httpx2.AsyncClient, change: dict[str, Any], code: str
) -> None:
    reply = await post(http, url, {**ANNA, **change})
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, code)
    assert (await http.get(f"{url}/leads")).json()["total"] == 0


async def test_an_idempotency_key_takes_effect_once(url: str, http: httpx2.AsyncClient) -> None:
    replies = await asyncio.gather(*(post(http, url, ANNA, **{"idempotency-key": "k-1"}) for _ in range(10)))
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.json()["id"] for reply in replies}) == 1
    other = await post(http, url, {**ANNA, "name": "Bob"}, **{"idempotency-key": "k-1"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert (await http.get(f"{url}/leads")).json()["total"] == 1


async def test_a_sessions_posts_write_one_lead(url: str, http: httpx2.AsyncClient) -> None:
    first = await post(http, url, {"name": "Anna", "session_id": "s-1", "partial": True})
    await post(http, url, {"phone": "+14155550123", "session_id": "s-1", "partial": True})
    await post(http, url, {"name": "Catherine", "session_id": "s-1"} | {"phone": "+14155550123"})
    late = await post(http, url, {"city": "Yalta", "session_id": "s-1", "partial": True})
    assert late.json()["id"] == first.json()["id"]
    lead = (await http.get(f"{url}/leads", params={"session_id": "s-1"})).json()["leads"][0]
    assert lead["fields"] == {"name": "Catherine", "phone": "+14155550123", "city": "Yalta"}
    assert lead["partial"] is False


async def test_list_filters_pages_and_exports(url: str, http: httpx2.AsyncClient) -> None:
    for i in range(7):
        await post(http, url, {**ANNA, "name": f"=Name {i}", "scenario": "hotel" if i % 2 else "taxi"})
    seen, cursor = [], None
    while True:
        page = (await http.get(f"{url}/leads", params={"limit": 3, **({"cursor": cursor} if cursor else {})})).json()
        seen += [lead["fields"]["name"] for lead in page["leads"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"=Name {i}" for i in range(6, -1, -1)]
    assert (await http.get(f"{url}/leads", params={"scenario": "hotel"})).json()["total"] == 3
    assert (await http.get(f"{url}/leads", params={"phone": "(415) 555-0123"})).json()["total"] == 7
    assert (await http.get(f"{url}/leads", params={"until": "2020-01-01T00:00:00Z"})).json()["total"] == 0
    exported = await http.get(f"{url}/leads", params={"format": "csv"})
    assert exported.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert len(rows) == 7
    assert rows[0]["name"] == "'=Name 6", "a spreadsheet must not run it"
    assert rows[0]["phone"] == "+14155550123"


async def test_dev_mode_marks_the_lead_as_simulated(
    serve_app: Callable[..., Any], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    url = await serve_app(build(Settings(is_dev=True, database_url=f"sqlite:///{tmp_path}/l.db")))
    assert (await post(http, url, ANNA)).json()["simulated"] is True


async def test_200_concurrent_posts_and_kill_9_lose_none_that_was_answered(tmp_path: Path) -> None:
    mesh = Mesh(tmp_path)
    mesh.start("lead_sender")
    answered: list[str] = []

    async def one(client: httpx2.AsyncClient, i: int) -> None:
        try:
            reply = await client.post(
                mesh.url("lead_sender") + "/process",
                json={**ANNA, "name": f"n{i}"},
                headers={"idempotency-key": f"k{i}"},
            )
            if reply.status_code == 200:
                answered.append(reply.json()["id"])
        except httpx2.HTTPError:
            return  # cut off by the kill: not answered, so nothing was promised

    try:
        async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=200), timeout=30, trust_env=False) as client:
            posts = [asyncio.create_task(one(client, i)) for i in range(200)]
            while len(answered) < 60:
                await asyncio.sleep(0.005)
            mesh.kill("lead_sender")
            await asyncio.gather(*posts)
        assert 60 <= len(answered) < 200
        mesh.start("lead_sender")
        async with httpx2.AsyncClient(timeout=30, trust_env=False) as client:
            page = (await client.get(mesh.url("lead_sender") + "/leads", params={"limit": 1000})).json()
            assert set(answered) <= {lead["id"] for lead in page["leads"]}
            # The same posts again, as a client would after the crash: each key takes effect once.
            await asyncio.gather(*(one(client, i) for i in range(200)))
            assert (await client.get(mesh.url("lead_sender") + "/leads")).json()["total"] == 200
    finally:
        mesh.stop()


async def test_health_names_a_lost_database(
    tmp_path: Path, serve_app: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    database = _postgres()
    if database is None:
        pytest.skip("no PostgreSQL on this machine")
    url = await serve_app(build(Settings(database_url=database)))
    assert (await http.get(f"{url}/health")).json()["status"] == "ok"
    name = database.rsplit("/", 1)[1]
    subprocess.run(["psql", POSTGRES, "-qc", f"DROP DATABASE {name} WITH (FORCE)"], check=True, capture_output=True)
    health = (await http.get(f"{url}/health")).json()
    assert (health["status"], health["checks"]["database"]["ok"]) == ("degraded", False)
    lost = await post(http, url, ANNA)
    assert (lost.status_code, lost.json()["error"]["code"]) == (503, "database_unavailable")
    assert "retry-after" in lost.headers


@pytest.mark.parametrize("service", ["lead_sender", "logger"])
def test_the_migrations_make_what_the_code_expects(service: str, tmp_path: Path) -> None:
    import importlib

    url = f"sqlite:///{tmp_path}/m.db"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "alembic",
            "-c",
            f"{service}/migrations/alembic.ini",
            "-x",
            f"url={url}",
            "upgrade",
            "head",
        ],
        check=True,
        capture_output=True,
    )
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "-c", f"{service}/migrations/alembic.ini", "-x", f"url={url}", "check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tables = importlib.import_module(f"{service}.tables").metadata.tables
    assert set(tables) <= set(sa.inspect(sa.create_engine(url)).get_table_names())


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("8 (903) 123-45-67", "RU", "+79031234567"),
        ("0170 1234567", "DE", "+491701234567"),
        ("79031234567", "US", "+79031234567"),
        ("00 44 20 7946 0018", "FR", "+442079460018"),
        ("612 34 56 78", "ES", "+34612345678"),
    ],
)
def test_phones(text: str, region: str, expected: str) -> None:
    assert normal_phone(text, region) == expected
