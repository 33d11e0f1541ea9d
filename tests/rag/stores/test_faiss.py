"""FAISSStore: the kinds of index, and the file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contracts.store_table import names, piece

from racto_nb.exceptions import DimensionError, StoreError, StoreLockedError, UsageError
from racto_nb.rag.stores import FAISSStore
from racto_nb.rag.stores.faiss_index import FIRST_CELLS, VectorIndex

every_kind = pytest.mark.parametrize("kind", ["flat", "hnsw", "ivf"])


def unit_rows(count: int, dimension: int = 16, seed: int = 3) -> Any:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def filled(path: Path, **options: Any) -> FAISSStore:
    store = FAISSStore(index_path=str(path), **options)
    store.add([piece("a", (1, 0), team="red"), piece("b", (1, 1)), piece("c", (0, 1))])
    return store


@every_kind
def test_an_index_finds_what_a_scan_finds_also_after_rows_are_gone(kind: str):
    rows, index = unit_rows(FIRST_CELLS + 500), VectorIndex(kind, 16)
    for start in range(0, len(rows), 700):
        part = rows[start : start + 700]
        index.put(list(range(start, start + len(part))), part)
    gone = list(range(0, len(rows), 3))
    index.drop(gone)
    index.put([len(rows)], rows[:1])
    alive = [number for number in range(len(rows) + 1) if number not in set(gone)]
    found = 0
    for asked in unit_rows(20, seed=4):
        right = {number for number, _ in index.scanned(asked, alive, 10)}
        near = index.nearest(asked, 10)
        assert [score for _, score in near] == sorted((score for _, score in near), reverse=True)
        found += len(right & {number for number, _ in near})
    assert found >= (200 if kind == "flat" else 180)
    assert index.nearest(rows[0], 1)[0] == (len(rows), pytest.approx(1, abs=1e-5))
    assert len(index.nearest(rows[0], 10**6)) == len(alive)
    assert np.allclose(index.rows([1, len(rows)]), rows[[1, 0]])


def test_cells_come_when_there_are_enough_vectors():
    index = VectorIndex("ivf", 16)
    index.put(list(range(FIRST_CELLS)), unit_rows(FIRST_CELLS))
    assert type(index._index).__name__ == "IndexIVFFlat"


@pytest.mark.parametrize("word", ["flat_ip", "flat", "flat_l2", "HNSW", "ivf_flat"])
def test_scores_are_cosines_whatever_the_index_is_called(word: str):
    store = FAISSStore(2, word)
    store.add([piece("a", (10, 10)), piece("b", (0, 3))])
    assert [(hit.chunk.chunk_id, round(hit.score, 4)) for hit in store.search([5, 0])] == [("a", 0.7071), ("b", 0.0)]


def test_an_unknown_index_is_refused():
    with pytest.raises(UsageError, match=r"index_type is one of 'flat_ip'.* not 'lsh'"):
        FAISSStore(index_type="lsh")


def test_a_dimension_that_was_said_holds_from_the_start():
    store = FAISSStore(3)
    with pytest.raises(DimensionError):
        store.add([piece("a", (1, 0))])
    with pytest.raises(DimensionError):
        store.search([1, 0])


def test_each_change_is_in_the_file_when_it_is_done(tmp_path: Path):
    store = filled(tmp_path / "v")
    store.delete(["b"])
    store.add([piece("a", (0, 1), content="new")])
    copy = tmp_path / "copy"
    copy.write_bytes((tmp_path / "v").read_bytes())
    again = FAISSStore(index_path=str(copy))
    assert sorted(again.chunk_ids()) == ["a", "c"]
    assert again.get(["a"])[0].content == "new"
    store.clear()
    store.close()
    assert FAISSStore(index_path=str(tmp_path / "v")).count() == 0


def test_a_file_that_was_cut_off_at_any_byte_holds_whole_changes(tmp_path: Path):
    store = filled(tmp_path / "v")
    first = (tmp_path / "v").stat().st_size
    store.add([piece("d"), piece("e")])
    store.close()
    whole = (tmp_path / "v").read_bytes()
    for size in range(first, len(whole) + 1, 7):
        cut = tmp_path / "cut"
        cut.write_bytes(whole[:size])
        with FAISSStore(index_path=str(cut)) as again:
            assert again.count() == (5 if size == len(whole) else 3), size
            again.add([piece("f")])
        with FAISSStore(index_path=str(cut)) as again:
            assert again.count() == (6 if size == len(whole) else 4), size


def test_zeros_that_a_power_cut_left_at_the_end_are_no_damage(tmp_path: Path):
    filled(tmp_path / "v").close()
    with (tmp_path / "v").open("ab") as file:
        file.write(bytes(300))
    with FAISSStore(index_path=str(tmp_path / "v")) as again:
        assert again.count() == 3
        again.add([piece("d")])
    assert FAISSStore(index_path=str(tmp_path / "v")).count() == 4


def test_a_damaged_file_is_refused_wherever_the_damage_is(tmp_path: Path):
    filled(tmp_path / "v").close()
    whole = (tmp_path / "v").read_bytes()
    for place in range(0, len(whole), 11):
        bad = bytearray(whole)
        bad[place] ^= 0xFF
        (tmp_path / "bad").write_bytes(bad)
        store = FAISSStore(index_path=str(tmp_path / "bad"))
        with pytest.raises(StoreError, match="damaged") as caught:
            store.count()
        assert caught.value.place == str(tmp_path / "bad"), place
        assert (tmp_path / "bad").read_bytes() == bad


def test_a_file_of_something_else_is_refused(tmp_path: Path):
    (tmp_path / "v").write_bytes(b"\x80\x04 a pickle, say")
    with pytest.raises(StoreError, match="no file of vectors"):
        FAISSStore(index_path=str(tmp_path / "v")).count()
    with pytest.raises(StoreError, match="There is no file"):
        FAISSStore().load(str(tmp_path / "absent"))


def test_a_file_of_other_dimensions_is_refused(tmp_path: Path):
    filled(tmp_path / "v").close()
    with pytest.raises(DimensionError):
        FAISSStore(3, index_path=str(tmp_path / "v")).count()
    with pytest.raises(DimensionError):
        FAISSStore(3).load(str(tmp_path / "v"))


@every_kind
def test_what_is_saved_is_loaded(tmp_path: Path, kind: str):
    store = FAISSStore(index_type=kind)
    store.add([piece("a", (1, 0), team="red"), piece("b", (1, 1))])
    store.save(str(tmp_path / "folder" / "v"))
    other = FAISSStore(index_type=kind)
    other.add([piece("z", (1, 2, 3))])
    other.load(str(tmp_path / "folder" / "v"))
    assert names(other.search([1, 0])) == ["a", "b"]
    assert other.get(["a"]) == store.get(["a"])
    other.add([piece("c", (0, 1))])
    assert (other.count(), store.count()) == (3, 2)


def test_what_is_loaded_into_a_store_with_a_file_is_in_that_file(tmp_path: Path):
    filled(tmp_path / "one").close()
    store = FAISSStore(index_path=str(tmp_path / "two"))
    store.add([piece("z", (1, 0))])
    store.load(str(tmp_path / "one"))
    store.close()
    assert sorted(FAISSStore(index_path=str(tmp_path / "two")).chunk_ids()) == ["a", "b", "c"]


def test_saving_to_its_own_file_leaves_out_what_is_gone(tmp_path: Path):
    store = filled(tmp_path / "v")
    for _ in range(5):
        store.add([piece("a", content="x" * 1000)])
    before = (tmp_path / "v").stat().st_size
    store.save(str(tmp_path / "v"))
    assert (tmp_path / "v").stat().st_size < before / 2
    store.add([piece("d")])
    store.close()
    assert FAISSStore(index_path=str(tmp_path / "v")).count() == 4


def test_a_change_that_cannot_be_written_has_not_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = filled(tmp_path / "v")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left") as caught:
        store.add([piece("d"), piece("a", (0, 1))])
    assert caught.value.place == str(tmp_path / "v")
    with pytest.raises(StoreError, match="No space left"):
        store.save(str(tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere").exists()
    monkeypatch.undo()
    assert sorted(store.chunk_ids()) == ["a", "b", "c"]
    store.close()
    assert sorted(FAISSStore(index_path=str(tmp_path / "v")).chunk_ids()) == ["a", "b", "c"]


@pytest.mark.skipif(sys.platform == "win32", reason="the lock is that of POSIX systems")
def test_a_second_store_on_the_file_is_refused_until_the_first_is_closed(tmp_path: Path):
    first, second = filled(tmp_path / "v"), FAISSStore(index_path=str(tmp_path / "v"))
    with pytest.raises(StoreLockedError, match=r"open in another store or process") as caught:
        second.count()
    assert caught.value.place == str(tmp_path / "v")
    first.close()
    assert second.count() == 3


KILLED = """
import sys
from contracts.store_table import piece
from racto_nb.rag.stores import FAISSStore
store = FAISSStore(index_path=sys.argv[1])
call = store.count() // 20
while True:
    store.add([piece(f"{call} {row}", (1, row), content="x" * 5000) for row in range(20)])
    call += 1
    print(call, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_process_that_is_killed_leaves_whole_additions(tmp_path: Path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    told = 0
    for pause in (3, 1, 5):
        command = [sys.executable, "-c", KILLED, str(tmp_path / "v")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as running:
            for _ in range(pause):
                told = int(running.stdout.readline())
            running.send_signal(signal.SIGKILL)
        with FAISSStore(index_path=str(tmp_path / "v")) as store:
            found = store.chunk_ids()
        assert len(found) % 20 == 0
        assert len(found) >= told * 20
        assert len({name.partition(" ")[0] for name in found}) == len(found) // 20
