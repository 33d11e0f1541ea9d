"""What was chosen on the map, as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from racto_nb.rag.documents import Chunk
from racto_nb.rag.stores.vector_store import BaseVectorStore

if TYPE_CHECKING:
    import polars as pl

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Selection:
    """The chunks that were chosen on the map of an explorer: their `ids`, `chunks`, and `df`, a frame of polars."""

    store: BaseVectorStore
    ids: tuple[str, ...] = ()

    @property
    def chunks(self) -> list[Chunk]:
        """The chunks, with their vectors. Those that have left the store since are missing."""
        return [
            chunk
            for first in range(0, len(self.ids), _AT_ONCE)
            for chunk in self.store.get(list(self.ids[first : first + _AT_ONCE]))
        ]

    @property
    def df(self) -> pl.DataFrame:
        """A row for each chunk: its id, source, place and text."""
        return frame_of(self.chunks)

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Selection of {len(self.ids):,} chunks: .df, .chunks, .ids"


def frame_of(chunks: Sequence[Chunk]) -> pl.DataFrame:
    """A row for each chunk."""
    import polars as pl

    schema = {
        "chunk_id": pl.String, "source": pl.String, "page": pl.Int64, "heading": pl.String, "chunk_index": pl.Int64,
        "start_char": pl.Int64, "end_char": pl.Int64, "content": pl.String,
    }  # fmt: skip
    rows = [
        (
            chunk.chunk_id, chunk.metadata.source, chunk.metadata.page, chunk.metadata.heading, chunk.metadata.chunk_index,
            chunk.metadata.start_char, chunk.metadata.end_char, chunk.content,
        )
        for chunk in chunks
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
