from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pipelines import mariadb_server
from pipelines.mariadb_server import MariaDBServer
from rag.stores import postgres_server
from rag.stores.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with ExitStack() as closing:
        yield postgres_server.started(closing)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDBServer]:
    with ExitStack() as closing:
        yield mariadb_server.started(closing)
