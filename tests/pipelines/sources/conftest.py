"""A database on a real PostgreSQL server for each module of tests, with a reader's login and one that could write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres_place import LIMITS, PETS, Place
from rag.stores.postgres_server import PostgresServer

from racto_nb.exceptions import LoginWarning
from racto_nb.pipelines.sql_analyst.sources.postgres import PostgresSource


@pytest.fixture(scope="module")
def place(postgres: PostgresServer) -> Iterator[Place]:
    place = Place(postgres)
    place.tell(*PETS)
    yield place
    for source in place.sources:
        source.close()


@pytest.fixture(scope="module")
def reader(place: Place) -> PostgresSource:
    return place.source(place.login("GRANT pg_read_all_data TO {}"))


@pytest.fixture(scope="module")
def writer(place: Place) -> PostgresSource:
    user = place.login(
        "GRANT ALL ON pets TO {}", "GRANT ALL ON numbers TO {}", "GRANT CREATE ON SCHEMA public TO {}", "GRANT pg_maintain TO {}"
    )
    source = place.source(user)
    with pytest.warns(LoginWarning):
        source.run("SELECT 1", LIMITS)
    return source
