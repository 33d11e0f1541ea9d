"""Several batches are one change: when one fails, what the others did is undone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rag.stores.row_tables import Table

from racto_nb.exceptions import StoreError, UsageError
from racto_nb.rag.stores.batching import in_batches, performed
from racto_nb.rag.stores.failing import one_of, told
from racto_nb.rag.stores.rows import Row, Write


def row(name: str, body: str) -> Row:
    return Row(name, body, vector=np.ones(2, np.float32))


def bodies(table: Table) -> dict[str, str]:
    return {name: each.body for name, each in table.rows.items()}


@given(st.integers(1, 5), st.integers(0, 12), st.sets(st.integers(0, 11)), st.integers(0, 6), st.booleans())
def test_all_rows_are_written_or_all_is_as_it_was(size: int, count: int, known: set[int], failing: int, halfway: bool):
    table = Table()
    table.rows = {str(name): row(str(name), "old") for name in known}
    before, done = bodies(table), 0

    def perform(request: Any) -> Any:
        nonlocal done
        if isinstance(request, Write):
            done += 1
            if done == failing:
                if halfway:
                    table.perform(Write(request.rows[: len(request.rows) // 2]))
                raise OSError("no")
        return table.perform(request)

    rows = [row(str(name), "new") for name in range(count)]
    batches = max(1, -(-count // size))
    if 0 < failing <= batches and not (batches == 1 and halfway):
        with pytest.raises(OSError, match="no"):
            performed(in_batches(rows, size), perform)
        assert bodies(table) == before
    elif not 0 < failing <= batches:
        performed(in_batches(rows, size), perform)
        assert bodies(table) == before | {each.chunk_id: "new" for each in rows}


def test_an_error_of_a_library_is_told_with_its_place_and_without_the_key():
    def work() -> None:
        msg = "401 for Bearer sk-secret-key"
        raise ConnectionError(msg)

    with pytest.raises(StoreError, match=r"a server: ConnectionError: 401 for Bearer \[key\]") as caught:
        told("a server", work, secrets=["sk-secret-key", None])
    assert caught.value.place == "a server"
    assert caught.value.__cause__ is caught.value.__context__ is None
    with pytest.raises(StoreError) as caught:
        told("a file", work)
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_an_error_of_ours_goes_through():
    with pytest.raises(UsageError, match="as it is"):
        told("a server", lambda: (_ for _ in ()).throw(UsageError("as it is")))


def test_two_words_for_one_thing_may_both_be_given_when_they_agree():
    assert one_of({"path": "a", "persist_directory": "a"}) == "a"
    assert one_of({"path": None, "persist_directory": None}) is None
    with pytest.raises(UsageError, match=r"path='a' and persist_directory='b'"):
        one_of({"path": "a", "persist_directory": "b"})
