"""Which server answers: pure logic, by a clock that the test moves."""

from collections import Counter
from typing import Any

import pytest

from gateway.openai.ask import parse
from gateway.openai.catalogue import Catalogue
from gateway.openai.replies import Events
from gateway.openai.router import Lease, Router
from mesh.errors import ApiError, Busy


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def router(clock: Clock, *servers: dict[str, Any], **names: Any) -> Router:
    made = [{"base_url": f"http://s{place}/v1", "model": "m", **one} for place, one in enumerate(servers)]
    found = Catalogue.model_validate({"names": {"big": {"servers": made}, **names}})
    return Router(found, lambda _: "", clock)


def at(lease: Lease | None) -> str:
    assert lease is not None
    return lease.server.entry.base_url.removeprefix("http://").removesuffix("/v1")


def take(one: Router, prefix: int | None = None, tried: set[int] | None = None) -> Lease:
    lease = one.lease("big", prefix, tried or ())
    assert lease is not None
    return lease


def test_the_least_busy_by_weight() -> None:
    one = router(Clock(), {"weight": 3}, {})
    assert Counter(at(take(one)) for _ in range(40)) == {"s0": 30, "s1": 10}


def test_requests_that_begin_alike_stay_together_and_all_servers_have_some() -> None:
    one = router(Clock(), {}, {}, {})
    places = []
    for prefix in range(300):
        seen = set()
        for _ in range(3):
            lease = take(one, prefix)
            seen.add(at(lease))
            lease.ok()
        places += list(seen)
    assert len(places) == 300, "each prefix at one server"
    assert min(Counter(places).values()) > 60


def test_a_prefix_that_all_share_does_not_overload_its_server() -> None:
    one = router(Clock(), {}, {}, {})
    busy = Counter(at(take(one, 7)) for _ in range(90))
    assert max(busy.values()) <= 1.25 * 30 + 1


def test_when_a_server_goes_only_its_own_prefixes_move() -> None:
    clock = Clock()
    one = router(clock, {}, {}, {})
    before = {}
    for prefix in range(100):
        lease = take(one, prefix)
        before[prefix] = at(lease)
        lease.ok()
    next(s for s in one.servers if "s1" in s.entry.base_url).down_until = clock.now + 9
    for prefix in range(100):
        lease = take(one, prefix)
        assert at(lease) == before[prefix] or before[prefix] == "s1"
        lease.ok()


def test_a_server_that_cannot_be_reached_is_left_alone_and_probed_by_one() -> None:
    clock = Clock()
    one = router(clock, {}, {})
    down = next(lease for lease in iter(lambda: take(one), None) if at(lease) == "s0")
    down.failed("no connection", gone=True)
    assert {at(take(one)) for _ in range(5)} == {"s1"}
    clock.now += 1.0
    probes = [lease for lease in [take(one) for _ in range(6)] if at(lease) == "s0"]
    assert len(probes) == 1
    probes[0].failed("no connection", gone=True)
    clock.now += 1.5
    assert {at(take(one)) for _ in range(5)} == {"s1"}, "twice as long now"
    clock.now += 0.6
    probe = next(lease for lease in [take(one) for _ in range(20)] if at(lease) == "s0")
    probe.ok()
    assert {at(take(one)) for _ in range(5)} == {"s0"}, "it is back, and the least busy"


def test_a_failure_now_and_then_takes_no_server_down() -> None:
    one = router(Clock(), {}, {})
    for _ in range(10):
        for outcome in ("failed", "failed", "ok"):
            lease = next(one_ for one_ in iter(lambda: take(one), None) if at(one_) == "s0")
            lease.failed("HTTP 500") if outcome == "failed" else lease.ok()
        for server in one.servers:
            server.in_flight = 0
    assert {at(take(one)) for _ in range(4)} == {"s0", "s1"}


def test_one_that_wants_rest_has_it() -> None:
    clock = Clock()
    one = router(clock, {}, {})
    lease = next(one_ for one_ in iter(lambda: take(one), None) if at(one_) == "s0")
    lease.rest(7, "HTTP 429")
    assert {at(take(one)) for _ in range(9)} == {"s1"}
    clock.now += 7
    assert "s0" in {at(take(one)) for _ in range(4)}


def test_all_are_tried_once_and_none_twice() -> None:
    one = router(Clock(), {}, {}, small={"servers": [{"base_url": "http://small/v1"}]})
    tried: set[int] = set()
    while (lease := one.lease("big", 7, tried)) is not None:
        tried.add(id(lease.server))
        lease.failed("HTTP 500")
    assert len(tried) == 2, "another name answers only where the file says so"


def test_the_fallback_answers_as_itself() -> None:
    small = {"servers": [{"base_url": "http://small/v1"}]}
    both = {"names": {"big": {"servers": [{"base_url": "http://s0/v1"}], "fallback": ["small"]}, "small": small}}
    one = Router(Catalogue.model_validate(both), lambda _: "", Clock())
    first = take(one)
    assert (at(first), first.model) == ("s0", "big")
    second = take(one, None, {id(first.server)})
    assert (at(second), second.model) == ("small", "small")


def test_when_all_are_down_one_is_asked_nonetheless() -> None:
    one = router(Clock(), {}, {})
    for _ in range(2):
        take(one).failed("no connection", gone=True)
    assert at(take(one)) in ("s0", "s1")


def test_full_servers() -> None:
    one = router(Clock(), {"max_concurrent": 2}, {"max_concurrent": 1})
    leases = [take(one, 7) for _ in range(3)]
    with pytest.raises(Busy):
        take(one, 7)
    leases[0].left()
    leases[0].left()
    assert sum(server.in_flight for server in one.servers) == 2, "what has ended once has ended"
    assert take(one, 7)


def test_an_unknown_name() -> None:
    with pytest.raises(ApiError) as found:
        router(Clock(), {}).lease("small")
    assert found.value.code == "model_not_found"


def prefix(messages: object, model: str = "m") -> int | None:
    import orjson

    return parse("/chat/completions", "", orjson.dumps({"model": model, "messages": messages})).prefix


def test_the_prefix_is_the_beginning_of_a_conversation() -> None:
    begins: list[dict[str, Any]] = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello"}]
    goes_on = [*begins, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "Bye"}]
    assert prefix(begins) == prefix(goes_on)
    assert len({prefix(begins), prefix(begins, "n"), prefix(begins[:1]), prefix(begins[1:])}) == 4
    picture = [{"type": "image_url", "image_url": {"url": "data:x"}}, {"type": "text", "text": "What?"}]
    assert prefix([{"role": "user", "content": picture}]) != prefix([{"role": "user", "content": picture[1:]}])


USAGE = b'data: {"id":"1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}'
WORD = b'data: {"id":"1","choices":[{"delta":{"content":"say \\"usage\\": {"}}],"usage":null}'
LAST = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage": {"prompt_tokens":3,"completion_tokens":1}}'


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n"])
@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_the_usages_own_chunk_is_left_out_however_the_bytes_come(end: bytes, size: int) -> None:
    stream = end.join([b": a comment", WORD, LAST, WORD, USAGE, b"data: [DONE]", b""])
    for strip, expected in ((True, stream.replace(USAGE + end, b"")), (False, stream)):
        events = Events(strip=strip)
        out = b"".join(events.feed(stream[at : at + size]) for at in range(0, len(stream), size)) + events.close()
        assert out == expected
        assert events.usage is not None
        assert (events.usage.prompt_tokens, events.usage.completion_tokens, events.ended) == (3, 2, True)


def test_a_whole_event_does_not_wait_for_the_next() -> None:
    events = Events(strip=True)
    assert events.feed(WORD + b"\n\nda") == WORD + b"\n\n"
    assert events.feed(b"ta: [DONE]") == b""
    assert events.close() == b"data: [DONE]"
    assert events.ended
