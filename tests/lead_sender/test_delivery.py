"""Leads on their way to their owner: real servers for the webhook, for Telegram's API and for SMTP."""

import asyncio
import hashlib
import hmac
import json
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx2
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from fastapi import FastAPI, Request, Response

from bench import leads as bench
from lead_sender.config import Settings
from lead_sender.main import build
from simulator.processes import eventually
from tests.lead_sender.test_leads import ANNA, post


class Receiver:
    """The owner's webhook and Telegram's API; `statuses` are answered first, then 200."""

    def __init__(self) -> None:
        self.app, self.statuses, self.headers = FastAPI(), list[int](), dict[str, str]()
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.app.post("/{path:path}")(self.take)

    async def take(self, path: str, request: Request) -> Response:
        self.got.append((path, dict(request.headers), await request.body()))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            await asyncio.sleep(2)
        headers = self.headers if status != 200 else {}
        return Response('{"ok": true}' if status == 200 else "{}", status, headers, "application/json")

    def leads(self) -> list[dict[str, Any]]:

        return [json.loads(body) for _, _, body in self.got]


@pytest.fixture
async def receiver(serve_app: Callable[..., Any]) -> AsyncIterator[tuple[Receiver, str]]:
    made = Receiver()
    yield made, await serve_app(made.app)


Start = Callable[..., Any]


@pytest.fixture
def start(serve_app: Callable[..., Any], migrated: Callable[..., str], tmp_path: Path) -> Start:
    """Serves lead_sender with these settings; quick to try again."""

    async def serve(**settings: Any) -> str:
        folder = tmp_path / "scenarios"
        folder.mkdir(exist_ok=True)
        quick = {"lead_retry_base_s": 0.05, "lead_retry_max_s": 0.2, "lead_send_deadline_s": 0.5}
        url = migrated("lead_sender", tmp_path / "leads.db")
        return str(
            await serve_app(build(Settings(**{"database_url": url, "scenarios_dir": folder, **quick, **settings})))
        )

    return serve


async def deliveries(http: httpx2.AsyncClient, url: str, **wanted: str) -> list[dict[str, Any]]:
    return list((await http.get(f"{url}/deliveries", params=wanted)).json()["deliveries"])


async def settled(http: httpx2.AsyncClient, url: str, status: str, count: int = 1) -> list[dict[str, Any]]:
    async def there() -> bool:
        return len(await deliveries(http, url, status=status)) == count

    await eventually(there)
    return await deliveries(http, url, status=status)


async def test_a_webhook_is_signed_and_told_once(
    start: Start, receiver: tuple[Receiver, str], http: httpx2.AsyncClient
) -> None:
    hook, address = receiver
    url = await start(lead_webhook_url=f"{address}/hook", lead_webhook_secret="old,new")
    saved = (await post(http, url, ANNA)).json()
    (sent,) = await settled(http, url, "delivered")
    ((path, headers, body),) = hook.got
    assert path == "hook"
    assert headers["idempotency-key"] == sent["id"]
    at, *signatures = headers["voiceblock-signature"].split(",")
    signed = at.removeprefix("t=").encode() + b"." + body
    assert signatures == [f"v1={hmac.new(key, signed, hashlib.sha256).hexdigest()}" for key in (b"old", b"new")]
    (told,) = hook.leads()
    assert (told["event"], told["lead"]["id"], told["lead"]["fields"]) == ("lead.completed", saved["id"], saved["lead"])
    await asyncio.sleep(0.3)
    assert len(hook.got) == 1


async def test_a_receiver_that_fails_is_tried_again_with_the_same_key(
    start: Start, receiver: tuple[Receiver, str], http: httpx2.AsyncClient
) -> None:
    hook, address = receiver
    hook.statuses = [500, 0, 404, 302]
    url = await start(lead_webhook_url=f"{address}/hook")
    await post(http, url, ANNA)
    (sent,) = await settled(http, url, "delivered")
    assert sent["attempts"] == 5
    assert len({headers["idempotency-key"] for _, headers, _ in hook.got}) == 1


async def test_an_answer_that_is_elsewhere_is_fetched_there(
    start: Start, serve_app: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    """As Google's Apps Script answers: a redirect, once the lead has been taken."""
    app, got = FastAPI(), []

    @app.post("/macros")
    async def take(request: Request) -> Response:
        got.append(await request.json())
        return Response(status_code=302, headers={"location": "/echo?done=1"})

    @app.get("/echo")
    async def answer(request: Request) -> Response:
        got.append(await request.body())
        return Response("ok")

    url = await start(lead_webhook_url=f"{await serve_app(app)}/macros")
    await post(http, url, ANNA)
    (sent,) = await settled(http, url, "delivered")
    assert sent["attempts"] == 1
    assert got[1:] == [b""], "the lead itself goes to one address only"


async def test_dead_letters_are_kept_and_sent_again(
    start: Start, receiver: tuple[Receiver, str], http: httpx2.AsyncClient
) -> None:
    hook, address = receiver
    hook.statuses = [410, 500, 500, 500, 500, 500, 500, 500, 500]
    url = await start(lead_webhook_url=f"{address}/hook", lead_give_up_s=0.3)
    await post(http, url, ANNA)
    (gone,) = await settled(http, url, "dead")
    assert (gone["attempts"], gone["error"]) == (1, "the webhook answered 410")
    await post(http, url, {**ANNA, "name": "Bob"})
    await settled(http, url, "dead", 2)
    health = (await http.get(f"{url}/health")).json()
    assert (health["status"], health["checks"]["deliveries"]["detail"]) == ("degraded", "0 wait, 2 dead")
    hook.statuses = []
    assert (await http.post(f"{url}/deliveries/{gone['id']}/redeliver")).json() == {"queued": 1}
    await settled(http, url, "delivered")
    assert (await http.post(f"{url}/deliveries/redeliver")).json() == {"queued": 1}
    await settled(http, url, "delivered", 2)
    assert (await http.post(f"{url}/deliveries/nothing/redeliver")).json() == {"queued": 0}
    assert [told["lead"]["fields"]["name"] for told in hook.leads()[-2:]] == ["Anna", "Bob"]


async def test_changes_of_a_lead_come_in_their_order(
    start: Start, receiver: tuple[Receiver, str], http: httpx2.AsyncClient
) -> None:
    hook, address = receiver
    hook.statuses = [500, 500]
    url = await start(lead_webhook_url=f"{address}/hook")
    for change in ({"partial": True}, {"name": "Catherine", "partial": True}, {}, {"city": "Rome"}):
        await post(http, url, {**ANNA, "session_id": "s-1", **change})
    await post(http, url, {**ANNA, "session_id": "s-1", "city": "Rome"})  # nothing new
    await settled(http, url, "delivered", 4)
    told = [(lead["event"], lead["lead"]["revision"]) for lead in hook.leads()[2:]]
    events = ["lead.partial", "lead.updated", "lead.completed", "lead.updated"]
    assert told == list(zip(events, [1, 2, 3, 4], strict=True))


async def test_a_lead_of_a_call_waits_for_its_end_or_for_a_time_of_silence(
    start: Start, receiver: tuple[Receiver, str], http: httpx2.AsyncClient
) -> None:
    hook, address = receiver
    url = await start(lead_webhook_url=f"{address}/hook")
    open_call = {"session_id": "s-1", "partial": True, "deliver_in_s": 600}
    await post(http, url, {"name": "Anna", **open_call})
    await post(http, url, {"phone": "+14155550123", **open_call})
    await post(http, url, {"name": "Dropped", "session_id": "s-2", "partial": True, "deliver_in_s": 0.5})
    (dropped,) = await settled(http, url, "delivered")
    assert hook.leads()[0]["lead"]["fields"] == {"name": "Dropped"}
    assert dropped["event"] == "lead.partial"
    call = {"summary": "Anna wants a room.", "outcome": "partial", "sentiment": "neutral"}
    await post(http, url, {"session_id": "s-1", "partial": True, "name": "Anna", "call": call})
    await settled(http, url, "delivered", 2)
    lead = hook.leads()[1]["lead"]
    assert lead["fields"] == {"name": "Anna", "phone": "+14155550123"}
    assert (lead["call"]["summary"], lead["revision"]) == ("Anna wants a room.", 3)


async def test_telegram_and_a_scenarios_own_destinations(
    start: Start, receiver: tuple[Receiver, str], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    hook, address = receiver
    url = await start(
        telegram_api_url=address, telegram_bot_token="t0ken", lead_telegram_chat="-5", lead_webhook_url=f"{address}/all"
    )
    assert (await http.get(f"{url}/health")).json()["checks"]["sinks"]["detail"] == "telegram, webhook"
    niche = "name: hotel\ndefault_language: ru\nfields: [{name: name, type: name, label: {ru: имя}}]\n"
    niche += f"delivery: {{telegram: {{chat_id: '@hotel'}}, webhook: {{url: '{address}/hotel'}}}}\n"
    (tmp_path / "scenarios/hotel.yaml").write_text(niche)
    await asyncio.sleep(1.5)
    await post(http, url, {**ANNA, "name": "Anna <b>&", "scenario": "hotel"})
    await settled(http, url, "delivered", 2)
    by_path = {path: lead for (path, _, _), lead in zip(hook.got, hook.leads(), strict=True)}
    assert set(by_path) == {"bott0ken/sendMessage", "hotel"}
    message = by_path["bott0ken/sendMessage"]
    assert (message["chat_id"], message["parse_mode"]) == ("@hotel", "HTML")
    assert message["text"].startswith("<b>Новая заявка</b>\n<b>имя</b>: Anna &lt;b&gt;&amp;\n")


async def test_email_has_text_and_html(start: Start, http: httpx2.AsyncClient) -> None:
    class Inbox:
        def __init__(self) -> None:
            self.mails: list[Any] = []
            self.answers = ["451 come back later"]

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            return self.answers.pop(0) if self.answers else "250 OK"

        async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, _: Any) -> str:  # noqa: N802
            if address.startswith("nobody"):
                return "550 no such user"
            envelope.rcpt_tos.append(address)
            return "250 OK"

    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=0)
    server.port = bench.PORT + 90
    server.start()
    try:
        url = await start(smtp_url=f"smtp://127.0.0.1:{server.port}", lead_email_to="owner@example.com, b@example.com")
        await post(http, url, {**ANNA, "name": "Anna <script>"})
        await settled(http, url, "delivered")
        first, mail = inbox.mails
        assert mail["to"] == "owner@example.com, b@example.com"
        assert mail["subject"] == "New lead: Anna <script>, +14155550123"
        assert first["message-id"] == mail["message-id"], "a repetition is the same message"
        text, html = mail.iter_parts()
        assert "phone: +14155550123\r\n" in text.get_content()
        assert "Anna &lt;script&gt;" in html.get_content()
    finally:
        server.stop()


async def test_email_to_nobody_is_a_dead_letter(start: Start, http: httpx2.AsyncClient) -> None:
    class Closed:
        async def handle_RCPT(self, *_: Any) -> str:  # noqa: N802
            return "550 no such user"

    server = Controller(Closed(), hostname="127.0.0.1", port=bench.PORT + 91)
    server.start()
    try:
        url = await start(smtp_url=f"smtp://127.0.0.1:{server.port}", lead_email_to="nobody@example.com")
        await post(http, url, ANNA)
        (dead,) = await settled(http, url, "dead")
        assert dead["error"] == "the mail server refuses every recipient: [550]"
    finally:
        server.stop()


@pytest.mark.parametrize("certificate", [False, True], ids=["without STARTTLS", "with a certificate of its own making"])
async def test_the_password_is_not_sent_where_others_could_read_it(
    start: Start, http: httpx2.AsyncClient, tmp_path: Path, certificate: bool
) -> None:
    seen: list[str] = []

    def authenticate(*_: Any) -> Any:
        seen.append("the password")
        return AuthResult(success=True)

    class Inbox:
        async def handle_DATA(self, *_: Any) -> str:  # noqa: N802
            seen.append("the lead")
            return "250 OK"

    context = None
    if certificate:
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "1"]
        files = [str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")]
        subprocess.run([*made, "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files[1], files[0])
    server = Controller(
        Inbox(),
        hostname="127.0.0.1",
        port=bench.PORT + 92,
        authenticator=authenticate,
        auth_require_tls=False,
        tls_context=context,
    )
    server.start()
    try:
        url = await start(
            smtp_url=f"smtp://anna:secret@127.0.0.1:{server.port}",
            lead_email_to="owner@example.com",
            lead_retry_base_s=60,
            lead_retry_max_s=60,
        )
        await post(http, url, ANNA)

        async def tried() -> bool:
            return bool((await deliveries(http, url))[0]["error"])

        await eventually(tried)
        (waiting,) = await deliveries(http, url, status="pending")
        why = "certificate does not hold" if certificate else "offers no STARTTLS"
        assert waiting["error"].startswith("not safe: ")
        assert why in waiting["error"]
        health = (await http.get(f"{url}/health")).json()
        assert health["status"] == "degraded"
        assert why in health["checks"]["deliveries"]["detail"]
        assert seen == []
    finally:
        server.stop()


async def test_what_a_sink_lacks_is_said_and_the_lead_waits(start: Start, http: httpx2.AsyncClient) -> None:
    url = await start(lead_email_to="owner@example.com", lead_retry_base_s=60, lead_retry_max_s=60)
    await post(http, url, ANNA)

    async def tried() -> bool:
        return bool((await deliveries(http, url))[0]["error"])

    await eventually(tried)
    (waiting,) = await deliveries(http, url, status="pending")
    assert waiting["error"] == "SMTP_URL is not set"
    assert (await http.get(f"{url}/health")).json()["checks"]["sinks"] == {
        "ok": False,
        "detail": "email needs SMTP_URL",
    }


async def test_dev_mode_shows_what_would_be_sent(start: Start, http: httpx2.AsyncClient) -> None:
    url = await start(is_dev=True)
    await post(http, url, {**ANNA, "scenario": "hotel"})
    shown = {one["sink"]: one for one in await deliveries(http, url, status="simulated")}
    assert set(shown) == {"email", "telegram", "webhook"}
    assert shown["email"]["message"]["subject"] == "New lead: Anna, +14155550123"
    assert "Yalta" in shown["telegram"]["message"]["text"]
    assert '"city":"Yalta"' in shown["webhook"]["message"]["body"]


async def test_a_person_is_erased(start: Start, receiver: tuple[Receiver, str], http: httpx2.AsyncClient) -> None:
    url = await start(lead_webhook_url=f"{receiver[1]}/hook")
    await post(http, url, {**ANNA, "session_id": "s-1"}, **{"idempotency-key": "k1"})
    await post(http, url, {"name": "A", "caller": "+14155550123", "session_id": "s-2", "partial": True})
    await post(http, url, {**ANNA, "phone": "+14155550199"})
    gone = (await http.delete(f"{url}/people/(415) 555-0123")).json()
    assert (gone["erased"], sorted(gone["sessions"])) == (2, ["s-1", "s-2"])
    assert [lead["fields"]["phone"] for lead in (await http.get(f"{url}/leads")).json()["leads"]] == ["+14155550199"]
    assert {one["lead_id"] for one in await deliveries(http, url)} == {
        lead["id"] for lead in (await http.get(f"{url}/leads")).json()["leads"]
    }
    assert (await http.delete(f"{url}/people/nobody")).status_code == 422


async def test_late_leads_of_an_erased_person_are_not_taken(start: Start, http: httpx2.AsyncClient) -> None:
    url, now = await start(), time.time()
    await post(http, url, {"name": "Anna", "caller": "(415) 555-0123", "session_id": "s-1", "partial": True})
    await post(http, url, {"name": "Anna", "session_id": "s-2", "partial": True})
    gone = (await http.delete(f"{url}/people/+14155550123")).json()
    assert (gone["erased"], gone["sessions"]) == (1, ["s-1"])
    for late in (
        {**ANNA, "session_id": "s-1", "began": now - 9},
        {**ANNA, "session_id": "s-1"},
        {**ANNA, "session_id": "s-2", "began": now - 9},
        {"name": "Anna", "session_id": "s-2", "partial": True},
        {"caller": "+1 415 555 0123", "session_id": "s-3", "began": now - 9, "partial": True},
    ):
        reply = await http.post(f"{url}/process", json=late)
        assert (reply.status_code, reply.json()["error"]["code"]) == (410, "erased")
    assert (await http.get(f"{url}/leads")).json()["total"] == 0
    await post(http, url, {**ANNA, "session_id": "s-4", "began": time.time()})
    await post(http, url, ANNA)
    assert (await http.get(f"{url}/leads")).json()["total"] == 2, "what is new is taken"


async def test_a_callers_number_is_read_where_the_scenario_is(start: Start, http: httpx2.AsyncClient) -> None:
    url = await start(lead_region="DE")
    for caller, kept in (("030 901820", "+4930901820"), ("anonymous", "anonymous"), ("101", "101")):
        lead = {"caller": caller, "name": "A", "session_id": f"c-{kept[-3:]}", "partial": True}
        saved = (await http.post(f"{url}/process", json=lead)).json()
        assert saved["lead"]["caller"] == kept
    found = await http.post(f"{url}/erase", json={"phone": "101"})
    assert found.json()["sessions"] == ["c-101"]


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_nothing_is_lost_when_everything_is_killed(database: str) -> None:
    if database == "postgresql" and bench._programs() is None:
        pytest.skip("PostgreSQL's programs are not on this machine")
    found = asyncio.run(bench.measure(database, 300, 20, 2, every_s=0.4))
    assert found["arrived"] == found["posts_answered"] == 420
    assert (found["lost"], found["keys_with_two_leads"], found["out_of_order"]) == (0, 0, 0)
    assert sum(found["killed"].values()) > 0
