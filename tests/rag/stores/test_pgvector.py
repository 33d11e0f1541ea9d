"""What is PostgreSQL's own about PGVectorStore, against a real server; what all stores do is in tests/contracts."""

from __future__ import annotations

import secrets
import socket
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from contracts.store_table import names, piece
from rag.stores.postgres_server import PostgresServer

from racto_nb.exceptions import DimensionError, StoreError, UsageError
from racto_nb.rag.stores import PGVectorStore

PASSWORD = "s3cr3t-word"


class Place:
    """A database of a test's own; `store(...)` opens stores in it, `tell` is an administrator's connection."""

    def __init__(self, dsn: str, closing: ExitStack) -> None:
        self.dsn, self.closing = dsn, closing

    def store(self, **options: Any) -> PGVectorStore:
        return self.closing.enter_context(PGVectorStore(self.dsn, **options))

    def tell(self, text: str, *parameters: Any) -> list[Any]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(text, parameters or None)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def place(postgres: PostgresServer) -> Iterator[Place]:
    with ExitStack() as closing:
        yield Place(postgres.created(f"d{secrets.token_hex(6)}"), closing)


def test_the_extension_is_made_before_its_type_is_needed(place: Place):
    assert place.tell("SELECT 1 FROM pg_extension WHERE extname = 'vector'") == []
    store = place.store()
    assert store.search([1, 0]) == []
    store.add([piece("a")])
    assert names(store.search([1, 0])) == ["a"]


def test_many_that_begin_at_once_make_one_extension_and_one_table(place: Place):
    stores = [place.store() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda pair: pair[1].add([piece(f"n{pair[0]}"), piece("same")]), enumerate(stores)))
    assert sorted(stores[0].chunk_ids()) == ["n0", "n1", "n2", "n3", "n4", "n5", "same"]


def test_a_table_may_have_any_name_and_a_schema(place: Place):
    place.tell('CREATE SCHEMA "my space"')
    for table in ('x"; DROP TABLE rag_chunks; --', "my space.Größe", "SELECT"):
        store = place.store(table=table)
        store.add([piece(table)])
        assert place.store(table=table).chunk_ids() == [table]
    assert place.tell('SELECT count(*) FROM "my space"."Größe"') == [(1,)]


@pytest.mark.parametrize("table", ["", "a" * 64, "ä" * 32, "schema.", ".table", "a\0b"])
def test_a_name_that_postgres_would_cut_or_cannot_have_is_refused(table: str):
    with pytest.raises(UsageError, match="63 bytes"):
        PGVectorStore("host=127.0.0.1", table=table)


def test_a_table_of_somebody_else_is_left_alone(place: Place):
    place.tell("CREATE TABLE rag_chunks (id int)")
    with pytest.raises(StoreError, match="not one of PGVectorStore"):
        place.store().add([piece("a")])
    assert place.tell("SELECT column_name::text FROM information_schema.columns WHERE table_name = 'rag_chunks'") == [("id",)]


def test_a_lost_connection_is_opened_again(place: Place):
    store = place.store()
    store.add([piece("a")])
    ended = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert place.tell(ended) == [(True,)]
    assert store.count() == 1
    place.tell(ended)
    store.add([piece("b")])
    assert store.count() == 2


def test_a_lost_connection_is_not_opened_for_ever(place: Place):
    store = place.store()
    store.add([piece("a")])
    place.tell(
        "CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$"
    )
    place.tell("CREATE TRIGGER gone BEFORE INSERT ON rag_chunks EXECUTE FUNCTION gone()")
    with pytest.raises(StoreError, match="terminat"):
        store.add([piece("b")])
    assert store.chunk_ids() == ["a"]


def test_an_add_that_fails_at_its_end_leaves_nothing(place: Place):
    store = place.store()
    store.add([piece("a", content="old")])
    place.tell("ALTER TABLE rag_chunks ADD CHECK (chunk_id <> 'n99')")
    with pytest.raises(StoreError, match="check constraint"):
        store.add([piece("a", content="new"), *(piece(f"n{row}") for row in range(100))])
    with pytest.raises(StoreError, match="check constraint"):
        store.replace("notes.txt", [piece("n1"), piece("n99")])
    assert [chunk.content for chunk in store.get(store.chunk_ids())] == ["old"]


def test_writers_of_the_same_chunks_wait_for_each_other(place: Place):
    store = place.store()
    chunks = [piece(f"n{row}", (1, row)) for row in range(200)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda turn: store.add(chunks if turn % 2 else chunks[::-1]), range(8)))
        list(pool.map(lambda turn: store.replace("notes.txt", chunks[turn:]), range(8)))
    assert 193 <= store.count() <= 200


def closed_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


@pytest.mark.parametrize(
    "dsn",
    ["postgresql://racto:{0}@127.0.0.1:{1}/db", "host=127.0.0.1 port={1} user=racto password={0}", "postgresql+psycopg://racto:{0}@127.0.0.1:{1}/db"],
)  # fmt: skip
def test_no_error_and_no_repr_holds_the_password(dsn: str):
    store = PGVectorStore(dsn.format(PASSWORD, closed_port()))
    with pytest.raises(StoreError, match=r"No connection to PostgreSQL at 127\.0\.0\.1") as caught:
        store.count()
    assert PASSWORD not in "".join(traceback.format_exception(caught.value)) + repr(store) + str(caught.value.place)


@pytest.mark.parametrize(
    "dsn", [f"postgresql://racto:{PASSWORD}@127.0.0.1:port/a b", f"racto:{PASSWORD}@127.0.0.1", f"password {PASSWORD}"]
)
def test_a_dsn_that_cannot_be_read_is_not_shown(dsn: str):
    with pytest.raises((UsageError, StoreError)) as caught:
        PGVectorStore(dsn).count()
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_a_wrong_password_is_refused_without_being_shown(place: Place, postgres: PostgresServer):
    with pytest.raises(StoreError, match="does not exist") as caught:
        PGVectorStore(f"postgresql://nobody:{PASSWORD}@127.0.0.1:{postgres.port}/postgres").count()
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_who_may_not_install_the_extension_is_told_what_to_ask_for(place: Place):
    role = f"r{secrets.token_hex(4)}"
    place.tell(f"CREATE ROLE {role} LOGIN")
    with pytest.raises(StoreError, match="CREATE EXTENSION vector"):
        PGVectorStore(place.dsn.replace("postgres@", f"{role}@")).add([piece("a")])


def test_the_place_is_said_once(place: Place):
    for given in ({}, {"dsn": "host=a", "connection_string": "host=b"}):
        with pytest.raises(UsageError, match=r"connection_string|Say where"):
            PGVectorStore(**given)
    with PGVectorStore(connection_string=place.dsn) as store:
        assert store.count() == 0


@pytest.mark.parametrize("wrong", [{"distance": "euclid"}, {"index": "ivf"}, {"batch_size": 0}])
def test_an_option_that_does_not_exist_is_refused(wrong: dict[str, Any]):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        PGVectorStore("host=127.0.0.1", **wrong)


@pytest.mark.parametrize("distance", ["cosine", "l2", "inner"])
@pytest.mark.parametrize("index", [None, "hnsw"])
def test_scores_are_cosines_by_every_distance(place: Place, distance: str, index: Any):
    store = place.store(distance=distance, index=index)
    store.add([piece("long", (30, 0)), piece("half", (0.5, 0.5)), piece("back", (-9, 0))])
    assert [(hit.chunk.chunk_id, round(hit.score, 4)) for hit in store.search([2, 0])] == [
        ("long", 1.0),
        ("half", 0.7071),
        ("back", -1.0),
    ]


def test_vectors_of_any_size_are_compared(place: Place):
    store = place.store()
    store.add([piece("long", (3e30, 4e30)), piece("short", (3e-30, 4e-30))])
    assert [chunk.embedding for chunk in store.get(["long", "short"])] == [pytest.approx([0.6, 0.8])] * 2
    assert [round(hit.score, 4) for hit in store.search([3, 4])] == [1.0, 1.0]


def index_scans(place: Place, *stores: PGVectorStore) -> int:
    """How often the index of vectors was used. A server process reports that at its end at the latest."""
    for store in stores:
        store.close()
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    end = time.monotonic() + 20
    while place.tell(others) != [(0,)]:
        assert time.monotonic() < end
        time.sleep(0.01)
    return place.tell("SELECT coalesce(sum(idx_scan), 0)::int FROM pg_stat_user_indexes WHERE indexrelname LIKE '%embedding%'")[
        0
    ][0]


def test_the_index_is_used_when_it_was_asked_for_and_only_then(place: Place):
    indexed, exact = place.store(index="hnsw"), place.store()
    indexed.add([piece(f"n{row}", ((row * 31 % 97) - 48.5, (row * 17 % 89) - 44.5)) for row in range(2000)])
    exact.search([1, 0.3], 5)
    assert index_scans(place, indexed, exact) == 0
    indexed.search([1, 0.3], 5)
    assert index_scans(place, indexed, exact) == 1


def test_an_approximate_search_gives_as_many_hits_as_there_are_rows_that_fit(place: Place):
    store = place.store(index="hnsw")
    store.add([piece(f"n{row}", (1, row / 1e4, (row * 7919 % 1000) / 1e3), number=row) for row in range(3000)])
    store.add([piece(f"rare {row}", (-1, row / 100, 0), team="red") for row in range(7)])
    assert len(store.search([1, 0.1, 0.1], 5)) == 5
    assert len(store.search([1, 0.1, 0.1], 5, {"team": "red"})) == 5
    assert len(store.search([1, 0.1, 0.1], 50, {"team": "red"})) == 7
    assert len(store.search([1, 0.1, 0.1], 2500)) == 2500


def test_vectors_too_long_for_the_index_are_refused_and_kept_without_it(place: Place):
    long = piece("long", [1.0] * 2001)
    with pytest.raises(UsageError, match="2000 dimensions"):
        place.store(index="hnsw").add([long])
    exact = place.store()
    assert exact.count() == 0
    exact.add([long])
    assert names(exact.search([1.0] * 2001)) == ["long"]


def test_a_dimension_that_was_given_holds_from_the_first_chunk(place: Place):
    store = place.store(dimension=3)
    with pytest.raises(DimensionError):
        store.add([piece("a", (1, 0))])
    store.add([piece("a", (1, 0, 0))])
    store.clear()
    with pytest.raises(DimensionError):
        store.search([1, 0])


def test_what_another_process_wrote_is_seen(place: Place):
    first, second = place.store(), place.store()
    first.add([piece("a")])
    second.clear()
    second.add([piece("b", (1, 2, 3))])
    assert names(first.search([1, 2, 3])) == ["b"]
    with pytest.raises(DimensionError):
        first.search([1, 0])
