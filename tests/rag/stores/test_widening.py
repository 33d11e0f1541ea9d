"""What a database cannot say of a filter costs time, and never a hit."""

from __future__ import annotations

from typing import Any

import pytest
from colours import run_unblocked
from contracts.store_table import names, piece
from filter_values import filters, hard_chunks
from hypothesis import given
from hypothesis import strategies as st
from rag.stores.row_tables import EverythingWords, NoWords, Table, TableStore, WiderWords

from racto_nb.rag import Chunk, Filter
from racto_nb.rag.filters import And, Eq, Not, Or
from racto_nb.rag.matching import matches
from racto_nb.rag.stores.pushing import ALL, ANY, pushed
from racto_nb.rag.stores.rows import Nearest, Page

every_database = pytest.mark.parametrize("words", [EverythingWords, WiderWords, NoWords])
asking = st.builds(lambda *numbers: [*map(float, numbers)], st.just(1), st.integers(-3, 3), st.integers(-3, 3))


def filled(table: Table, words: Any, chunks: list[Chunk] | None = None, **options: Any) -> TableStore:
    store = TableStore(table, words(), **options)
    store.add(hard_chunks() if chunks is None else chunks)
    table.log.clear()
    return store


@every_database
@given(filters(), asking, st.integers(1, 25), st.tuples(st.integers(0, 30), st.integers(1, 40)))
def test_the_hits_are_those_of_a_search_through_everything(
    words: Any, condition: Filter, asked: list[float], top_k: int, limits: tuple[int, int]
):
    lost, most = limits
    store = filled(Table(lost=lost), words, most=most)
    right = filled(Table(), NoWords, [chunk for chunk in hard_chunks() if matches(condition, chunk)] or [])
    hits, wanted = store.search(asked, top_k, condition), right.search(asked, top_k)
    if lost == 0:
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in wanted])
    assert len(hits) == len(wanted)
    assert all(matches(condition, hit.chunk) for hit in hits)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert sorted(store.chunk_ids(condition)) == sorted(names(right.search(asked, 100)))


@every_database
@given(filters())
def test_what_is_pushed_down_holds_for_every_chunk_that_fits(words: Any, condition: Filter):
    said = pushed(condition, words())
    for chunk in hard_chunks():
        held = said.native is None or said.native(chunk)
        assert held or not matches(condition, chunk)
        if said.exact:
            assert held == matches(condition, chunk)


def test_an_and_is_said_in_part_and_an_or_as_a_whole_or_not_at_all():
    class Some(EverythingWords):
        def leaf(self, part: Any) -> Any:
            return ANY if part.name == "unsaid" else super().leaf(part)

    team, unsaid = Eq("team", "red"), Eq("unsaid", 1)
    assert pushed(And((team, unsaid)), Some()).native is not None
    assert pushed(And((team, unsaid)), Some()).exact is False
    assert pushed(Or((team, unsaid)), Some()) == ANY
    assert pushed(Not(And((team, unsaid))), Some()) == ANY
    assert pushed(Or((team, And(()))), Some()) == ALL
    assert pushed(None, Some()) == ALL


def test_a_filter_that_the_database_says_exactly_costs_one_request():
    store = filled(Table(), EverythingWords)
    assert len(store.search([1, 0, 0], 2, {"source": "notes.txt"})) == 2
    assert [type(request) for request in store._port.log[1:]] == [Nearest]


def test_more_neighbours_are_asked_for_before_all_rows_are_read():
    near = [piece(f"n{row}", (1, row / 1000)) for row in range(30)]
    store = filled(Table(), NoWords, [*near, piece("far", (-1, 0), team="red")])
    assert names(store.search([1, 0], 1, {"team": "red"})) == ["far"]
    assert [request.count for request in store._port.log if isinstance(request, Nearest)] == [1, 8, 64]
    assert not any(isinstance(request, Page) for request in store._port.log)


def test_a_hit_too_few_is_looked_for_in_all_rows():
    store = filled(Table(lost=2), EverythingWords, [piece(f"n{row}", (1, row), team="red") for row in range(5)])
    assert names(store.search([1, 0], 4, {"team": "red"})) == ["n0", "n1", "n2", "n3"]
    assert any(isinstance(request, Page) for request in store._port.log)


def test_a_store_smaller_than_top_k_is_not_read_twice():
    store = filled(Table(), EverythingWords, [piece("a"), piece("b", (0, 1))])
    assert names(store.search([1, 0.1], 50)) == ["a", "b"]
    assert not any(isinstance(request, Page) for request in store._port.log)


def test_both_colours_do_the_same():
    store = filled(Table(lost=1), WiderWords)
    asked: tuple[Any, ...] = ([1.0, 0.5, 0.0], 5, {"team": {"contains": "e"}})
    assert run_unblocked(store.asearch(*asked)) == store.search(*asked)
    assert run_unblocked(store.achunk_ids(asked[2])) == store.chunk_ids(asked[2])
    assert run_unblocked(store.aget(["1", "3"])) == store.get(["1", "3"])
