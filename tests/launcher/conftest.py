from collections.abc import Iterator

import pytest

from tests.launcher.checkout import Checkout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One for all tests: its environments take half a minute to make."""
    made = Checkout(tmp_path_factory.mktemp("checkout"))
    yield made
    made.run("stop")
