"""From a document to chunks that only lack their vectors. Kind: flow; what takes time goes aside in threads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import cast

from racto_nb._paths import expanded
from racto_nb.exceptions import WrongTypeError
from racto_nb.flow.effects import Flow, call
from racto_nb.flow.twins import either
from racto_nb.rag.documents import Chunk, Document
from racto_nb.rag.identity import hashed_id
from racto_nb.rag.parts import Parts
from racto_nb.rag.processors.processor import BaseProcessor


@dataclass(frozen=True, slots=True)
class Prepared:
    """The chunks of a document, with their ids and what shall be embedded. `scope` are the chunks that they take the place of."""

    source: str
    scope: dict[str, str]
    chunks: list[Chunk]
    replaces_source: bool

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the chunks."""
        return frozenset(chunk.chunk_id for chunk in self.chunks)


def prepared_file(parts: Parts, path: Path, source: str, metadata: Mapping[str, object]) -> Flow[Prepared]:
    """The chunks of a file; they take the place of all that is known of its `source`."""
    read: Document = yield from call(partial(parts.registry.read, path))
    return (yield from _prepared(parts, renamed(read, source, metadata), whole=True))


def prepared_text(parts: Parts, text: str, source: str, metadata: Mapping[str, object]) -> Flow[Prepared]:
    """The chunks of a text; they stand beside other texts of the same `source`."""
    document = Document(content=text, source=source, metadata=dict(metadata))
    return (yield from _prepared(parts, document, whole=False))


def _prepared(parts: Parts, document: Document, *, whole: bool) -> Flow[Prepared]:
    cut = yield from chunked(parts, document)
    chunks: list[Chunk] = yield from call(partial(_finished, cut, parts.processors, parts.embedder.identity, whole=whole))
    scope = {"source": document.source} if whole else {"doc_id": document.doc_id}
    return Prepared(document.source, scope, chunks, whole)


def chunked(parts: Parts, document: Document) -> Flow[list[Chunk]]:
    """The chunks of `document` as the chunker cuts it."""
    chunker = parts.chunker
    if awaited := getattr(chunker, "achunk", None):
        return (yield from either(chunker.chunk, awaited, document))
    return (yield from call(partial(chunker.chunk, document)))


def _finished(chunks: Sequence[Chunk], processors: Sequence[BaseProcessor], identity: str, *, whole: bool) -> list[Chunk]:
    finished: list[Chunk] = []
    for chunk in chunks:
        text = chunk.embedded_text
        if not text.strip():  # no model says anything of it, and some refuse it
            continue
        for processor in processors:
            text = processor.process(text)
        # What a processor leaves nothing of is embedded as it was written.
        own = chunk.model_copy(update={"processed": None if text == chunk.content or not text.strip() else text})
        own.chunk_id = ingested_id(own, identity, whole=whole)
        finished.append(own)
    return finished


def ingested_id(chunk: Chunk, identity: str, *, whole: bool) -> str:
    """The id of an ingested chunk: it follows from its text, place and metadata and from the `identity` of its embedder.

    `whole` tells a file, which is all there is of its source, from a text. So a chunk with this id in a store is the same in
    everything, its vector included.
    """
    place = chunk.metadata
    at = f"{place.chunk_index} {place.total_chunks} {place.start_char} {place.end_char} {place.page} {whole}"
    told = json.dumps(_plain(place.extra), default=str) if place.extra else ""
    return hashed_id(identity, chunk.doc_id, place.source, at, str(place.heading), told, chunk.content, chunk.embedded_text)


def _plain(value: object) -> object:
    """`value` in the form in which a store gives it back: keys in order, dates as texts."""
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {str(key): _plain(item) for key, item in sorted(items, key=lambda item: str(item[0]))}
    if isinstance(value, list | tuple | set | frozenset):
        listed = [_plain(item) for item in cast("Iterable[object]", value)]
        return sorted(listed, key=str) if isinstance(value, set | frozenset) else listed
    return value.isoformat() if isinstance(value, date) else value


def renamed(document: Document, source: str, metadata: Mapping[str, object]) -> Document:
    """`document` as it is known here: its `source`, and `metadata` beside its reader's; yours goes first."""
    known = document.metadata | dict(metadata)
    is_named_by_content = document.doc_id == hashed_id(document.source, document.content)
    doc_id = "" if is_named_by_content else document.doc_id
    return Document(doc_id=doc_id, content=document.content, source=source, metadata=known, marks=document.marks)


def place_of(path: str | Path) -> Path:
    """Where a file or a folder is: "~" is the user's own folder."""
    if not isinstance(path, str | os.PathLike):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
        msg = f"A file or a folder is given by its path, not by {path!r:.80}."
        raise WrongTypeError(msg)
    return expanded(path)


def source_of(path: str | Path) -> str:
    """The name under which the chunks of a file are known: its path as given, in one spelling.

    >>> source_of("./docs//terms.txt")
    'docs/terms.txt'
    """
    return Path(os.path.normpath(os.fspath(path))).as_posix()
