"""What every vector store gives of all that it holds, in both colours. The stores are in `store_table.py`."""

from __future__ import annotations

from contracts.store_table import Face, piece

EAST, WEST = (1, 0), (-1, 0)


def test_all_of_a_store_is_given_as_columns_and_its_sources_are_counted(store: Face):
    assert (store.sources(), store.arrays().ids) == ({}, [])
    store.add([piece("a", EAST), piece("b", (0, 3)), piece("c", WEST)])
    store.delete(["a"])
    ids, sources, vectors = store.arrays()
    assert sorted(ids) == ["b", "c"]
    assert store.sources() == {source: sources.count(source) for source in sources}
    assert {name: [round(float(x), 2) for x in row] for name, row in zip(ids, vectors, strict=True)} == {
        "b": [0, 1],
        "c": [-1, 0],
    }
