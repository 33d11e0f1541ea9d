"""All files of a folder into a store, a few at a time: a report, and bounded memory. Kind: flow."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from racto_nb.exceptions import (
    ContextOverflowError,
    IngestWarning,
    RactoGatewayBadRequestError,
    UnsupportedError,
    UsageError,
)
from racto_nb.flow.effects import Flow, call, together
from racto_nb.flow.twins import either
from racto_nb.kits.warning import callers_level
from racto_nb.rag.documents import Chunk
from racto_nb.rag.keeping import Kept, keeping
from racto_nb.rag.listing import Found, files_in
from racto_nb.rag.parts import Parts
from racto_nb.rag.preparing import Prepared, ingested_id, prepared_file, source_of
from racto_nb.rag.reports import FileReport, IngestedChunks, IngestReport, Progress

MOST_BYTES = 1_000_000
"""Of files that are in memory at once; a larger one is there alone. With vectors of 384 numbers that is about 30 MB."""
MOST_FILES = 64
_PAGE = 1000
_REFUSED = (RactoGatewayBadRequestError, ContextOverflowError)
"""What an embedder says of a text that it does not take: the text's file is to blame, and not the connection."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be done with which files."""

    directory: Path
    pattern: str
    metadata: Mapping[str, object]
    on_error: Literal["collect", "raise"] = "collect"
    remove_missing: bool = False
    told: Callable[[Progress], None] | None = None

    def checked(self) -> Wish:
        """Itself; UsageError for an `on_error` that is none."""
        if self.on_error not in {"collect", "raise"}:
            msg = f"on_error is 'collect' or 'raise', not {self.on_error!r}."
            raise UsageError(msg)
        return self


@dataclass(slots=True)
class _Run:
    """How far one ingestion has come. Its flow alone changes it."""

    parts: Parts
    wish: Wish
    progress: Progress
    reports: list[FileReport] = field(default_factory=list[FileReport])
    ids: bytearray = field(default_factory=bytearray)
    held: list[Chunk] | None = None

    def tell(self, **changed: Any) -> None:
        self.progress = replace(self.progress, **changed)
        if self.wish.told is not None:
            self.wish.told(self.progress)

    def note(self, report: FileReport, chunks: Sequence[Chunk] = ()) -> None:
        self.reports.append(report)
        if self.held is not None:
            self.held += chunks
        else:
            self.ids += b"".join(UUID(chunk.chunk_id).bytes for chunk in chunks)
        self.tell(done=self.progress.done + 1, chunks=self.progress.chunks + len(chunks), source=report.source)


def ingesting_folder(parts: Parts, wish: Wish) -> Flow[IngestedChunks]:
    """The files of a folder that fit a pattern, each whole in the store, or in the report as failed."""
    found, skipped = yield from call(partial(files_in, wish.checked().directory, wish.pattern, parts.registry))
    can_give = yield from _gives_chunks(parts)
    if wish.remove_missing:  # where the store cannot, it says so before anything is embedded
        yield from either(parts.store.chunk_ids, parts.store.achunk_ids, {"source": ""})
    run = _Run(parts, wish, Progress(len(found)), held=None if can_give else [])
    run.tell()
    try:
        for wave in _waves(found):
            yield from _wave(run, wave)
    except Exception as error:
        error.add_note(f"{run.progress.done} of {len(found)} files were done before this. Ingest again: it goes on from there.")
        raise
    gone = (yield from _missing(run)) if wish.remove_missing else []
    report = IngestReport(sorted([*run.reports, *skipped, *gone], key=lambda file: file.source))
    _warn(report)
    return IngestedChunks(parts.store, report, run.held, bytes(run.ids))


def _waves(found: Sequence[Found]) -> Iterator[list[Found]]:
    wave: list[Found] = []
    size = 0
    for file in found:
        if wave and (len(wave) == MOST_FILES or size + file.size > MOST_BYTES):
            yield wave
            wave, size = [], 0
        wave.append(file)
        size += file.size
    if wave:
        yield wave


def _wave(run: _Run, wave: Sequence[Found]) -> Flow[None]:
    read = yield from together([_read(run, file) for file in wave], limit=run.parts.concurrency)
    for failed in read:
        if isinstance(failed, FileReport):
            run.note(failed)
    documents = [each for each in read if isinstance(each, Prepared)]
    try:
        yield from _embedded(run, documents)
    except _REFUSED:
        if len(documents) == 1 and not run.progress.chunks:
            raise
        yield from _one_by_one(run, documents)


def _read(run: _Run, file: Found) -> Flow[Prepared | FileReport]:
    try:
        return (yield from prepared_file(run.parts, file.path, file.source, run.wish.metadata))
    except Exception as error:
        if run.wish.on_error == "raise":
            raise
        return _failed(file.source, error)


def _one_by_one(run: _Run, documents: Sequence[Prepared]) -> Flow[None]:
    """Find the file whose text the embedder refuses. When it refuses all of them, and always did, it is not the files' fault."""
    refused: list[tuple[Prepared, Exception]] = []
    for document in documents:
        try:
            yield from _embedded(run, [document])
        except _REFUSED as error:
            refused.append((document, error))
    if refused and (run.wish.on_error == "raise" or not run.progress.chunks):
        raise refused[0][1]
    for document, error in refused:
        run.note(_failed(document.source, error))


def _embedded(run: _Run, documents: Sequence[Prepared]) -> Flow[None]:
    texts, embedded = run.progress.texts, run.progress.embedded
    kept = yield from keeping(run.parts, documents, lambda done, total: run.tell(texts=texts + total, embedded=embedded + done))
    for each in kept:
        run.note(_report(each), each.document.chunks)


def _report(kept: Kept) -> FileReport:
    return FileReport(kept.document.source, kept.outcome, len(kept.document.chunks), kept.embedded)


def _failed(source: str, error: Exception) -> FileReport:
    return FileReport(source, "failed", error=error, reason=f"{type(error).__name__}: {error}")


def _gives_chunks(parts: Parts) -> Flow[bool]:
    try:
        yield from either(parts.store.get, parts.store.aget, [])
    except UnsupportedError:
        return False
    return True


def _missing(run: _Run) -> Flow[list[FileReport]]:
    """Take out the chunks of files below the folder that are not there any more."""
    store, here = run.parts.store, {str(UUID(bytes=bytes(run.ids[at : at + 16]))) for at in range(0, len(run.ids), 16)}
    others = [name for name in (yield from either(store.chunk_ids, store.achunk_ids)) if name not in here]
    gone: dict[str, list[str]] = {}
    for start in range(0, len(others), _PAGE):
        chunks = yield from either(store.get, store.aget, others[start : start + _PAGE])
        for source, names in (yield from call(partial(_gone, chunks, run.wish, run.parts.embedder.identity))).items():
            gone.setdefault(source, []).extend(names)
    for names in gone.values():
        yield from either(store.delete, store.adelete, names)
    return [FileReport(source, "removed", reason=f"{len(names)} chunks") for source, names in gone.items()]


def _gone(chunks: Sequence[Chunk], wish: Wish, identity: str) -> dict[str, list[str]]:
    """The chunks that were made of files below the folder which are not there; never those of texts that bear a file's name."""
    found: dict[str, list[str]] = {}
    folder = source_of(wish.directory)
    for chunk in chunks:
        path = Path(chunk.metadata.source)
        is_below = path.is_relative_to(folder)
        if is_below and not path.exists() and ingested_id(chunk, identity, whole=True) == chunk.chunk_id:
            found.setdefault(chunk.metadata.source, []).append(chunk.chunk_id)
    return found


def _warn(report: IngestReport) -> None:
    if failed := report.failed:
        more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
        msg = f"{len(failed)} of {len(report.files)} files could not be ingested: {failed[0].source} ({failed[0].reason}){more}. "
        warnings.warn(f"{msg}The result's .report.failed has all of them.", IngestWarning, stacklevel=callers_level())
