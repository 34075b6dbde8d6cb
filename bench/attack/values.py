"""Values that break programs, as JSON text: much of it no JSON library would write."""

import json
import random
from collections.abc import Iterator
from typing import Any

DEEP = 100_000

NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "1e308",
    "-0",
    "-1",
    "0.5",
    str(2**31),
    str(2**53 + 1),
    str(2**63),
    str(-(2**63) - 1),
    str(2**64),
    "9" * 400,
    "9" * 5_000,
    "1E400",
    "01",
    "0x10",
)
TEXTS = (
    '""',
    '" "',
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ufffe\\uffff"',
    '"\\u202e\\u2066"',
    '"\u00b2"',
    '"\u0661\u0662\u0663"',
    '"\u2460\u00bd\u0bf0"',
    '"\U0001f600\U0001f468\u200d\U0001f469"',
    '"' + "a\u0301" * 2_000 + '"',
    '"NaN"',
    '"Infinity"',
    '"-1"',
    f'"{2**64}"',
    '"' + "9" * 5_000 + '"',
    '"1e999"',
    '"../../../../etc/passwd"',
    '"..\\\\..\\\\x"',
    '"file:///etc/passwd"',
    '"http://169.254.169.254/latest/meta-data/"',
    '"http://[::ffff:127.0.0.1]:8005/leads"',
    '"http://2130706433/"',
    '"http://127.1:8005/"',
    '"gopher://127.0.0.1:6379/_x"',
    '"{{7*7}}${7*7}{name}%s%n%x"',
    '"\'; DROP TABLE leads; --"',
    '"<script>alert(1)</script>"',
    '"a\\r\\nX-Evil: 1\\r\\n\\r\\n"',
    '"' + "(" * 3_000 + '"',
    '"' + "a " * 20_000 + '"',
    '"' + "1 " * 20_000 + '"',
    '"' + "x" * 1_000_000 + '"',
    '"' + "+" * 2_000 + '"',
)
OTHERS = (
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "[[]]",
    '[null, "\\ud800", NaN]',
    '{"": {"": ""}}',
    '{"__proto__": 1, "constructor": {"prototype": 1}}',
    "[" * DEEP + "]" * DEEP,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
    "[" * 900 + "]" * 900,
    '{"a":' * 300 + "1" + "}" * 300,
    "[" + ",".join("1" * 100_000) + "]",
    "{" + ",".join(f'"k{n}":{n}' for n in range(20_000)) + "}",
    "undefined",
    "",
    "'",
    "\\",
    "/* */",
)
BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"',
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b"\x00" * 1_000,
    b"\xed\xa0\x80",
    b'{"text": "\xed\xa0\x80"}',
    b'{"text": "a", "text": "b"}',
    b"{}" * 1_000,
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b"NaN",
    b"1e999",
    b"9" * 10_000,
)


def every(seed: int) -> list[str]:
    """All single values, in an order that the seed decides."""
    values = [*NUMBERS, *TEXTS, *OTHERS]
    random.Random(seed).shuffle(values)
    return values


def bodies(valid: dict[str, Any], seed: int, least: int) -> Iterator[bytes]:
    """Bodies in which one field at a time is something else, at any depth; and those that are no objects.

    Each field gets at least `least` values; which, the seed decides.
    """
    yield from BODIES
    values = every(seed)
    for number, path in enumerate(_paths(valid)):
        for step in range(least):
            bad = values[(number * 7 + step) % len(values)]
            yield _with(valid, path, bad).encode("utf-8", "surrogatepass")


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*before, name)
        yield from _paths(inner, (*before, name))


def _with(valid: dict[str, Any], path: tuple[Any, ...], bad: str) -> str:
    """`valid` as JSON with `bad`, which need not be JSON, at `path`."""
    copy = json.loads(json.dumps(valid))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = "\x01here\x01"
    return json.dumps(copy, ensure_ascii=False).replace(json.dumps("\x01here\x01"), bad, 1)
