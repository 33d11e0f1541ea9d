"""MilvusStore beyond what all stores share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from contracts.store_table import piece

from racto_nb.exceptions import DimensionError, StoreError, StoreLockedError, UsageError
from racto_nb.rag.stores import MilvusStore


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("milvus") / "m.db")


def test_a_chunk_is_kept_in_pieces_that_fit(file: str):
    store, text = MilvusStore("pieces", uri=file), "🙂" * 40_000
    store.add([piece("a", content=text)])
    assert store.get(["a"])[0].content == text


def test_other_measures_are_refused():
    with pytest.raises(UsageError, match=r"metric_type='IP' or 'COSINE', which are the same here, not by 'L2'"):
        MilvusStore(metric_type="L2")


@pytest.mark.parametrize("metric", ["IP", "cosine"])
def test_scores_are_cosines_by_either_measure(file: str, metric: str):
    store = MilvusStore(f"by_{metric}", uri=file, metric_type=metric)
    store.add([piece("a", (30, 30)), piece("b", (-2, 0))])
    assert [round(hit.score, 3) for hit in store.search([5, 0])] == [0.707, -1.0]


def test_the_token_is_shown_nowhere():
    store = MilvusStore(uri="http://me:a-secret-password@127.0.0.1:9", token="root:a-secret-token")
    shown = repr(vars(store)) + repr(vars(store._port)) + repr(vars(store._port._collection))
    assert "a-secret" not in shown
    assert store._place == "Milvus collection 'ractogateway' at http://127.0.0.1:9"


def test_of_several_batches_all_are_stored_or_none(file: str, monkeypatch: pytest.MonkeyPatch):
    store = MilvusStore("batches", uri=file, batch_size=2)
    store.add([piece("a", content="old")])
    client, calls = store._port._collection._client, []
    real = client.upsert

    def failing(name: str, data: list[Any]) -> Any:
        calls.append(len(data))
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(name, data)

    monkeypatch.setattr(client, "upsert", failing)
    rows = [piece("a", content="new"), *(piece(f"n{row}", (1, row)) for row in range(4))]
    with pytest.raises(StoreError, match="No space left"):
        store.add(rows)
    assert store.chunk_ids() == ["a"]
    assert store.get(["a"])[0].content == "old"
    store.add(rows)
    assert (store.count(), calls[-3:]) == (5, [2, 2, 1])


def test_a_collection_of_another_shape_is_refused(file: str):
    store = MilvusStore("theirs", uri=file)
    store.count()
    store._port._collection._client.create_collection("theirs", dimension=2)
    with pytest.raises(StoreError, match="was not made by racto_nb"):
        store.count()


def test_a_dimension_that_was_said_holds(file: str):
    store = MilvusStore("said", uri=file, dimension=3)
    with pytest.raises(DimensionError):
        store.add([piece("a")])
    MilvusStore("said", uri=file).add([piece("a")])
    with pytest.raises(DimensionError):
        store.search([1, 2, 3])


OTHER = """
import sys
from contracts.store_table import piece
from racto_nb.rag.stores import MilvusStore
store = MilvusStore("docs", uri=sys.argv[1])
store.add([piece("a")])
print("open", flush=True)
sys.stdin.readline()
"""


@pytest.mark.slow
def test_a_file_that_is_open_in_another_process_is_locked(tmp_path: Path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", OTHER, str(tmp_path / "m.db")]
    store = MilvusStore("docs", uri=str(tmp_path / "m.db"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(StoreLockedError, match="open in another process") as caught:
            store.count()
        assert caught.value.place == str(tmp_path / "m.db")
        other.communicate("\n")
    assert store.chunk_ids() == ["a"]
    store.close()


def test_a_connection_that_lite_has_ended_is_opened_again(file: str, monkeypatch: pytest.MonkeyPatch):
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    store = MilvusStore("idle", uri=file)
    store.add([piece("a")])
    search, lost = MilvusClient.search, [True]

    def once(self: Any, *args: Any, **options: Any) -> Any:
        if lost:
            lost.pop()
            raise MilvusException(2, "Fail connecting to server on 127.0.0.1:1, illegal connection params or server unavailable")
        return search(self, *args, **options)

    monkeypatch.setattr(MilvusClient, "search", once)
    assert [hit.chunk.chunk_id for hit in store.search([1.0, 0.0])] == ["a"]
    lost += [True, True]
    with pytest.raises(StoreError, match="Fail connecting"):
        store.search([1.0, 0.0])
