"""What is said for and against a value, and how often values with such evidence are right.

One set of weights serves all languages: weights.json, which `python -m bench.calibration --fit` makes.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "weights.json"


def confidence(evidence: Mapping[str, float], kind: str) -> float:
    """0 to 1, calibrated: of all values with 0.9, nine in ten and more are right."""
    weights = _weights().get(kind, {})
    total = weights.get("", 0.0) + sum(weights.get(name, 0.0) * value for name, value in evidence.items() if value)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@cache
def _weights() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = (
        json.loads(FILE.read_text(encoding="utf-8"))["weights"] if FILE.is_file() else {}
    )
    return found
