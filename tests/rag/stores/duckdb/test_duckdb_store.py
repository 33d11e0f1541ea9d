"""DuckDBStore: what it keeps, finds and refuses."""

from __future__ import annotations

import asyncio
import os
import threading

import numpy as np
import pytest
from colours import run_unblocked
from rag.stores.duckdb.chunks import chunk, vectors

from racto_nb.exceptions import DimensionError, StoreError, UsageError, WrongTypeError
from racto_nb.rag.stores import DuckDBStore
from racto_nb.rag.stores.duck import showing


@pytest.fixture(params=["memory", "folder"])
def store(request, tmp_path):
    made = DuckDBStore(None if request.param == "memory" else tmp_path / "store")
    yield made
    made.close()


def names(store: DuckDBStore) -> list[str]:
    return sorted(store.chunk_ids())


def test_a_chunk_comes_back_whole(store):
    given = chunk(3, year=2020, tags=["x", 1, None], deep={"a": [True]}, size=1.5)
    given.processed, given.doc_id, given.metadata.heading = "text three", "another", "A > B"
    store.add([given])

    (back,) = store.get([given.chunk_id])
    assert back.model_dump(exclude={"embedding"}) == given.model_dump(exclude={"embedding"})
    assert back.embedding == pytest.approx(given.embedding, abs=1e-6)
    (hit,) = store.search(given.embedding)
    assert (hit.chunk, hit.rank, round(hit.score, 5)) == (back, 1, 1.0)


def test_a_known_id_is_replaced_and_the_last_of_two_counts(store):
    store.add([chunk(1), chunk(2)])
    second, third = chunk(1, vectors(1, seed=7)[0].tolist()), chunk(1, vectors(1, seed=8)[0].tolist())
    second.content, third.content = "second", "third"
    store.add([second, third])

    assert store.count() == 2
    assert [hit.chunk.content for hit in store.search(third.embedding, 1)] == ["third"]


def test_replace_leaves_nothing_of_before(store):
    store.add([chunk(1), chunk(2), chunk(3, source="b.txt")])
    store.replace("a.txt", [chunk(2), chunk(4)])
    assert names(store) == ["a.txt-2", "a.txt-4", "b.txt-3"]

    store.replace("a.txt", [])
    assert names(store) == ["b.txt-3"]


def test_deleted_chunks_are_not_found_and_a_compaction_changes_no_answer(store):
    chunks = [chunk(number, even=number % 2 == 0) for number in range(40)]
    store.add(chunks)
    store.delete([each.chunk_id for each in chunks[:30]] + ["unknown"])
    before = [store.search(each.embedding, 5, {"even": True}) for each in chunks]
    assert store.count() == 10

    store.compact()
    assert [store.search(each.embedding, 5, {"even": True}) for each in chunks] == before
    assert len(store.rows_for()) == 10


def test_many_deleted_rows_give_their_room_back_by_themselves(store):
    rows = vectors(3_000)
    ids = [str(number) for number in range(3_000)]
    store.add_arrays(ids, ids, rows, [{"number": number} for number in range(3_000)])
    store.delete(ids[:2_000])

    assert len(store.rows_for()) == 1_000
    assert store.chunk_ids({"number": {"ge": 2_998}}) == ["2998", "2999"]
    assert store.search(rows[2_500], 1)[0].chunk.chunk_id == "2500"


def test_clear_forgets_the_dimension_unless_the_store_was_made_for_one(store):
    store.add([chunk(1)])
    with pytest.raises(DimensionError, match="8"):
        store.add([chunk(2, [1.0, 0.0])])
    with pytest.raises(DimensionError):
        store.search([1.0, 0.0])
    store.clear()
    store.add([chunk(2, [1.0, 0.0])])
    assert names(store) == ["a.txt-2"]

    with pytest.raises(DimensionError):
        DuckDBStore(dimension=3).add([chunk(2, [1.0, 0.0])])


def test_search_ids_looks_at_the_rows_it_is_told(store):
    rows = vectors(2_000)
    ids = [str(number) for number in range(2_000)]
    store.add_arrays(ids, ids, rows, [{"cat": number % 100} for number in range(2_000)])
    mask = store.rows_for({"cat": 7})
    expected = [row for row in np.argsort(-(rows @ rows[0])).tolist() if row % 100 == 7][:5]

    assert store.search_ids(rows[0], 5, mask).rows.tolist() == expected
    assert store.search_ids(rows[0], 5, np.flatnonzero(mask)).rows.tolist() == expected
    assert store.search_ids(rows[0].tolist(), 1).rows.tolist() == [0]
    assert store.search_ids(rows[0], 5, mask[:0]).rows.tolist() == []
    for wrong in (np.ones(2_001, np.bool_), np.array([2_000]), np.array([-1]), np.array([0.5])):
        with pytest.raises(UsageError, match="rows_for"):
            store.search_ids(rows[0], 5, wrong)


def test_add_arrays_takes_what_chunks_have_themselves_from_the_metadata(store):
    store.add_arrays(["a", "b", "a"], ["one", "two", "three"], vectors(3), [{"page": 1}, {"source": "s", "x": 1}, {"page": 3}])

    first, second = store.get(["a", "b"])
    assert (first.content, first.metadata.page, first.metadata.source, first.metadata.extra) == ("three", 3, "arrays", {})
    assert (second.metadata.source, second.metadata.extra, second.metadata.end_char) == ("s", {"x": 1}, 3)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((["a"], ["x", "y"], np.ones((1, 2))), UsageError),
        ((["a"], ["x"], np.ones((2, 2))), UsageError),
        ((["a"], ["x"], np.ones(2)), UsageError),
        ((["a"], ["x"], np.zeros((1, 2))), UsageError),
        ((["a"], ["x"], np.ones((1, 2)), [{}, {}]), UsageError),
        ((["a"], [1], np.ones((1, 2))), WrongTypeError),
        ((["a"], ["x"], np.ones((1, 2)), [{"k": object()}]), UsageError),
        ((["a"], ["x"], np.ones((1, 2)), [{"k": 10**400}]), UsageError),
        ((["a"], ["x"], np.ones((1, 2)), [{"page": "one"}]), WrongTypeError),
        ((["a"], ["x\ud800"], np.ones((1, 2))), UsageError),
        ((["a"], ["x"], np.ones((1, 2)), [{"k": "\ud800"}]), UsageError),
        ((["a"], ["x"], np.ones((1, 2)), [{"k": ["\ud800", 1]}]), UsageError),
    ],
)
def test_what_cannot_be_stored_is_refused_and_nothing_of_it_stays(store, arguments, error):
    store.add_arrays(["z"], ["z"], np.ones((1, 2)))
    with pytest.raises(error):
        store.add_arrays(*arguments)

    assert names(store) == ["z"]
    store.add_arrays(["y"], ["y"], np.ones((1, 2)))
    assert store.count() == len(store.search([1, 1], 5)) == 2


def test_an_empty_store_answers(store):
    assert (store.count(), store.search([1.0]), store.chunk_ids({"k": 1}), store.get(["a"])) == (0, [], [], [])
    assert store.search_ids([1.0]).rows.tolist() == store.rows_for({"k": 1}).tolist() == []
    store.delete(["a"])
    store.compact()
    store.add([])


def test_sql_reads_and_changes_nothing(store):
    store.add([chunk(1, year=2020), chunk(2, year=2021)])

    frame = store.sql("SELECT chunk_id, extra->>'$.year' AS year FROM chunks WHERE page > ? ORDER BY 1", [1])
    assert frame.to_dicts() == [{"chunk_id": "a.txt-2", "year": "2021"}]
    assert len(store.sql("FROM chunks", library="pandas")) == 2
    for query in (
        "DELETE FROM chunks",
        "SELECT 1; DELETE FROM chunks",
        "COPY chunks TO 'x'",
        "SELEC",
        "FROM nothing",
        "SET threads=1",
    ):
        with pytest.raises(UsageError):
            store.sql(query)
    with pytest.raises(UsageError, match="disabled"):
        store.sql("SELECT * FROM read_csv('/etc/passwd')")
    assert store.count() == 2


def test_all_of_it_works_on_an_event_loop(store):
    async def main() -> None:
        await store.aadd([chunk(number) for number in range(20)])
        await store.areplace("a.txt", [chunk(number) for number in range(10)])
        await store.aadd_arrays(["x"], ["x"], vectors(1, seed=99))
        await store.adelete(["a.txt-1"])
        assert await store.acount() == 10
        assert (await store.asearch(chunk(5).embedding, 1))[0].chunk.chunk_id == "a.txt-5"
        mask = await store.arows_for({"source": "a.txt"})
        assert (await store.asearch_ids(chunk(5).embedding, 100, mask)).rows.size == 9
        assert len(await store.asql("FROM chunks")) == 10
        await store.abuild_index()
        await store.acompact()
        assert len(await store.achunk_ids()) == len(await store.aget(await store.achunk_ids())) == 10
        await store.aclear()
        await store.aclose()

    run_unblocked(main())


def test_a_select_that_nobody_waits_for_any_more_is_interrupted(store):
    async def main():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.asql("SELECT count(*) FROM range(1000000000000) AS many(n) WHERE n % 7 = 3"), 0.3)

    asyncio.run(main())  # which waits for the thread of the SELECT: hours, were it not interrupted


def test_an_interrupt_that_comes_before_the_statement_has_begun_is_not_the_last(store, monkeypatch):
    real, at_it, go_on = showing.one_query, threading.Event(), threading.Event()

    def late(*given):
        at_it.set()
        go_on.wait(30)
        return real(*given)

    async def main():
        asking = asyncio.create_task(store.asql("SELECT count(*) FROM range(1000000000000) AS many(n) WHERE n % 7 = 3"))
        await asyncio.to_thread(at_it.wait, 30)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        go_on.set()

    monkeypatch.setattr(showing, "one_query", late)
    asyncio.run(main())  # which waits for the thread of the SELECT


def test_readers_see_each_change_whole_while_others_write(store):
    store.add([chunk(number, vectors(1, seed=number)[0].tolist(), turn=0) for number in range(5)])
    seen, failed, done = [], [], threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                turns = {hit.chunk.metadata.extra["turn"] for hit in store.search(chunk(1).embedding, 5)}
                seen.append(len(turns))
        except Exception as error:  # noqa: BLE001  (told to the test)
            failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(1, 15):
        store.replace("a.txt", [chunk(number, turn=turn) for number in range(5)])
        if turn % 5 == 0:
            store.compact()
    done.set()
    for reader in readers:
        reader.join()

    assert failed == []
    assert set(seen) == {1}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_is_refused_and_the_parent_goes_on(store):
    store.add([chunk(1)])
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            store.count()
        except StoreError as error:
            os.write(writing, str(error).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert b"before a fork" in os.read(reading, 1_000)
    os.close(reading)
    os.close(writing)
    store.add([chunk(2)])
    assert store.count() == 2


def test_an_index_that_is_unknown_is_refused():
    with pytest.raises(UsageError, match="'auto', 'exact' or 'hnsw'"):
        DuckDBStore(index="ivf")
