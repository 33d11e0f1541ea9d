"""The folder of a DuckDBStore: who may open it, and what of it may be missing."""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pytest
from rag.stores.duckdb.chunks import chunk, vectors

from racto_nb.exceptions import StoreError, StoreLockedError
from racto_nb.rag.stores import DuckDBStore
from racto_nb.rag.stores.duck import database

HOLDER = """
import sys
from racto_nb.rag.stores import DuckDBStore
store = DuckDBStore(sys.argv[1], read_only=sys.argv[2] == "True")
print(store.count(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of 30 chunks."""
    with DuckDBStore(tmp_path / "store") as store:
        store.add([chunk(number, even=number % 2 == 0) for number in range(30)])
    return tmp_path / "store"


def held_by_another(folder: Path, *, read_only: bool, count: int = 30) -> subprocess.Popen[str]:
    program = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), str(read_only)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stdout.readline() == f"{count}\n"
    return program


def finds_all(store: DuckDBStore) -> bool:
    return found_of(store, range(30)) == 30


def found_of(store: DuckDBStore, numbers: range, source: str = "a.txt") -> int:
    """How many of the chunks are the nearest to their own vectors."""
    firsts = {number: store.search(chunk(number).embedding, 1)[0].chunk.chunk_id for number in numbers}
    return sum(first == f"{source}-{number}" for number, first in firsts.items())


@pytest.mark.parametrize("read_only", [False, True])
def test_a_second_process_is_told_who_writes(folder, read_only):
    holder = held_by_another(folder, read_only=False)
    try:
        with pytest.raises(StoreLockedError, match=f"PID {holder.pid}") as caught:
            DuckDBStore(folder, read_only=read_only).count()
        assert caught.value.place == str(folder)
        assert "snapshot" in str(caught.value)
    finally:
        holder.communicate(timeout=60)
    with DuckDBStore(folder, read_only=read_only) as store:
        assert finds_all(store)


def test_several_processes_read_at_once(folder):
    holder = held_by_another(folder, read_only=True)
    try:
        with DuckDBStore(folder, read_only=True) as store:
            assert finds_all(store)
            with pytest.raises(StoreError, match="read_only=True"):
                store.delete(["a.txt-1"])
            with pytest.raises(StoreError, match="read_only=True"):
                store.add([chunk(1)])
    finally:
        holder.communicate(timeout=60)


def test_a_copy_can_be_read_beside_the_writer(folder, tmp_path):
    with DuckDBStore(folder) as store:
        store.delete(["a.txt-3"])
        store.snapshot(tmp_path / "copy")
        with DuckDBStore(tmp_path / "copy", read_only=True) as copy:
            assert copy.count() == 29
            assert copy.get(["a.txt-4"]) == store.get(["a.txt-4"])
            assert copy.chunk_ids({"even": True}) == store.chunk_ids({"even": True})
        with pytest.raises(StoreError, match="not empty"):
            store.snapshot(tmp_path / "copy")


def test_two_objects_of_one_process_see_what_the_other_writes(folder):
    with DuckDBStore(folder) as first, DuckDBStore(folder) as second:
        first.add([chunk(100)])
        assert second.count() == 31
        second.delete(["a.txt-100"])
        second.add([chunk(101)])
        assert sorted(first.chunk_ids({"even": None})) == ["a.txt-101"]
        assert first.search(chunk(101).embedding, 1)[0].chunk.chunk_id == "a.txt-101"
        first.compact()
        assert finds_all(second)
        first.clear()
        second.add([chunk(1, [1.0, 0.0])])
        assert first.count() == 1


def test_one_process_cannot_read_only_and_write_at_once(folder):
    with DuckDBStore(folder) as store:
        assert store.count() == 30
        with pytest.raises(StoreLockedError, match="this process already"):
            DuckDBStore(folder, read_only=True).count()


def test_a_store_is_opened_again_after_it_was_closed(folder):
    store = DuckDBStore(folder)
    assert store.count() == 30
    store.close()
    assert finds_all(store)
    store.close()
    store.close()


@pytest.mark.parametrize("kept", ["notes.txt", "data.duckdb"])
def test_a_foreign_folder_is_refused_and_nothing_is_written(tmp_path, kept):
    (tmp_path / kept).write_text("mine")
    for read_only in (False, True):
        with pytest.raises(StoreError, match="Nothing was written"):
            DuckDBStore(tmp_path, read_only=read_only).count()

    assert [file.name for file in tmp_path.iterdir()] == [kept]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="no folder"):
        DuckDBStore(tmp_path / "file").count()


def test_reading_only_needs_a_store(tmp_path):
    for folder in (tmp_path, tmp_path / "new"):
        with pytest.raises(StoreError, match="no store"):
            DuckDBStore(folder, read_only=True).count()
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_another_program_is_refused(tmp_path):
    with closing(duckdb.connect(str(tmp_path / "chunks.duckdb"))) as other:
        other.execute("CREATE TABLE mine (a INT)")
    with pytest.raises(StoreError, match="not made by this racto_nb"):
        DuckDBStore(tmp_path).count()
    with closing(duckdb.connect(str(tmp_path / "chunks.duckdb"))) as other:
        assert other.execute("SELECT count(*) FROM mine").fetchone() == (0,)


def test_a_store_of_a_later_version_is_refused(folder):
    with closing(duckdb.connect(str(folder / "chunks.duckdb"))) as opened:
        opened.execute("UPDATE store SET format = 99")
    with pytest.raises(StoreError, match="format 99"):
        DuckDBStore(folder).count()


def test_a_damaged_database_is_an_error_that_names_it(folder):
    (folder / "chunks.duckdb").write_bytes(b"x" * 5_000)
    with pytest.raises(StoreError, match="Nothing was written"):
        DuckDBStore(folder).count()


@pytest.mark.parametrize("place", [4_200, 20_000, 275_000], ids=["header", "catalog", "rows"])
def test_a_damaged_block_of_the_database_is_an_error_that_names_it(folder, place):
    with DuckDBStore(folder) as store:
        texts = [f"{number} {'long ' * 200}" for number in range(3_000)]
        store.add_arrays([str(number) for number in range(3_000)], texts, vectors(3_000))
    file = folder / "chunks.duckdb"
    bytes_of_file = bytearray(file.read_bytes())
    for start in range(place, len(bytes_of_file), 262_144):  # the size of a block
        bytes_of_file[start : start + 100] = bytes(255 - byte for byte in bytes_of_file[start : start + 100])
    file.write_bytes(bytes_of_file)
    with pytest.raises(StoreError, match="Corrupt") as caught, DuckDBStore(folder) as store:
        store.get(store.chunk_ids())
    assert not isinstance(caught.value, StoreLockedError)


def test_a_damaged_store_in_a_folder_called_blocks_is_not_said_to_be_locked(folder, tmp_path):
    place = folder.rename(tmp_path / "blocks")
    (place / "chunks.duckdb").write_bytes(b"x" * 5_000)
    with pytest.raises(StoreError, match="Nothing was written") as caught:
        DuckDBStore(place).count()
    assert not isinstance(caught.value, StoreLockedError)


def test_a_database_with_another_table_called_store_is_refused(folder):
    with closing(duckdb.connect(str(folder / "chunks.duckdb"))) as opened:
        opened.execute("CREATE OR REPLACE TABLE store (format INTEGER)")
        opened.execute("INSERT INTO store VALUES (1)")
    with pytest.raises(StoreError, match="was not made by this racto_nb"):
        DuckDBStore(folder).count()


def test_a_place_where_no_folder_can_be_made_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be opened for writing") as caught:
        DuckDBStore(tmp_path / "file" / "store").count()
    assert caught.value.place == str(tmp_path / "file" / "store")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the size of a file are POSIX'")
def test_a_disk_that_takes_no_more_leaves_the_store_as_it_was(folder):
    import resource

    with DuckDBStore(folder) as store:
        many = vectors(60_000)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, limits[1]))
        try:
            with pytest.raises(StoreError, match="cannot be written"):
                store.add_arrays([str(number) for number in range(60_000)], [""] * 60_000, many)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert store.count() == 30
        store.add([chunk(31)])
        assert finds_all(store)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the size of a file are POSIX'")
def test_a_change_that_was_made_is_no_error_when_what_follows_fails(tmp_path):
    import resource

    rows = vectors(3_000, 768)
    with DuckDBStore(tmp_path / "store") as store:
        store.add_arrays([str(number) for number in range(3_000)], [""] * 3_000, rows)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, limits[1]))
        try:
            with pytest.warns(RuntimeWarning, match="The store was changed"):
                store.delete([str(number) for number in range(1_600)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert store.count() == 1_400
        assert store.search(rows[2_999], 1)[0].chunk.chunk_id == "2999"
        store.delete(["1600"])
        assert (tmp_path / "store" / "vectors-1.f32").stat().st_size == 1_399 * 768 * 4
        assert store.search(rows[2_999], 1)[0].chunk.chunk_id == "2999"


def test_a_store_larger_than_its_memory_can_be_compacted_and_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "MEMORY", "24MB")
    rng = random.Random(0)
    with DuckDBStore(tmp_path / "large") as store:
        for part in range(6):
            texts = [rng.randbytes(1_000).hex() for _ in range(4_000)]
            store.add_arrays([f"{part} {number}" for number in range(4_000)], texts, vectors(4_000), source=f"{part % 2}")
        store.delete(store.chunk_ids({"source": "0"})[:4_000])
        kept = {each.chunk_id: each.content for each in store.get(store.chunk_ids())}
        store.compact()
        store.snapshot(tmp_path / "copy")
        with DuckDBStore(tmp_path / "copy") as copy:
            for place in (store, copy):
                assert {each.chunk_id: each.content for each in place.get(place.chunk_ids())} == kept
                assert place.search_ids(vectors(4_000)[3_999], 1).rows[0] < len(kept)


def test_a_cut_file_of_vectors_is_an_error_that_names_it(folder):
    vectors_file = folder / "vectors-0.f32"
    os.truncate(vectors_file, 100)
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"vectors-0\.f32 does not hold 30 vectors"):
            DuckDBStore(folder, read_only=read_only).count()


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("damage", ["missing", "cut", "other"])
@pytest.mark.parametrize("name", ["rounded-0.i8", "measures-0.f32"])
def test_the_rounded_vectors_are_made_again_where_they_do_not_fit(folder, name, damage, read_only):
    file = folder / name
    size = file.stat().st_size
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(b"\x01" * (size // 2 if damage == "cut" else size))
    with DuckDBStore(folder, read_only=read_only) as store:
        store.add_arrays(["x"], ["x"], vectors(1, seed=50)) if not read_only else None
        assert finds_all(store)


@pytest.mark.parametrize("damage", ["missing", "cut", "other", "stale"])
def test_a_graph_is_made_again_where_it_does_not_fit(folder, damage):
    file = folder / "graph-0.usearch"
    with DuckDBStore(folder, index="hnsw") as store:
        assert found_of(store, range(30)) >= 27  # a graph that several threads made misses one now and then
    assert file.exists()
    with DuckDBStore(folder, index="exact") as store:
        store.add([chunk(number, vectors(1, seed=number)[0].tolist(), source="b.txt") for number in range(50, 60)])
    if damage == "missing":
        file.unlink()
    elif damage == "cut":
        os.truncate(file, file.stat().st_size // 2)
    elif damage == "other":
        file.write_bytes(b"\x01" * 5_000)
    with DuckDBStore(folder, index="hnsw") as store:
        assert found_of(store, range(30)) >= 27
        assert found_of(store, range(50, 60), "b.txt") >= 8


def test_opening_maps_the_vectors_and_copies_none(folder):
    rows = vectors(20_000, 64)
    with DuckDBStore(folder) as store:
        store.clear()
        store.add_arrays([str(number) for number in range(20_000)], [""] * 20_000, rows)
    with DuckDBStore(folder) as store:
        with store._opened() as session:
            held = session.standing().held
        assert held is not None
        assert np.array_equal(held.exact, rows)
        for part in (held.exact, held.rounded):
            assert isinstance(part.base, np.memmap)
        del held, part
    gc.collect()


def test_a_store_that_is_closed_while_others_use_it_is_closed_by_the_last_of_them(folder):
    """As a cell does that is run again while a thread still searches."""
    with DuckDBStore(folder) as store, ThreadPoolExecutor(4) as threads:

        def use(number: int) -> int:
            store.add([chunk(number)])
            return len(store.search(chunk(number).embedding, 5, {"source": "a.txt"}))

        working = [threads.submit(use, number) for number in range(40)]
        while not all(each.done() for each in working):
            store.close()
            time.sleep(0.002)
        assert [each.result() for each in working] == [5] * 40
    holder = held_by_another(folder, read_only=False, count=40)
    holder.communicate(timeout=60)
