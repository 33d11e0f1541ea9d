"""Every vector store, how a test makes one, and its gaps. A later store is one more entry.

A gap is a case of `test_vector_stores.py` that the store does not pass, with a kind and the error that shows it, as in
`kit_table.py`. A part of a case stands behind a colon: "test_any_text_is_an_id:slash".
"""

from __future__ import annotations

import asyncio
import importlib.util
import platform
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from colours import run_unblocked
from contracts.kit_table import Gap, never

from racto_nb.rag import Chunk, ChunkMetadata
from racto_nb.rag.stores import (
    BaseVectorStore,
    ChromaStore,
    DuckDBStore,
    FAISSStore,
    InMemoryVectorStore,
    MilvusStore,
    QdrantStore,
)


@dataclass
class Room:
    """What a test has to make stores in. Two stores of one room that are made with the same options hold the same chunks, where
    the store persists: `folder` and `name` (for collections, tables, indexes; letters and digits) are its own.

    `closing` is closed after the test. `shared(name, start)` is started once for all tests, say a server: `start` gets the
    ExitStack that is closed after the last one.
    """

    folder: Path
    name: str
    closing: ExitStack
    session: SharedThings
    _quick: Path | None = None

    def shared(self, name: str, start: Callable[[ExitStack], Any]) -> Any:
        return self.session.get(name, start)

    def quick_folder(self) -> Path:
        """A folder in memory where there is one: for libraries that bring each row to the disk on its own."""
        if not Path("/dev/shm").is_dir():
            return self.folder
        if self._quick is None:
            self._quick = Path(self.closing.enter_context(TemporaryDirectory(dir="/dev/shm", prefix="racto-")))
        return self._quick


@dataclass
class SharedThings:
    closing: ExitStack
    known: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str, start: Callable[[ExitStack], Any]) -> Any:
        if name not in self.known:
            self.known[name] = start(self.closing)
        return self.known[name]

    def folder(self, name: str) -> Path:
        """A folder of this name that all tests have: where opening one takes long. It is gone after the last one."""
        return self.get(f"folder {name}", lambda closing: Path(closing.enter_context(TemporaryDirectory(prefix="racto-"))) / name)


@dataclass(frozen=True)
class StoreEntry:
    """`make(room, **options)` gives a store that holds nothing, or what a store of this room left where it `persists`.

    `needs` is the library without which it cannot run: absent on Linux x86-64 that is a failure, elsewhere a skip. `elsewhere`
    says why it may be absent there too. `examples` is how many filters are tried on it, fewer where a search is slow; `rows` how
    many chunks the larger cases put into it. `largest` is the length of the text that it must keep. `ran` says in the docs what
    the cases ran against.
    """

    store_class: type[BaseVectorStore]
    make: Callable[..., BaseVectorStore]
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    marks: tuple[pytest.MarkDecorator, ...] = ()
    variant: str = ""
    persists: bool = True
    needs: str = ""
    elsewhere: str = ""
    examples: int = 150
    rows: int = 300
    largest: int = 100_000
    ran: str = "the real library"

    @property
    def name(self) -> str:
        return f"{self.store_class.__name__}{f', {self.variant}' if self.variant else ''}"

    def refuse_absent(self) -> None:
        """Skip or fail where the library is not installed."""
        if not self.needs or importlib.util.find_spec(self.needs) is not None:
            return
        if self.elsewhere:
            pytest.skip(f"{self.needs} is not installed: {self.elsewhere}")
        if sys.platform == "linux" and platform.machine() == "x86_64":
            pytest.fail(f"{self.needs} is not installed, and the tests of {self.name} must run on Linux x86-64")
        pytest.skip(f"{self.needs} is not installed, and may have no wheel for {sys.platform} {platform.machine()}")


class Face:
    """A store in one colour: `face.search(…)` is `store.search(…)`, or its twin run to its end on a loop that nobody blocks."""

    def __init__(self, target: BaseVectorStore, colour: str) -> None:
        self.target, self.colour = target, colour

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if self.colour == "sync":
            return getattr(self.target, name)
        twin = getattr(self.target, f"a{name}")
        return lambda *args, **options: run_unblocked(twin(*args, **options))

    def all_at_once(self, calls: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """What the calls (name, arguments) return, made from several threads, or side by side on one loop."""
        if self.colour == "sync":
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(8) as pool:
                begun = [pool.submit(getattr(self.target, name), *args) for name, args in calls]
                return [each.result() for each in begun]

        async def together() -> list[Any]:
            return await asyncio.gather(*(getattr(self.target, f"a{name}")(*args) for name, args in calls))

        return run_unblocked(together())


def piece(name: str, vector: list[float] | tuple[float, ...] | None = (1.0, 0.0), **known: Any) -> Chunk:
    """A chunk with the id `name`. What is known beside its own fields goes into `metadata.extra`."""
    own = {key: known.pop(key) for key in tuple(known) if key in ChunkMetadata.model_fields and key != "extra"}
    content, processed = known.pop("content", f"text of {name}"), known.pop("processed", None)
    place = {"source": "notes.txt", "doc_id": "doc", "chunk_index": 0, "total_chunks": 1, "start_char": 0, "end_char": 9} | own
    metadata = ChunkMetadata(extra=known, **place)
    embedding = None if vector is None else [float(number) for number in vector]
    return Chunk(
        chunk_id=name, doc_id=metadata.doc_id, content=content, processed=processed, embedding=embedding, metadata=metadata
    )


def names(hits: list[Any]) -> list[str]:
    return [hit.chunk.chunk_id for hit in hits]


def _in_memory(room: Room, **options: Any) -> InMemoryVectorStore:
    return InMemoryVectorStore(**options)


def _chroma(room: Room, **options: Any) -> ChromaStore:
    return ChromaStore(room.name, path=str(room.session.folder("chroma")), **options)


def _duckdb(room: Room, **options: Any) -> DuckDBStore:
    return DuckDBStore(room.folder / "store", **options)


def _faiss(kind: str) -> Callable[..., FAISSStore]:
    return lambda room, **options: FAISSStore(index_type=kind, index_path=str(room.folder / "faiss.index"), **options)


def _milvus(room: Room, **options: Any) -> MilvusStore:
    return MilvusStore(room.name, uri=str(room.session.folder("milvus").with_suffix(".db")), **options)


def _qdrant(room: Room, **options: Any) -> QdrantStore:
    return QdrantStore(room.name, **options)


def _qdrant_folder(room: Room, **options: Any) -> QdrantStore:
    return QdrantStore(room.name, path=str(room.quick_folder() / "qdrant"), **options)


ANY_OBJECT = never("it keeps Python's objects as they are, of any type", pytest.fail.Exception)

STORES: tuple[StoreEntry, ...] = (
    StoreEntry(
        InMemoryVectorStore,
        _in_memory,
        gaps={"test_what_a_store_cannot_keep_is_refused_and_none_is_stored": ANY_OBJECT},
        persists=False,
        ran="itself",
    ),
    StoreEntry(ChromaStore, _chroma, needs="chromadb", examples=40),
    StoreEntry(DuckDBStore, _duckdb, needs="duckdb"),
    *(StoreEntry(FAISSStore, _faiss(kind), variant=kind, needs="faiss", examples=80) for kind in ("flat_ip", "hnsw", "ivf")),
    StoreEntry(MilvusStore, _milvus, needs="milvus_lite", examples=15, ran="Milvus Lite"),
    StoreEntry(QdrantStore, _qdrant, variant="in memory", persists=False, needs="qdrant_client", ran="its local mode"),
    StoreEntry(QdrantStore, _qdrant_folder, variant="in a folder", needs="qdrant_client", examples=20, ran="its local mode"),
)
