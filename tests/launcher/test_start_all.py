"""start_all.sh in a fresh checkout, as a newcomer runs it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import httpx2
import pytest

from simulator.processes import BASE, WORLD
from tests.launcher.checkout import Checkout
from tests.sink import sink


def stopped_at(checkout: Checkout) -> dict[str, str]:
    """When each service said that it had stopped, the last time."""
    found = {}
    for service in BASE:
        for line in (checkout.folder / "run" / "logs" / f"{service}.log").read_text().splitlines():
            if '"stopped"' in line:
                found[service] = json.loads(line)["timestamp"]
    return found


def test_the_demo_plays_two_calls_and_saves_two_leads(checkout: Checkout) -> None:
    done = checkout.run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("lead saved") == 2
    assert "name Catherine Miller" in done.stdout
    assert "phone +14155550123" in done.stdout
    assert "+79031234567" in done.stdout
    assert "город Ялта" in done.stdout
    assert "city Yalta" in done.stdout
    for step in ("lang", "gpt", "tts", "lead_sender", "total"):
        assert f"  {step:14}" in done.stdout
    assert "What next" in done.stdout
    from stt.decoding import decode

    for code in ("en", "ru"):
        recording = (checkout.folder / "run" / f"demo-{code}.mp3").read_bytes()
        assert len(decode(recording, 16000, max_s=300)) > 30 * 16000, "half a minute to listen to"
    assert checkout.run("status").returncode == 1, "the demo stops what it started"


def test_the_mesh_restarts_what_dies_and_stops_at_ctrl_c(checkout: Checkout) -> None:
    running = checkout.start()
    text = running.until("Ctrl-C stops everything.")
    assert checkout.url("admin_panel") in text
    assert f"World     http://127.0.0.1:{WORLD + checkout.offset} " in text
    assert f"{checkout.url('call_handler')}/twilio" not in text, "that port is this machine's own"
    again = checkout.run()
    assert again.returncode == 1
    assert "It runs here already" in again.stderr
    pid = int((checkout.folder / "run" / "lang.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    running.until("lang died (killed by SIGKILL); started again in 0.5 s")
    back = checkout.run("status", "--wait", "20")
    assert back.returncode == 2, back.stdout
    assert "weak: English only" in back.stdout
    assert int((checkout.folder / "run" / "lang.pid").read_text()) != pid
    shown = checkout.run("status", "--json", "--only", "lang,tts")
    assert '"name":"lang"' in shown.stdout
    assert '"gateway"' not in shown.stdout
    assert running.interrupt() == 0
    when = stopped_at(checkout)
    engines = [when[name] for name in ("stt", "lang", "gpt", "tts")]
    assert when["call_handler"] < when["gateway"] < min(engines), "who still speaks to another ends before it"
    assert max(engines) < when["lead_sender"] < when["logger"] < when["storage"]
    for service in BASE:
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(checkout.url(service) + "/health", trust_env=False)
    assert not list((checkout.folder / "run").glob("*.pid"))


def test_a_demo_on_the_mesh_that_runs_leaves_and_delivers_nothing(checkout: Checkout) -> None:
    with sink() as (address, delivered):
        running = checkout.start(LEAD_WEBHOOK_URL=f"{address}/leads", LEAD_END_S="20")
        running.until("Ctrl-C stops everything.")
        lead = {"name": "Anna", "phone": "+14155550199", "city": "Yalta", "dates": "from July 1 to July 10"}
        done = checkout.run("demo")
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"Playing on the mesh that runs here already: process {running.process.pid}" in done.stdout
        assert done.stdout.count("lead saved") == 2
        assert "  erased     all of +14155550123 again" in done.stdout
        sent = httpx2.post(checkout.url("lead_sender") + "/process", json=lead, trust_env=False)
        assert sent.status_code == 200
        page = httpx2.get(checkout.url("lead_sender") + "/leads", trust_env=False).json()
        assert [one["fields"]["phone"] for one in page["leads"]] == ["+14155550199"]
        deadline = time.monotonic() + 30
        while not delivered:  # what is real is, and it is the last that was due
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert delivered == ["/leads"]
        running.interrupt()


def pids(checkout: Checkout) -> dict[str, int]:
    return {path.stem: int(path.read_text()) for path in (checkout.folder / "run").glob("*.pid")}


def test_a_dead_supervisors_services_are_taken_over(checkout: Checkout) -> None:
    running = checkout.start("--only", "lang,gpt")
    text = running.until("Ctrl-C stops everything.")
    assert f"lang          {checkout.url('lang')}/docs" in text
    assert "Console" not in text, "what does not run is not offered"
    assert "Twilio" not in text
    left = pids(checkout)
    running.process.kill()
    running.process.wait()
    for path in (checkout.folder / "run").glob("*.pid"):
        path.unlink()  # they may be gone, or name another process
    assert checkout.run("status", "--only", "lang,gpt").returncode == 0
    again = checkout.start("--only", "lang")
    said = again.until("Ctrl-C stops everything.")
    assert "An earlier start was killed and left these running" in said
    assert f"gpt (process {left['gpt']})" in said
    assert pids(checkout).keys() == {"lang"}
    assert pids(checkout)["lang"] != left["lang"]
    again.process.kill()
    again.process.wait()
    stopped = checkout.run("stop")
    assert "lang (process" in stopped.stdout
    assert "Stopped." in stopped.stdout
    assert checkout.run("status", "--only", "lang,gpt").returncode == 1
    assert "Nothing runs here." in checkout.run("stop").stdout


def test_a_closed_terminal_stops_it_and_nohup_keeps_it(checkout: Checkout) -> None:
    running = checkout.start("--only", "lang")
    running.until("Ctrl-C stops everything.")
    running.process.send_signal(signal.SIGHUP)
    assert running.process.wait(timeout=30) == 0
    with subprocess.Popen(
        ["nohup", "bash", "./start_all.sh", "--only", "lang"],
        cwd=checkout.folder,
        env=checkout.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as kept:
        assert kept.stdout
        while "Ctrl-C stops everything." not in kept.stdout.readline():
            assert kept.poll() is None
        kept.stdout.close()  # and nobody reads what it says
        kept.send_signal(signal.SIGHUP)
        os.kill(pids(checkout)["lang"], signal.SIGKILL)  # which it says, and starts another
        back = checkout.run("status", "--only", "lang", "--wait", "30")
        assert back.returncode == 0, back.stdout
        os.killpg(kept.pid, signal.SIGINT)
        assert kept.wait(timeout=30) == 0
    assert "Nothing runs here." in checkout.run("stop").stdout


def test_of_two_starts_at_once_one_wins_and_the_other_says_so(checkout: Checkout) -> None:
    both = [checkout.start("--only", "lang"), checkout.start("--only", "lang")]
    deadline = time.monotonic() + 60
    while all(one.process.poll() is None for one in both):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    loser, winner = sorted(both, key=lambda one: one.process.poll() is None)
    assert loser.process.poll() == 1
    assert f"It runs here already (process {winner.process.pid})" in loser.text()
    winner.until("Ctrl-C stops everything.")
    assert winner.interrupt() == 0


def test_what_is_private_is_closed_to_others(checkout: Checkout) -> None:
    env, folder = checkout.folder / ".env", checkout.folder / "run"
    env.write_text("LOG_LEVEL=INFO\n")
    env.chmod(0o644)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    running = checkout.start("--only", "logger")
    said = running.until("Ctrl-C stops everything.")
    running.interrupt()
    env.unlink()
    assert ".env could be read by others: only you can now (600)." in said
    kept = [folder, checkout.folder / "data", *folder.rglob("*"), *(checkout.folder / "data").rglob("*")]
    assert {path.name: oct(path.stat().st_mode) for path in kept if path.stat().st_mode & 0o077} == {}


def test_stop_stops_it_from_another_terminal(checkout: Checkout) -> None:
    running = checkout.start("--only", "lang")
    running.until("Ctrl-C stops everything.")
    assert "Stopped." in checkout.run("stop").stdout
    assert running.process.wait(timeout=10) == 0
    assert "Nothing runs here." in checkout.run("stop").stdout


def test_a_taken_port_is_a_clear_line(checkout: Checkout) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", BASE["lang"] + checkout.offset))
        taken.listen()
        done = checkout.run("--only", "lang")
    assert done.returncode == 1
    assert f"Port {BASE['lang'] + checkout.offset}, which lang needs, is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_service_that_cannot_start_is_named_with_its_log(checkout: Checkout) -> None:
    running = checkout.start("--only", "tts,logger", DATABASE_URL="sqlite:////proc/none/l.db")
    text = running.until("started again in 1 s")
    assert "logger died (exit " in text
    assert "run/logs/logger.log" in text
    running.interrupt()


@pytest.mark.parametrize(
    ("service", "setting", "value", "why"),
    [
        ("tts", "TTS_ENGINE", "nonsense", "tts cannot start: no such tts engine: nonsense; there are "),
        ("stt", "MAX_MODELS", "many", "stt cannot start: MAX_MODELS: Input should be a valid integer"),
        ("logger", "DATABASE_URL", "mysql://x", "logger cannot start: DATABASE_URL begins with 'mysql'"),
        ("gateway", "DEFAULT_SCENARIO", "nope", "gateway cannot start: no scenario 'nope' in config/scenarios; there"),
    ],
)
def test_a_wrong_setting_is_said_once_and_not_tried_again(
    checkout: Checkout, service: str, setting: str, value: str, why: str
) -> None:
    done = checkout.run("--only", service, **{setting: value})
    assert done.returncode == 1, done.stdout
    assert done.stdout.count(why) == 1
    assert "started again" not in done.stdout
    assert (
        "Traceback" not in (checkout.folder / "run" / "logs" / f"{service}.log").read_text().rpartition(why)[0][-2000:]
    )


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_both_shells(checkout: Checkout, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on this machine")
    done = checkout.run("help", shell=shell)
    assert done.returncode == 0
    assert "./start_all.sh demo" in done.stdout
    assert checkout.run("--only", "nope", shell=shell).returncode == 2
    wrong = checkout.run("nonsense", shell=shell)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith(
        "No such command: nonsense. There are: start, demo, admin, models, status, logs, stop, help."
    )
    assert done.stdout in wrong.stderr + "\n"
    assert checkout.run("--help", shell=shell).stdout == done.stdout


def test_logs_are_readable_by_people_and_by_programs(checkout: Checkout) -> None:
    def first_line(*options: str) -> str:
        command = ["bash", "./start_all.sh", "logs", *options]
        process = subprocess.Popen(command, cwd=checkout.folder, env=checkout.env, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        line = process.stdout.readline()
        process.kill()
        process.communicate()
        return line

    running = checkout.start("--only", "lang")
    running.until("Ctrl-C stops everything.")
    running.interrupt()
    assert re.match(r"\d\d:\d\d:\d\d\.\d{3}  info     lang         \w+", first_line("lang"))
    assert re.match(rf".{{23}}({'|'.join(BASE)}) ", first_line()), "all of them, merged"
    assert json.loads(first_line("--json", "lang"))["service"] == "lang"


def test_logs_end_where_they_are_not_followed_and_go_on_where_they_are(checkout: Checkout) -> None:
    log = checkout.folder / "run" / "logs" / "lang.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("the first\n")
    done = checkout.run("logs", "lang", timeout=60)
    assert (done.returncode, done.stdout.split()) == (0, ["lang", "the", "first"])
    command = ["bash", "./start_all.sh", "logs", "-f", "lang"]
    with subprocess.Popen(
        command, cwd=checkout.folder, env=checkout.env, stdout=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout
        assert "the first" in following.stdout.readline()
        with log.open("a") as file:
            file.write("the second\n")
        assert "the second" in following.stdout.readline()
        following.kill()


def test_what_runs_here_is_found_from_a_terminal_that_knows_no_offset(checkout: Checkout) -> None:
    running = checkout.start("--only", "lang")
    running.until("Ctrl-C stops everything.")
    found = checkout.run("status", "--only", "lang", MESH_PORT_OFFSET="")
    assert found.returncode == 1, "one that is set is meant, also to none"
    del checkout.env["MESH_PORT_OFFSET"]
    try:
        found = checkout.run("status", "--only", "lang")
    finally:
        checkout.env["MESH_PORT_OFFSET"] = str(checkout.offset)
    assert (found.returncode, checkout.url("lang") in found.stdout) == (0, True)
    running.interrupt()
    none = checkout.run("status")
    assert none.returncode == 1
    assert none.stdout.count("nothing listens there") == len(BASE)
    assert "Nothing runs here: ./start_all.sh" in none.stderr


@pytest.mark.parametrize("command", [[], ["status"], ["demo"], ["logs"], ["stop"]])
def test_an_offset_that_is_none_is_one_line(checkout: Checkout, command: list[str]) -> None:
    done = checkout.run(*command, MESH_PORT_OFFSET="abc")
    assert (done.returncode, done.stderr) == (1, "MESH_PORT_OFFSET=abc is not a number from -7000 to 56000\n")


def test_dev_mode_is_watched_in_the_terminal(checkout: Checkout) -> None:
    running = checkout.start("--only", "lang", IS_DEV="true")
    running.until("Ctrl-C stops everything.")
    body = {"text": "Ja, bitte"}
    assert httpx2.post(checkout.url("lang") + "/process", json=body, trust_env=False).status_code == 200
    running.until("came_in=")
    line = next(line for line in running.text().splitlines() if "came_in=" in line)
    assert re.match(
        r"\d\d:\d\d:\d\d\.\d{3}  info     lang         served  method=POST  route=/process  status=200", line
    )
    running.interrupt()


def test_logs_rotate_while_the_mesh_runs(checkout: Checkout) -> None:
    running = checkout.start("--only", "lang", MESH_LOG_MAX_MB="0.0001")
    running.until("Ctrl-C stops everything.")
    log = checkout.folder / "run" / "logs" / "lang.log"
    kept = log.with_name("lang.log.3")
    deadline = time.monotonic() + 60
    while not kept.exists():
        assert time.monotonic() < deadline
        body = {"text": "Ja, bitte"}
        assert httpx2.post(checkout.url("lang") + "/process", json=body, trust_env=False).status_code == 200
        time.sleep(0.05)
    running.interrupt()
    assert sorted(path.name for path in log.parent.glob("lang.log*")) == ["lang.log"] + [
        f"lang.log.{n}" for n in (1, 2, 3)
    ]
