"""What tests are given: a relay of their own, and people at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from keyferry_interop.person import Person
from relay_process import RelayProcess

PASSPHRASE = "seven wooden ladders against the wind"


@pytest.fixture(scope="session")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    """The relay of this checkout on a free loopback port, stopped at the end."""
    with RelayProcess(tmp_path_factory.mktemp("relay")) as process:
        yield process


@pytest.fixture(scope="session")
def arrive(relay: RelayProcess) -> Callable[[str, str], Person]:
    """Registers somebody new."""
    return lambda name, suite: Person.register(relay.url, f"{name}@example.org", PASSPHRASE, suite)
