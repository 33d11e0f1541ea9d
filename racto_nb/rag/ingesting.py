"""One file or one text into a store, and a source out of it. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.rag.documents import Chunk
from racto_nb.rag.keeping import given, keeping
from racto_nb.rag.parts import Parts
from racto_nb.rag.preparing import Prepared, place_of, prepared_file, prepared_text, source_of
from racto_nb.rag.reports import Progress

Told = Callable[[Progress], None]


def ingesting_file(parts: Parts, path: str | Path, metadata: Mapping[str, object], told: Told | None = None) -> Flow[list[Chunk]]:
    """The chunks of a file, in the store in the place of those that it had before."""
    place = place_of(path)
    prepared = yield from prepared_file(parts, place, source_of(place), metadata)
    return (yield from _kept(parts, prepared, told or (lambda _: None)))


def ingesting_text(parts: Parts, text: str, source: str, metadata: Mapping[str, object]) -> Flow[list[Chunk]]:
    """The chunks of a text, in the store beside other texts of this source."""
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
        msg = f"ingest_text takes a text, not {text!r:.80}. Of a file give its path to ingest()."
        raise WrongTypeError(msg)
    if not source:
        msg = "source names where the text comes from; it is empty."
        raise UsageError(msg)
    prepared = yield from prepared_text(parts, text, source, metadata)
    return (yield from _kept(parts, prepared, lambda _: None))


def _kept(parts: Parts, prepared: Prepared, told: Told) -> Flow[list[Chunk]]:
    (kept,) = yield from keeping(parts, [prepared], lambda done, total: told(Progress(1, texts=total, embedded=done)))
    told(Progress(1, 1, kept.embedded, kept.embedded, len(prepared.chunks), prepared.source))
    return (yield from with_vectors(parts, prepared.chunks)) if kept.outcome == "unchanged" else prepared.chunks


def with_vectors(parts: Parts, chunks: list[Chunk]) -> Flow[list[Chunk]]:
    """`chunks`, which are in the store, with the vectors that they have there (None where the store cannot give them)."""
    there = yield from given(parts, [chunk.chunk_id for chunk in chunks])
    vectors = {chunk.chunk_id: chunk.embedding for chunk in there}
    for chunk in chunks:
        chunk.embedding = vectors.get(chunk.chunk_id)
    return chunks


def removing(parts: Parts, source: str | Path) -> Flow[int]:
    """Take all chunks of `source` out of the store. How many there were."""
    for name in dict.fromkeys((str(source), source_of(place_of(source)))):
        ids = yield from either(parts.store.chunk_ids, parts.store.achunk_ids, {"source": name})
        if ids:
            yield from either(parts.store.delete, parts.store.adelete, ids)
            return len(ids)
    return 0
