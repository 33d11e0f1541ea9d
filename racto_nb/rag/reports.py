"""How an ingestion goes, and what became of each file. The chunks of many files are read from the store when they are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, overload
from uuid import UUID

from racto_nb.exceptions import NotFoundError
from racto_nb.rag.documents import Chunk
from racto_nb.rag.stores.vector_store import BaseVectorStore

Outcome = Literal["added", "replaced", "unchanged", "empty", "failed", "skipped", "removed"]
_ORDER: tuple[Outcome, ...] = ("added", "replaced", "unchanged", "empty", "removed", "failed", "skipped")
_SHOWN = 10
_PAGE = 256


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingestion has come: `done` of `files`, the last of them `source`; and `embedded` of `texts` known so far."""

    files: int
    done: int = 0
    texts: int = 0
    embedded: int = 0
    chunks: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file. `chunks` it has, `embedded` of their texts were new. `error` is why it failed, `reason` in words.

    `outcome` is "added", "replaced", "unchanged", "empty" (it holds no text), "removed" (it is gone, and so are its chunks),
    "failed" or "skipped" (no reader knows such files, or it is hidden).
    """

    source: str
    outcome: Outcome
    chunks: int = 0
    embedded: int = 0
    error: Exception | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the files of a folder, in their order.

    >>> print(IngestReport([FileReport("a.txt", "added", 3, 3), FileReport("b.bin", "skipped", reason="no reader for .bin")]))
    2 files: 1 added, 1 skipped. 3 chunks, 3 texts embedded.
      skipped b.bin: no reader for .bin
    """

    files: list[FileReport] = field(default_factory=list[FileReport])

    def of(self, outcome: Outcome) -> list[FileReport]:
        """The files that ended so."""
        return [file for file in self.files if file.outcome == outcome]

    @property
    def failed(self) -> list[FileReport]:
        """The files that could not be read."""
        return self.of("failed")

    @property
    def chunks(self) -> int:
        """How many chunks all files have."""
        return sum(file.chunks for file in self.files)

    @property
    def embedded(self) -> int:
        """How many texts were embedded."""
        return sum(file.embedded for file in self.files)

    @property
    def summary(self) -> str:
        """All of it in one line."""
        counts = Counter(file.outcome for file in self.files)
        told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _ORDER if counts[outcome])
        files = f"{len(self.files)} {'file' if len(self.files) == 1 else 'files'}"
        return f"{files}{': ' if told else ''}{told}. {self.chunks} chunks, {self.embedded} texts embedded."

    def __str__(self) -> str:
        odd = [*self.failed, *self.of("skipped"), *self.of("empty")]
        lines = [f"  {file.outcome} {file.source}" + (f": {file.reason}" if file.reason else "") for file in odd[:_SHOWN]]
        if len(odd) > _SHOWN:
            lines.append(f"  and {len(odd) - _SHOWN} more: .failed, .of('skipped'), .of('empty')")
        return "\n".join([self.summary, *lines])


class IngestedChunks(Sequence[Chunk]):
    """The chunks of a folder's files, in their order, and the `report` of what became of each file.

    They are read from the store when they are looked at, so that a large folder needs no room in memory: a chunk that has been
    removed since raises NotFoundError. In async code read them with `async for`. Of a store that cannot give a chunk by its id
    they are held here.
    """

    def __init__(self, store: BaseVectorStore, report: IngestReport, held: list[Chunk] | None = None, ids: bytes = b"") -> None:
        self._store, self._held, self._ids = store, held, ids
        self.report = report

    def __len__(self) -> int:
        return len(self._ids) // 16 if self._held is None else len(self._held)

    @overload
    def __getitem__(self, index: int) -> Chunk: ...
    @overload
    def __getitem__(self, index: slice) -> list[Chunk]: ...
    def __getitem__(self, index: int | slice) -> Chunk | list[Chunk]:
        if self._held is not None:
            return self._held[index]
        if isinstance(index, slice):
            return self._found(self._named(range(*index.indices(len(self)))))
        return self._found(self._named([range(len(self))[index]]))[0]

    def __iter__(self) -> Iterator[Chunk]:
        for start in range(0, len(self), _PAGE):
            yield from self[start : start + _PAGE]

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        for start in range(0, len(self), _PAGE):
            places = range(start, min(start + _PAGE, len(self)))
            if self._held is not None:
                page = [self._held[place] for place in places]
            else:
                names = self._named(places)
                page = _whole(names, await self._store.aget(names))
            for chunk in page:
                yield chunk

    def _named(self, places: Sequence[int]) -> list[str]:
        return [str(UUID(bytes=self._ids[16 * place : 16 * place + 16])) for place in places]

    def _found(self, names: list[str]) -> list[Chunk]:
        return _whole(names, self._store.get(names))

    def __repr__(self) -> str:
        return f"{len(self)} chunks of {self.report}"


def _whole(names: list[str], chunks: list[Chunk]) -> list[Chunk]:
    found = {chunk.chunk_id: chunk for chunk in chunks}
    gone = [name for name in names if name not in found]
    if gone:
        msg = f"Chunk {gone[0]!r} is not in the store any more: it was removed, or its document was replaced. Ingest again."
        raise NotFoundError(msg, name=gone[0])
    return [found[name] for name in names]
