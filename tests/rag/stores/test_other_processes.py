"""What one process stored another one finds: nothing is kept in the memory of a library only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from contracts.store_table import names, piece

from racto_nb.exceptions import DimensionError
from racto_nb.rag import stores

WRITTEN = """
import sys
from contracts.store_table import piece
from racto_nb.rag import stores
kind, word, place = sys.argv[1:]
store = getattr(stores, kind)(**{word: place})
store.add([piece("a", (1, 0), team="red", page=7), piece("b", (1, 1)), piece("c", (0, 1))])
store.delete(["c"])
store.close()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "word", "place"),
    [
        ("ChromaStore", "path", "chroma"),
        ("FAISSStore", "index_path", "faiss.index"),
        ("MilvusStore", "uri", "milvus.db"),
        ("QdrantStore", "path", "qdrant"),
    ],
)
def test_what_another_process_stored_is_found(kind: str, word: str, place: str, tmp_path: Path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WRITTEN, kind, word, str(tmp_path / place)]
    subprocess.run(command, check=True, env=environment)
    with getattr(stores, kind)(**{word: str(tmp_path / place)}) as store:
        with pytest.raises(DimensionError):
            store.search([1, 2, 3])
        assert names(store.search([1, 0.1])) == ["a", "b"]
        assert names(store.search([0, 1], 5, {"team": "red"})) == ["a"]
        assert store.get(["a"])[0].metadata.page == 7
        store.add([piece("d", (0, 1))])
        assert (store.count(), sorted(store.chunk_ids())) == (3, ["a", "b", "d"])
