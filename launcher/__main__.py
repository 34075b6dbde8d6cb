"""The commands of start_all.sh."""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from healthcheck import status_checker
from launcher import first_start, log_reader, processes, venvs
from launcher.screen import say
from launcher.supervisor import StartError, Supervisor, check_machine, log_file, stop_in_order
from launcher.tunnel import TOKEN_FILE, Tunnel, environment, open_tunnel, planned, where
from mesh.addresses import setting
from mesh.settings import peer_url, ports

HEALTHY_S = 60.0
STOPPED_S = 150.0  # longer than all stages together may take
COMMANDS = ("start", "demo", "admin", "models", "status", "logs", "stop", "help")
USAGE = """\
  ./start_all.sh [start]         set up, start everything, print where it listens; Ctrl-C stops it
  ./start_all.sh demo            play a phone call (English, then Russian) and print it
  ./start_all.sh admin NAME      make an admin, with an e-mail address after the name if you like
  ./start_all.sh models [NAME…]  fetch speech models, with a progress bar; `models list` lists them
  ./start_all.sh status          the table of all services (--json, --watch, --wait SECONDS)
  ./start_all.sh logs [NAME…]    the last lines of the services' logs; on a terminal, or with -f, also what comes,
                                 until Ctrl-C (--json: as they were written)
  ./start_all.sh stop            stop what runs in this folder
  ./start_all.sh --only a,b      start only these services
  TUNNEL=cloudflared ./start_all.sh   with a tunnel for Twilio beside it (or TUNNEL=ngrok; a named one:
                                 CLOUDFLARED_TUNNEL=NAME or its token, and PUBLIC_URL)
"""


def main() -> int:
    """Run a command; its exit code."""
    try:
        processes.adopt_offset()
        ports()
    except ValueError as error:  # of a setting
        print(error, file=sys.stderr)
        return 1
    try:
        return _main(sys.argv[1:])
    except (StartError, venvs.SetupError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who read us, as `| head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno != 28:
            raise
        print("The disk is full: make room and start again.", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    usage = "./start_all.sh [COMMAND] [options]; ./start_all.sh help explains them"
    parser = argparse.ArgumentParser(prog="start_all.sh", usage=usage, add_help=False)
    parser.add_argument("command", nargs="?", default="start")
    parser.add_argument("names", nargs="*")
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("-f", "--follow", action="store_true")
    return parser


def _main(arguments: list[str]) -> int:
    if arguments[:1] == ["status"]:
        return status_checker.main(arguments[1:])
    options = _parser().parse_intermixed_args(arguments)  # `logs --json lang`: options in any place
    if options.help:
        options.command = "help"
    if options.command not in COMMANDS:
        print(f"No such command: {options.command}. There are: {', '.join(COMMANDS)}.\n\n{USAGE}", file=sys.stderr)
        return 2
    only = [name for name in options.only.split(",") if name]
    unknown = [name for name in only + (options.names if options.command == "logs" else []) if name not in ports()]
    if unknown:
        print(f"No such service: {', '.join(unknown)}. There are: {', '.join(ports())}.", file=sys.stderr)
        return 2
    return _run(options, only or list(ports()))


def _run(options: argparse.Namespace, services: list[str]) -> int:
    if options.command == "help":
        print(USAGE)
        return 0
    if options.command == "models":
        from launcher import models

        return models.main(options.names)
    if options.command == "stop":
        return _stop()
    if options.command == "admin":
        return _admin(options.names)
    if options.command == "logs":
        if not any(log_file(name).exists() for name in options.names or ports()):
            print("There are none yet: nothing has been started here.", file=sys.stderr)
        files = {name: log_file(name) for name in options.names or ports()}
        for line in log_reader.lines(files, raw=options.json, follow=options.follow or sys.stdout.isatty()):
            print(line, flush=True)
        return 0
    return _start(services, demo=options.command == "demo")


def _start(services: list[str], *, demo: bool) -> int:
    first_start.make_private()
    first_start.name_unknown()
    lock = processes.lock()
    if lock is None:
        pid = processes.supervisor()
        if demo:
            print(f"Playing on the mesh that runs here already: process {pid}, {peer_url('gateway')}", flush=True)
            return asyncio.run(_demo(services))
        raise StartError(f"It runs here already (process {pid}): ./start_all.sh status, or ./start_all.sh stop.")
    with lock:
        _end_left_over()
        if "stt" in services and not demo:
            first_start.offer_model()
        venvs.prepare(services)
        return asyncio.run(_serve(services, demo=demo))


def _end_left_over() -> bool:
    """Stop what an earlier start has left running: it was killed, and could not."""
    left = processes.running()
    if left:
        names = ", ".join(f"{name} (process {pid})" for name, pid in left.items())
        print(f"An earlier start was killed and left these running; they are stopped: {names}", flush=True)
        asyncio.run(stop_in_order(left, asyncio.Event()))
    return bool(left)


def _admin(names: list[str]) -> int:
    """Make an admin of accounts, whether it runs or not."""
    if not 1 <= len(names) <= 2:
        print("A name is wanted: ./start_all.sh admin NAME [EMAIL]", file=sys.stderr)
        return 2
    first_start.make_private()
    venvs.prepare(["accounts"])
    return subprocess.run([str(venvs.python_of("accounts")), "-m", "accounts", "admin", *names], check=False).returncode


def _stop() -> int:
    """Stop the mesh that runs in this folder, and what an earlier one left behind."""
    pid = processes.supervisor()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOPPED_S
        while processes.supervisor() == pid:
            if time.monotonic() > deadline:
                raise StartError(f"Process {pid} has not ended within {STOPPED_S:g} s.")
            try:
                time.sleep(0.1)
            except KeyboardInterrupt:
                os.kill(pid, signal.SIGTERM)  # its second one: it hurries
    left = _end_left_over()
    print("Stopped." if pid is not None or left else "Nothing runs here.")
    return 0


async def _serve(services: list[str], *, demo: bool) -> int:
    check_machine(services)
    ended, hurry = asyncio.Event(), asyncio.Event()

    def interrupted() -> None:
        (hurry if ended.is_set() else ended).set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
            continue  # nohup: it goes on when the terminal closes
        asyncio.get_running_loop().add_signal_handler(number, interrupted)
    plan = planned()
    tunnel = await open_tunnel(plan) if plan else None
    extra = environment(tunnel)
    if demo:  # nobody has called
        extra["lead_sender"] = {"IS_DEV": "true"}
    supervisor = Supervisor(services, extra)
    if not demo and setting("gateway", "IS_DEV").lower() in ("true", "1", "yes", "on"):
        log_reader.show({name: log_file(name) for name in services})  # Dev Mode is there to be watched
    supervisor.start()
    try:
        waiting = asyncio.create_task(status_checker.wait(services, HEALTHY_S, supervisor.given_up))
        stopped = asyncio.create_task(ended.wait())
        await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if ended.is_set():
            waiting.cancel()
            return 0
        states = waiting.result()
        say(status_checker.table(states))
        down = [state.name for state in states if state.state == "down"]
        late = [name for name in down if name not in supervisor.given_up]
        if late:
            print(f"\nNot started: {', '.join(late)}. Why is in {log_file(late[0])}", file=sys.stderr)
        if len(supervisor.given_up) == len(services):
            return 1
        if demo:
            return 1 if down else await _play()
        _say_where(services, tunnel, made_token="gateway" in extra)
        await ended.wait()
        return 0
    finally:
        say("\nStopping ...")
        ended.set()
        await supervisor.stop(hurry)
        if tunnel:
            await tunnel.close()


async def _demo(services: list[str]) -> int:
    """The demo against what runs here already, or is about to."""
    await status_checker.wait(services, HEALTHY_S)
    return await _play()


async def _play() -> int:
    from launcher import demo

    return await demo.run()


def _say_where(services: Sequence[str], tunnel: Tunnel | None, *, made_token: bool) -> None:
    """Where what runs is found; each service by itself where `--only` has left some out."""
    say("")
    if "admin_panel" in services:
        say(f"Console   {peer_url('admin_panel')}/")
    if "gateway" in services:
        say(f"API       {peer_url('gateway')}/docs")
    if "call_handler" in services:
        world, public = where()
        public = tunnel.url if tunnel else public
        if public:
            say(f"Twilio    {public}/twilio/voice  (voice webhook; status callback: {public}/twilio/status)")
        if world and not tunnel:
            say(
                f"World     {world}  (Twilio's addresses, once TWILIO_AUTH_TOKEN is set; a tunnel or proxy points here)"
            )
        if made_token:
            say(f"Lines     /calls, /sms and /browser want CALLS_TOKEN; it is not set, so one was made: {TOKEN_FILE}")
    if len(services) < len(ports()):
        for name in services:
            say(f"{name:13} {peer_url(name)}/docs")
    say("Ctrl-C stops everything.")


if __name__ == "__main__":
    sys.exit(main())
