"""The commands of start_all.sh."""

import argparse
import asyncio
import os
import signal
import sys

from dotenv import dotenv_values

from healthcheck import status_checker
from launcher import venvs
from launcher.supervisor import StartError, Supervisor, check_machine, log_file, running_pid, stop_running
from launcher.tunnel import Tunnel, open_tunnel
from mesh.settings import peer_url, ports

HEALTHY_S = 60.0
USAGE = """\
  ./start_all.sh                 set up, start everything, print where it listens; Ctrl-C stops it
  ./start_all.sh demo            play a phone call (English, then Russian) and print it
  ./start_all.sh models [NAME…]  fetch speech models, with a progress bar; `models list` lists them
  ./start_all.sh status          the table of all services (--json, --watch, --wait SECONDS)
  ./start_all.sh logs NAME       the last lines of a service's log, and what comes
  ./start_all.sh stop            stop what runs in this folder
  ./start_all.sh --only a,b      start only these services
  TUNNEL=cloudflared ./start_all.sh   with a tunnel for Twilio beside it (or TUNNEL=ngrok)
"""


def main() -> int:
    """Run a command; its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["status"]:
        return status_checker.main(arguments[1:])
    parser = argparse.ArgumentParser(prog="start_all.sh", usage="\n" + USAGE)
    parser.add_argument(
        "command", nargs="?", default="start", choices=["start", "demo", "models", "logs", "stop", "help"]
    )
    parser.add_argument("names", nargs="*")
    parser.add_argument("--only", default="")
    options = parser.parse_args(arguments)
    only = [name for name in options.only.split(",") if name]
    unknown = [name for name in only + (options.names if options.command == "logs" else []) if name not in ports()]
    if unknown:
        print(f"No such service: {', '.join(unknown)}. There are: {', '.join(ports())}.", file=sys.stderr)
        return 2
    try:
        return _run(options.command, options.names, only or list(ports()))
    except (StartError, venvs.SetupError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != 28:
            raise
        print("The disk is full: make room and start again.", file=sys.stderr)
        return 1


def _run(command: str, names: list[str], services: list[str]) -> int:
    if command == "help":
        print(USAGE)
        return 0
    if command == "models":
        from launcher import models

        return models.main(names)
    if command == "stop":
        print("Stopped." if stop_running() else "Nothing runs here.")
        return 0
    if command == "logs":
        if len(names) != 1:
            print("Which one? ./start_all.sh logs NAME", file=sys.stderr)
            return 2
        os.execvp("tail", ["tail", "-n", "100", "-F", str(log_file(names[0]))])  # noqa: S606 (replaces us)
    if running_pid() is not None:
        if command == "demo":
            return asyncio.run(_demo())
        raise StartError("It runs here already: ./start_all.sh status, or ./start_all.sh stop.")
    venvs.prepare(services)
    return asyncio.run(_serve(services, demo=command == "demo"))


async def _serve(services: list[str], *, demo: bool) -> int:
    check_machine(services)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    tunnel = await _tunnel()
    extra = {"call_handler": {"PUBLIC_URL": tunnel.url}} if tunnel else {}
    supervisor = Supervisor(services, extra)
    supervisor.start()
    try:
        waiting = asyncio.create_task(status_checker.wait(services, HEALTHY_S))
        stopped = asyncio.create_task(ended.wait())
        await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if ended.is_set():
            waiting.cancel()
            return 0
        states = waiting.result()
        print(status_checker.table(states), flush=True)
        down = [state.name for state in states if state.state == "down"]
        if down:
            print(f"\nNot started: {', '.join(down)}. Why is in {log_file(down[0])}", file=sys.stderr)
        if demo:
            return 1 if down else await _demo()
        _say_where(tunnel)
        await ended.wait()
        print("\nStopping ...", flush=True)
        return 0
    finally:
        await supervisor.stop()
        if tunnel:
            await tunnel.close()


async def _demo() -> int:
    from launcher import demo

    return await demo.run()


async def _tunnel() -> Tunnel | None:
    kind = os.environ.get("TUNNEL", "")
    if not kind:
        return None
    has_token = bool(os.environ.get("TWILIO_AUTH_TOKEN") or dotenv_values(".env").get("TWILIO_AUTH_TOKEN"))
    return await open_tunnel(kind, ports()["call_handler"], has_token=has_token)


def _say_where(tunnel: Tunnel | None) -> None:
    print(f"\nConsole   {peer_url('admin_panel')}/\nAPI       {peer_url('gateway')}/docs")
    public = tunnel.url if tunnel else peer_url("call_handler")
    print(f"Twilio    {public}/twilio/voice  (voice webhook; status callback: {public}/twilio/status)")
    print("Ctrl-C stops everything.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
