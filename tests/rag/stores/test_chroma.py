"""ChromaStore beyond what all stores share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chromadb
import pytest
from chromadb.config import Settings
from contracts.store_table import names, piece

from racto_nb.exceptions import StoreError, UsageError
from racto_nb.rag.stores import ChromaStore


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = str(tmp_path_factory.mktemp("chroma"))
    return chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))


def test_both_words_for_the_folder_are_known(tmp_path: Path):
    with ChromaStore("docs", persist_directory=str(tmp_path / "c")) as store:
        store.add([piece("a")])
    with ChromaStore("docs", path=str(tmp_path / "c")) as store:
        assert store.chunk_ids() == ["a"]
        assert store._port._client.get_settings().anonymized_telemetry is False
    with pytest.raises(UsageError, match="two words for one thing"):
        ChromaStore("docs", path="a", persist_directory="b")
    with pytest.raises(UsageError, match="two words for one thing"):
        ChromaStore("docs", path="a", host="localhost")


def test_a_store_without_a_place_is_in_this_process():
    store = ChromaStore("a-collection-in-memory")
    store.add([piece("a")])
    store.close()
    assert store.chunk_ids() == ["a"]
    store.clear()


def test_other_measures_are_refused(client: Any):
    with pytest.raises(UsageError, match=r"distance_function='cosine' only.* not by 'l2'"):
        ChromaStore(distance_function="l2")
    client.create_collection("by-length", embedding_function=None)
    with pytest.raises(StoreError, match=r"'by-length' at this process compares by 'l2'"):
        ChromaStore("by-length", client=client).count()


def test_a_name_that_chroma_refuses_is_told_with_the_place():
    with pytest.raises(StoreError, match=r"Chroma collection 'a b' at this process: .*3-512 characters") as caught:
        ChromaStore("a b").add([piece("a")])
    assert caught.value.place == "Chroma collection 'a b' at this process"


def test_of_several_batches_all_are_stored_or_none(client: Any, monkeypatch: pytest.MonkeyPatch):
    store = ChromaStore("batches", client=client)
    store.add([piece("a", content="old")])
    monkeypatch.setattr(client, "get_max_batch_size", lambda: 2)
    collection, calls = store._port._found, []
    real = type(collection).upsert

    def failing(self: Any, **rows: Any) -> None:
        calls.append(rows["ids"])
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(self, **rows)

    monkeypatch.setattr(type(collection), "upsert", failing)
    rows = [piece("a", content="new"), *(piece(f"n{row}", (1, row)) for row in range(4))]
    with pytest.raises(StoreError, match="No space left"):
        store.add(rows)
    assert store.chunk_ids() == ["a"]
    assert store.get(["a"])[0].content == "old"
    store.add(rows)
    assert calls[-3:] == [["a", "n0"], ["n1", "n2"], ["n3"]]
    assert store.count() == 5


def test_a_collection_that_went_away_is_looked_for_again(client: Any):
    store = ChromaStore("going", client=client)
    store.add([piece("a")])
    client.delete_collection("going")
    with pytest.raises(StoreError):
        store.count()
    assert store.count() == 0
    store.add([piece("b", (1, 2, 3))])
    assert names(store.search([1, 2, 3])) == ["b"]


def test_what_chroma_holds_can_be_filtered_with_its_own_tools(client: Any):
    ChromaStore("looked-into", client=client).add([piece("a", team="red", page=3), piece("b", team="blue")])
    collection = client.get_collection("looked-into", embedding_function=None)
    assert collection.get(where={"team": "red"}, include=["metadatas"])["metadatas"][0]["page"] == 3
