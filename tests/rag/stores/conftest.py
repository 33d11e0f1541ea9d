from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from rag.stores.postgres_server import PostgresServer, started


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with ExitStack() as closing:
        yield started(closing)
