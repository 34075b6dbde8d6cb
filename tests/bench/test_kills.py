"""bench.kills in small: what was promised is there after both services of a pair were killed twice."""

import asyncio

import pytest

from bench.kills import measure, mesh
from simulator.processes import free_offset


@pytest.mark.slow
def test_nothing_is_lost_when_two_services_are_killed() -> None:
    with mesh(free_offset()) as made:
        found = asyncio.run(measure(made, ("gateway", "lead_sender"), rounds=2, seed=1))
    assert found["lost"] == {}
    assert int(str(found["turns"])) > 0
