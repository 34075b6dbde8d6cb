"""The wire only gains: no service of another age is misunderstood, and no promise is made by accident."""

import json

from pydantic import BaseModel

from tests.contracts import wire


def test_every_promise_is_kept() -> None:
    assert wire.broken(json.loads(wire.SNAPSHOT.read_text()), wire.now()) == []


def test_every_model_and_field_is_promised() -> None:
    promised, now = json.loads(wire.SNAPSHOT.read_text()), wire.now()
    assert [name for name, one in now.items() if promised.get(name) != one] == [], "run: python -m tests.contracts.wire"


def test_what_breaks_a_promise_is_named() -> None:
    class Old(BaseModel):
        name: str
        age: int = 0

    class New(BaseModel):
        name: int
        city: str

    promised, now = ({"x.Person": wire._promise(model)} for model in (Old, New))
    assert wire.broken(promised, now) == [
        "x.Person.name was {'type': 'string'}",
        "x.Person.age was {'type': 'integer'}",
        "x.Person requires city, as it did not before",
    ]
    assert wire.broken(promised, {}) == ["x.Person is gone"]
