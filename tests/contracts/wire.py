"""What services have promised one another: every model of mesh.wire, its fields and which of them are needed.

`python -m tests.contracts.wire` writes down what is new, and refuses what breaks a promise.
"""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydantic

WIRE = Path("mesh/src/mesh/wire")
SNAPSHOT = Path(__file__).parent / "wire.json"
KEPT = ("type", "anyOf", "oneOf", "$ref", "items", "enum", "const")
Promises = dict[str, dict[str, Any]]


def now() -> Promises:
    """The models as they are."""
    return {name: _promise(model) for name, model in models()}


def models() -> Iterator[tuple[str, type[pydantic.BaseModel]]]:
    """Every model of mesh.wire, by its module and name."""
    for path in sorted(WIRE.rglob("*.py")):
        name = ".".join(path.relative_to(WIRE).with_suffix("").parts)
        module = importlib.import_module(f"mesh.wire.{name}".removesuffix(".__init__"))
        for value in vars(module).values():
            ours = isinstance(value, type) and issubclass(value, pydantic.BaseModel)
            if ours and value.__module__ == module.__name__:
                yield f"{name.removesuffix('.__init__')}.{value.__name__}", value


def broken(promised: Promises, have: Promises) -> list[str]:
    """The promises that are not kept."""
    found = [f"{model} is gone" for model in promised if model not in have]
    for model in promised.keys() & have.keys():
        fields = have[model]["fields"]
        found += [
            f"{model}.{name} was {kind}" for name, kind in promised[model]["fields"].items() if fields.get(name) != kind
        ]
        more = set(have[model]["required"]) - set(promised[model]["required"])
        found += [f"{model} requires {name}, as it did not before" for name in sorted(more)]
    return found


def _promise(model: type[pydantic.BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    fields = {
        name: {key: value for key, value in field.items() if key in KEPT}
        for name, field in schema.get("properties", {}).items()
    }
    return {"fields": fields, "required": sorted(schema.get("required", []))}


if __name__ == "__main__":
    known, found = json.loads(SNAPSHOT.read_text()), now()
    if trouble := broken(known, found):
        raise SystemExit("\n".join(trouble))
    SNAPSHOT.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
