"""Scripted callers: `./bench.sh evals [bench/dialogues] [--least 0.95]`. A table and a score.

They call a mesh of its own, whose data is in a temporary folder and which delivers nothing; with `--url` a gateway that
runs: their sessions (eval-...) and leads stay there.
A dialogue is YAML: `scenario`, `language`, `say` (the caller's lines, in turn) and `expect` (field: value). A date
without a year ("07-01/07-10") is its next occurrence, "@+7" is in seven days, "@fri" the coming Friday, "@fri+7" a week
after it. A line is said when the assistant has answered the one before.
With `--audio` the lines are spoken by tts and heard by stt: as good as its engine is. `--learn` teaches them to the
ideal recogniser of simulator.models first, so that the way of the audio is measured and not an engine.

The exit status is 1 when a field's F1 is below `--least`, or a dialogue failed.

Source of the measure: precision and recall over (field, value) pairs, as in slot filling
(https://en.wikipedia.org/wiki/F-score).
"""

import argparse
import asyncio
import io
import re
import secrets
import sys
import time
import wave
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import yaml

from bench.systems import VoiceBlock
from mesh.audio import decode_mulaw

AT_ONCE = 8
_DAYS_ON = re.compile(r"(?<![^/])@(mon|tue|wed|thu|fri|sat|sun|(?=\+))(?:\+(\d+))?")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NO_YEAR = re.compile(r"(?<![\d-])(\d\d)-(\d\d)(?![\d-])")


@dataclass(slots=True)
class Score:
    """Of one field: values that were found and right, wrong or not wanted, and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 1 of nothing."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass(slots=True)
class Table:
    """All scores, and what went wrong where."""

    by_field: dict[str, Score] = field(default_factory=dict)
    by_language: Counter[str] = field(default_factory=Counter)
    whole: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    def add(self, name: str, dialogue: dict[str, Any], got: dict[str, str]) -> None:
        """A dialogue that was played."""
        wanted = {key: resolved(str(value), datetime.now(UTC).date()) for key, value in dialogue["expect"].items()}
        language = dialogue["language"]
        self.by_language[language] += 1
        good = True
        for key in wanted | got:
            score = self.by_field.setdefault(key, Score())
            want, have = wanted.get(key, ""), got.get(key, "")
            score.right += bool(want) and same(want, have)
            score.wrong += bool(have) and not same(want, have)
            score.missed += bool(want) and not same(want, have)
            if not same(want, have):
                good = False
                self.mistakes.append(f"{name} ({language}): {key} is {have!r}, not {want!r}")
        self.whole[language] += good

    def show(self) -> None:
        """Print the mistakes and the scores."""
        for mistake in sorted(self.mistakes):
            print(f"! {mistake}")
        print(f"\n{'field':12} {'right':>6} {'wrong':>6} {'missed':>7} {'F1':>6}")
        for name, score in sorted(self.by_field.items()):
            print(f"{name:12} {score.right:6} {score.wrong:6} {score.missed:7} {score.f1:6.3f}")
        for language, count in sorted(self.by_language.items()):
            print(f"{language}: {self.whole[language]} of {count} dialogues without a mistake")
        self.ms.sort()
        if self.ms:
            print(
                f"a turn: p50 {self.ms[len(self.ms) // 2]:.1f} ms, p95 {self.ms[int(0.95 * (len(self.ms) - 1))]:.1f} ms"
            )


def same(want: str, have: str) -> bool:
    """Whether two values are the same; the case of letters is a matter of taste."""
    return want.casefold() == have.casefold()


def resolved(value: str, today: date) -> str:
    """A value with its dates' years: the next occurrence of each, a range's end after its beginning."""
    after = today

    def with_year(match: re.Match[str]) -> str:
        nonlocal after
        month, day = int(match[1]), int(match[2])
        after = next(d for y in range(after.year, after.year + 9) if (d := _date(y, month, day)) and d >= after)
        return after.isoformat()

    def from_today(match: re.Match[str]) -> str:
        coming = 1 + (_WEEKDAYS.index(match[1]) - today.weekday() - 1) % 7 if match[1] else 0
        return (today + timedelta(coming + int(match[2] or 0))).isoformat()

    return _NO_YEAR.sub(with_year, _DAYS_ON.sub(from_today, value))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def dialogues(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every dialogue of every file, with its name. Raises ValueError for one that is incomplete."""
    found = []
    for path in sorted(folder.rglob("*.yaml")):
        for number, dialogue in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")), 1):
            if not {"scenario", "language", "say", "expect"} <= set(dialogue):
                raise ValueError(f"{path}: dialogue {number} has no scenario, language, say or expect")
            found.append((f"{path.stem} {number}", dialogue))
    return found


async def play(
    http: httpx2.AsyncClient, dialogue: dict[str, Any], table: Table, options: argparse.Namespace
) -> dict[str, str]:
    """One dialogue; the fields of its lead."""
    sid = "eval-" + secrets.token_hex(8)
    opening = {"session_id": sid, "scenario": dialogue["scenario"], "language": dialogue["language"]}
    (await http.post("/v1/sessions", json=opening)).raise_for_status()
    got: dict[str, str] = {}
    for line in dialogue["say"]:
        said: dict[str, Any] = {"json": {"session_id": sid, "text": str(line)}}
        if options.audio:
            wav = await spoken(http, options, str(line), dialogue["language"])
            said = {"data": {"session_id": sid}, "files": {"file": ("line.wav", wav, "audio/wav")}}
        began = time.perf_counter()
        reply = (await http.post("/v1/process", **said)).raise_for_status().json()
        table.ms.append((time.perf_counter() - began) * 1000)
        got = reply["lead"]["fields"]
    await http.post(f"/v1/sessions/{sid}/close", json={"reason": "eval"})
    return got


async def spoken(http: httpx2.AsyncClient, options: argparse.Namespace, line: str, language: str) -> bytes:
    """A line as somebody on the telephone says it, as a WAV of 8 kHz."""
    body = {"text": line, "language": language, "format": "mulaw", "keep": False}
    said = (await http.post(f"{options.tts}/process", json=body)).raise_for_status().content
    if options.learn:
        (await http.post(f"{options.learn}/learn", params={"text": line}, content=said)).raise_for_status()
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(decode_mulaw(said, 8_000).tobytes())
    return made.getvalue()


async def run(options: argparse.Namespace) -> int:
    """All of them; the exit status."""
    table, room = Table(), asyncio.Semaphore(AT_ONCE)
    failed = 0

    async def one(http: httpx2.AsyncClient, name: str, dialogue: dict[str, Any]) -> None:
        nonlocal failed
        try:
            async with room:
                table.add(name, dialogue, await play(http, dialogue, table, options))
        except httpx2.HTTPError as error:
            failed += 1
            table.mistakes.append(f"{name}: {error}")

    async with httpx2.AsyncClient(base_url=options.url, timeout=30, trust_env=False) as http:
        played = dialogues(options.folder)[:: options.every]
        await asyncio.gather(*(one(http, name, dialogue) for name, dialogue in played))
    table.show()
    low = [name for name, score in table.by_field.items() if score.f1 < options.least]
    if low:
        print(f"below {options.least}: {', '.join(sorted(low))}", file=sys.stderr)
    return 1 if low or failed or not table.by_language else 0


async def on_its_own(options: argparse.Namespace) -> int:
    """All of them on a mesh that is there for nothing else."""
    heard = {"STT_BASE_URL": f"{options.learn}/v1"} if options.learn else {}
    with VoiceBlock(**heard) as system:
        await system.healthy()
        options.url, options.tts = system.url("gateway"), options.tts or system.url("tts")
        return await run(options)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="./bench.sh evals", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("bench/dialogues"))
    parser.add_argument("--url", default="", help="address of a gateway that runs; its database keeps the leads")
    parser.add_argument("--audio", action="store_true", help="speak the lines")
    parser.add_argument("--tts", default="", help="address of the tts that speaks the lines, for --url with --audio")
    parser.add_argument("--learn", default="", help="address of simulator.models, for --audio")
    parser.add_argument("--every", type=int, default=1, help="play one of so many: a share of them")
    parser.add_argument("--least", type=float, default=0.95, help="F1 that every field must have")
    options = parser.parse_args()
    if options.url and options.audio and not options.tts:
        parser.error("--audio with --url needs --tts")
    raise SystemExit(asyncio.run(run(options) if options.url else on_its_own(options)))


if __name__ == "__main__":
    main()
