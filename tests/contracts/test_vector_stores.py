"""What every vector store holds to, in both colours. The stores and their gaps are in `store_table.py`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

import pytest
from colours import run_unblocked
from contracts.store_table import STORES, Face, StoreEntry, names, piece
from filter_values import HARD_FILTERS, filters, hard_chunks
from hypothesis import given, settings

from racto_nb.exceptions import DimensionError, RactoGatewayError, UsageError
from racto_nb.rag import Chunk, Filter, field, stores
from racto_nb.rag.matching import matches

EAST, NORTH, NORTH_EAST, WEST = (1, 0), (0, 1), (1, 1), (-1, 0)
Make = Callable[..., Face]


def test_every_store_of_the_package_is_in_the_table():
    assert {entry.store_class.__name__ for entry in STORES} == set(stores.__all__) - {"BaseVectorStore"}


def test_every_gap_of_the_table_is_a_case_that_exists():
    gaps = {gap.partition(":")[0] for entry in STORES for gap in entry.gaps}
    assert gaps <= {name for name in globals() if name.startswith("test_")}


def test_an_empty_store_finds_nothing(store: Face):
    assert (store.search(list(EAST)), store.count(), store.chunk_ids(), store.get(["a"])) == ([], 0, [], [])
    store.delete(["a"])
    store.add([])
    store.clear()
    assert store.count() == 0


def test_the_nearest_come_first_with_ranks_from_one(store: Face):
    store.add([piece("north", NORTH), piece("between", NORTH_EAST), piece("east", EAST), piece("west", WEST)])
    hits = store.search([1, 0.1], 3)
    assert names(hits) == ["east", "between", "north"]
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert names(store.search([1, 0.1], 1)) == ["east"]


def test_scores_are_cosines_also_of_long_and_short_vectors(store: Face):
    store.add([piece("long", (30, 0)), piece("short", (0.002, 0.002)), piece("across", (0, 5)), piece("back", (-7, 0))])
    hits = store.search([0.25, 0])
    assert names(hits) == ["long", "short", "across", "back"]
    assert [hit.score for hit in hits] == pytest.approx([1, math.sqrt(0.5), 0, -1], abs=1e-3)
    assert all(type(hit.score) is float for hit in hits)


def test_top_k_may_be_larger_than_the_store(store: Face):
    store.add([piece("a"), piece("b", NORTH)])
    assert names(store.search([1, 0.1], 10_000)) == ["a", "b"]


@pytest.mark.parametrize("top_k", [0, -1, True, 1.5])
def test_a_top_k_that_is_no_number_of_chunks_is_refused(store: Face, top_k: Any):
    store.add([piece("a")])
    with pytest.raises(UsageError, match="top_k"):
        store.search([1, 0], top_k)


@pytest.mark.parametrize("vector", [(0, 0), (math.nan, 1), (math.inf, 0), ()], ids=["zero", "nan", "infinite", "empty"])
def test_a_vector_without_a_direction_is_refused(store: Face, vector: tuple[float, ...]):
    store.add([piece("a")])
    with pytest.raises(UsageError):
        store.add([piece("b", NORTH), piece("c", vector)])
    with pytest.raises(UsageError):
        store.search(list(vector))
    assert (store.count(), store.chunk_ids()) == (1, ["a"])


def test_another_number_of_dimensions_is_refused_and_changes_nothing(store: Face):
    store.add([piece("a", EAST)])
    with pytest.raises(DimensionError) as caught:
        store.add([piece("a", NORTH), piece("b", (1, 2, 3))])
    assert (caught.value.expected, caught.value.actual) == (2, 3)
    with pytest.raises(DimensionError):
        store.search([1, 2, 3])
    assert [(hit.chunk.chunk_id, round(hit.score, 3)) for hit in store.search(list(EAST))] == [("a", 1.0)]


def test_chunks_of_different_dimensions_are_refused_in_an_empty_store(store: Face):
    with pytest.raises(DimensionError):
        store.add([piece("a", EAST), piece("b", (1, 2, 3))])
    assert store.count() == 0
    store.add([piece("c", (1, 2, 3))])
    assert names(store.search([1, 2, 3])) == ["c"]


def test_a_chunk_without_a_vector_is_refused_and_none_is_stored(store: Face):
    with pytest.raises(UsageError, match=r"no embedding"):
        store.add([piece("a"), piece("b", None)])
    assert store.count() == 0


def test_adding_an_id_again_replaces_it(store: Face):
    store.add([piece("a", EAST, content="old", team="red"), piece("b", WEST)])
    store.add([piece("a", NORTH, content="new", color="blue")])
    hit = store.search(list(NORTH), 1)[0]
    assert (hit.chunk.content, hit.chunk.metadata.extra, round(hit.score, 3)) == ("new", {"color": "blue"}, 1.0)
    assert (store.count(), store.chunk_ids({"team": "red"}), store.chunk_ids({"color": "blue"})) == (2, [], ["a"])


def test_of_one_id_twice_in_one_add_the_last_counts(store: Face):
    store.add([piece("a", EAST, content="first"), piece("b", WEST), piece("a", NORTH, content="last")])
    assert store.count() == 2
    assert names(store.search(list(NORTH), 1)) == ["a"]
    assert [chunk.content for chunk in store.get(["a"])] == ["last"]


def test_what_was_deleted_is_not_found(store: Face):
    store.add([piece("a", EAST), piece("b", NORTH_EAST), piece("c", NORTH)])
    store.delete(["a", "unknown", "a"])
    assert names(store.search(list(EAST))) == ["b", "c"]
    assert store.get(["a"]) == []
    store.delete(["b", "c"])
    assert (store.count(), store.search(list(EAST)), store.chunk_ids()) == (0, [], [])
    store.add([piece("a", NORTH)])
    assert names(store.search(list(EAST))) == ["a"]


def test_a_cleared_store_takes_vectors_of_another_length(store: Face):
    store.add([piece("a", EAST)])
    store.clear()
    assert (store.count(), store.chunk_ids()) == (0, [])
    store.add([piece("b", (1, 2, 3))])
    assert names(store.search([1, 2, 3])) == ["b"]
    with pytest.raises(DimensionError):
        store.search(list(EAST))


def test_chunks_come_by_their_ids_in_that_order_with_their_vectors(store: Face):
    store.add([piece(name, (1, row)) for row, name in enumerate("abcd")])
    found = store.get(["d", "unknown", "a"])
    assert [chunk.chunk_id for chunk in found] == ["d", "a"]
    for chunk, row in zip(found, (3, 0), strict=True):
        assert chunk.embedding[1] / chunk.embedding[0] == pytest.approx(row, abs=1e-3)


def test_ids_are_listed_by_filter(store: Face):
    store.add([piece("a", team="red"), piece("b", team="blue", source="other.txt"), piece("c", source="other.txt")])
    assert sorted(store.chunk_ids()) == ["a", "b", "c"]
    assert sorted(store.chunk_ids({"source": "other.txt"})) == ["b", "c"]
    assert store.chunk_ids((field("team") == "blue") | (field("team") == "green")) == ["b"]


def test_the_chunks_of_a_source_are_replaced(store: Face):
    store.add([piece("a"), piece("b"), piece("c", source="other.txt")])
    store.replace("notes.txt", [piece("b", NORTH, content="new"), piece("d")])
    assert sorted(store.chunk_ids()) == ["b", "c", "d"]
    assert store.get(["b"])[0].content == "new"
    store.replace("notes.txt", [])
    assert store.chunk_ids() == ["c"]


def test_a_replacement_that_is_refused_leaves_the_old_chunks(store: Face):
    store.add([piece("a"), piece("b")])
    with pytest.raises(DimensionError):
        store.replace("notes.txt", [piece("c", (1, 2, 3))])
    assert sorted(store.chunk_ids()) == ["a", "b"]


EXTRA = {
    "text": "Ünï\u0301 🙂 \"quoted\" 'it''s' \\ \n\t\u0000 $or {{x}}",
    "nothing": None, "yes": True, "no": False, "half": 0.5, "tenth": 0.1, "large": 10**30, "negative": -(2**63), "zero": 0, "whole": 2.0,
    "list": [1, "a", None, [True, {"deep": []}]], "nested": {"a": {"b": [1.5, {"c": None}], "": "empty"}},
    "a.b": 1, 'say "x"': 2, "$or": 3, "": 4, "source": "of the extra", "content": "of the extra", "chunk_id": 1, "vector": [1], "id": 7,
    "metadata": {"x": 1}, "_id": "x", "embedding": "no", "document": "d", "chroma:document": "no", "größe": "ß",
}  # fmt: skip


def test_a_chunk_comes_back_whole(store: Face):
    place = {
        "page": 7,
        "heading": "Terms > Refunds",
        "chunk_index": 3,
        "total_chunks": 9,
        "start_char": 2**40,
        "end_char": 2**40 + 5,
    }
    full = piece("full", (3, 4), content="Größe\u0000 🙂\r\n  ", processed="groesse", source="a/b c'.pdf", doc_id="d'1", **place)
    full.metadata.extra = EXTRA
    bare = piece("bare", (1, 0), content="", source="")
    store.add([full, bare])
    for found in (store.get(["full", "bare"]), [hit.chunk for hit in store.search([3, 4])]):
        assert [chunk.model_dump(exclude={"embedding"}) for chunk in found] == [
            chunk.model_dump(exclude={"embedding"}) for chunk in (full, bare)
        ]
        extra = found[0].metadata.extra
        assert {key: type(value) for key, value in extra.items()} == {key: type(value) for key, value in EXTRA.items()}


def test_a_long_text_comes_back_whole(store: Face, entry: StoreEntry):
    text = "Größe 🙂 " * (entry.largest // 8)
    store.add([piece("long", content=text), piece("short", NORTH)])
    assert [chunk.content for chunk in store.get(["long"])] == [text]
    assert store.search(list(EAST), 1)[0].chunk.content == text


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "a/b#c?d=e&f",
        'it\'s "x" \\ $1 %s',
        "größe 🙂",
        "x' OR 1=1 --",
        "a" * 300,
        " ",
        "8236ad07-cdd7-8d57-9f49-fe33b6373b69",
        "7",
    ],
    ids=["space", "slash", "quotes", "unicode", "injection", "long", "blank", "uuid", "number"],
)
def test_any_text_is_an_id(store: Face, name: str):
    store.add([piece(name, EAST), piece("other", NORTH)])
    assert names(store.search(list(EAST), 1)) == [name]
    assert [chunk.chunk_id for chunk in store.get([name])] == [name]
    store.delete([name])
    assert store.chunk_ids() == ["other"]


def test_ids_that_differ_little_are_different_ids(store: Face):
    close = [
        "a",
        "A",
        "a ",
        "8236ad07-cdd7-8d57-9f49-fe33b6373b69",
        "8236AD07-CDD7-8D57-9F49-FE33B6373B69",
        "7",
        "07",
        "é",
        "e\u0301",
    ]
    store.add([piece(name, (1, row)) for row, name in enumerate(close)])
    assert (store.count(), sorted(store.chunk_ids())) == (len(close), sorted(close))


def test_every_store_means_the_same_by_a_filter(store: Face):
    store.add(chunks := hard_chunks())
    found = store.all_at_once([("search", ([1.0, 0.0, 0.0], 50, condition)) for condition in HARD_FILTERS])
    listed = store.all_at_once([("chunk_ids", (condition,)) for condition in HARD_FILTERS])
    wrong = {}
    for condition, hits, ids in zip(HARD_FILTERS, found, listed, strict=True):
        fit = sorted(chunk.chunk_id for chunk in chunks if matches(condition, chunk))
        if (sorted(names(hits)), sorted(ids)) != (fit, fit):
            wrong[str(condition)] = (fit, names(hits), ids)
    assert wrong == {}


def test_every_store_means_the_same_by_any_filter(store: Face, entry: StoreEntry):
    store.add(chunks := hard_chunks())

    @settings(max_examples=entry.examples, derandomize=True, database=None)
    @given(filters())
    def agree(condition: Filter) -> None:
        ids = sorted(chunk.chunk_id for chunk in chunks if matches(condition, chunk))
        assert sorted(names(store.search([1.0, 0.2, 0.0], 50, condition))) == sorted(store.chunk_ids(condition)) == ids

    agree()


def test_the_hits_of_a_filter_are_the_nearest_that_fit(store: Face):
    store.add([piece(f"n{row}", (1, row / 10), number=row, even=row % 2 == 0) for row in range(40)])
    hits = store.search(list(EAST), 3, (field("even") == True) & (field("number") > 9))  # noqa: E712
    assert names(hits) == ["n10", "n12", "n14"]
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].score == pytest.approx(1 / math.sqrt(2), abs=1e-3)


@pytest.mark.parametrize(
    "condition",
    [
        {"team": "red"}, {"team": {"contains": "re"}}, {"tags": {"contains": "r"}}, {"a.b": 1}, {"number": {"gt": 1000, "lt": 2000}},
        {"not": {"team": "blue"}}, {"or": [{"it's": "x"}, {"absent": 1}]},
    ],
    ids=["eq", "contains", "list", "dots", "range", "not", "or"],
)  # fmt: skip
def test_a_filter_never_reduces_the_hits_below_top_k(store: Face, entry: StoreEntry, condition: dict[str, Any]):
    near = [piece(f"near {row}", (1, row / 1e4), team="blue", number=row, tags=["b"]) for row in range(entry.rows)]
    rare = {"team": "red", "tags": ["r"], "a.b": 1, "it's": "x"}
    far = [piece(f"far {row}", (-1, row / 100), number=1001 + row, **rare) for row in range(5)]
    store.add([*near[: entry.rows // 2], *far, *near[entry.rows // 2 :]])
    assert names(store.search(list(EAST), 5, condition)) == [f"far {row}" for row in (4, 3, 2, 1, 0)]
    assert names(store.search(list(EAST), 2, condition)) == ["far 4", "far 3"]
    assert len(store.search(list(EAST), 50, condition)) == 5


def test_a_filter_that_says_nothing_is_refused(store: Face):
    store.add([piece("a")])
    with pytest.raises(UsageError, match=r"Did you mean 'contains'"):
        store.search(list(EAST), 5, {"team": {"contain": "x"}})
    with pytest.raises(UsageError):
        store.chunk_ids({"team": {}})


def test_a_store_that_persists_is_opened_again_as_it_was(make_store: Make, entry: StoreEntry):
    first = make_store()
    first.add([piece("a", EAST, page=3, team="red"), piece("b", NORTH), piece("c", WEST)])
    first.delete(["c"])
    first.close()
    if not entry.persists:
        assert make_store().count() == 0
        return
    again = make_store()
    with pytest.raises(DimensionError):
        again.search([1, 2, 3])
    with pytest.raises(DimensionError):
        again.add([piece("d", (1, 2, 3))])
    assert (again.count(), sorted(again.chunk_ids()), again.chunk_ids({"team": "red"})) == (2, ["a", "b"], ["a"])
    assert names(again.search([1, 0.1])) == ["a", "b"]
    assert again.get(["a"])[0].metadata.page == 3
    again.add([piece("a", NORTH, team="blue")])
    assert (again.count(), again.chunk_ids({"team": "red"})) == (2, [])


def test_a_closed_store_opens_again_when_it_is_used(store: Face, entry: StoreEntry):
    store.close()
    store.add([piece("a")])
    store.close()
    store.close()
    assert names(store.search(list(EAST))) == (["a"] if entry.persists or store.count() else [])
    store.add([piece("b", NORTH)])
    assert "b" in store.chunk_ids()


def test_a_store_is_a_context(make_store: Make, store_colour: str):
    store = make_store().target
    if store_colour == "sync":
        with store as entered:
            entered.add([piece("a")])
        return

    async def main() -> None:
        async with store as entered:
            await entered.aadd([piece("a")])

    run_unblocked(main())


def test_many_callers_at_once_lose_nothing(store: Face):
    store.add([piece("first")])
    adding = [("add", ([piece(f"{call} {row}", (1, row)) for row in range(5)],)) for call in range(6)]
    looking = [("search", ([1.0, 0.5], 3, {"source": "notes.txt"})), ("count", ()), ("chunk_ids", ()), ("delete", (["unknown"],))]
    answers = store.all_at_once([each for pair in zip(adding, looking * 2, strict=False) for each in pair])
    assert store.count() == 31
    assert len(set(store.chunk_ids())) == 31
    assert all(1 <= len(answer) <= 3 for answer, (name, _) in zip(answers[1::2], looking * 2, strict=False) if name == "search")


@pytest.mark.parametrize("store_colour", ["async"])
def test_a_caller_that_leaves_leaves_a_store_that_works(store: Face):
    store.add([piece("known")])

    async def main() -> None:
        adding = asyncio.ensure_future(store.target.aadd([piece(f"n{row}", (1, row / 100)) for row in range(50)]))
        await asyncio.sleep(0)
        adding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await adding

    run_unblocked(main())
    assert store.count() in {1, 51}
    store.add([piece("next", NORTH)])
    assert names(store.search([0.1, 1], 1)) == ["next"]


def test_chunks_stay_their_callers(store: Face):
    chunk = piece("a", (3, 4), tags=["x"], team="red")
    before = chunk.model_dump()
    store.add([chunk])
    assert chunk.model_dump() == before
    chunk.content, chunk.embedding, chunk.metadata.extra["team"] = "changed", [0.0, 1.0], "blue"
    chunk.metadata.extra["tags"].append("y")
    hit = store.search([3, 4])[0]
    assert (hit.chunk.content, hit.chunk.metadata.extra, round(hit.score, 3)) == (
        before["content"],
        before["metadata"]["extra"],
        1.0,
    )
    hit.chunk.metadata.extra["tags"].append("z")
    hit.chunk.content = "changed"
    assert store.get(["a"])[0].model_dump(exclude={"embedding"}) == Chunk(**before).model_dump(exclude={"embedding"})


def test_what_a_store_cannot_keep_is_refused_and_none_is_stored(store: Face):
    with pytest.raises(RactoGatewayError, match="strange"):
        store.add([piece("a"), piece("b", strange=object())])
    assert store.count() == 0
