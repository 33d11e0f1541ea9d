"""What is written down of ingestions that run beside the cells, so that a later session finds them. Kind: threaded; it blocks.

One file for each, replaced as a whole, and beside it a lock that is held as long as it runs: the system gives it up when a
program dies, however it dies. No text of a document is in it.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import msgspec

from racto_nb._held_files import locked
from racto_nb._place import session_id
from racto_nb.exceptions import UnreadableFileError, UsageError

RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = "under way", "done", "failed", "cancelled", "interrupted"
ELSEWHERE = "under way in another program"


class Asked(msgspec.Struct, frozen=True):
    """What shall be read: the folder as given, where that is, and the rest of what `ingest_dir` takes."""

    directory: str
    folder: str
    pattern: str
    remove_missing: bool
    metadata: dict[str, str | int | float | bool | None]


class Ingestion(msgspec.Struct, frozen=True):
    """One ingestion of a folder. Its `id` follows from what was asked, from the store's place and from the embedder: the same
    again is the same ingestion, also on another day.

    `status` is "under way", "done", "failed", "cancelled", "interrupted" (its program died) or "under way in another program".
    `files` of which `done` were read, with `chunks`, as far as that was told; `began` is in seconds since 1970. `cost` is in US
    dollars over all its runs, None where nobody knows; `summary` what became of the files.
    """

    id: str
    asked: Asked
    place: str
    embedder: str
    began: float
    status: str = RUNNING
    files: int | None = None
    done: int | None = None
    chunks: int = 0
    cost: Decimal | None = None
    error: str = ""
    summary: str = ""
    runs: int = 1

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it by itself."""
        return self.status not in {RUNNING, ELSEWHERE}


def id_of(asked: Asked, place: str, embedder: str) -> str:
    """What names an ingestion."""
    return hashlib.sha256(msgspec.json.encode([asked, place, embedder], order="sorted")).hexdigest()[:16]


def place_of_store(place: str, store: object) -> str:
    """The store's `place`, or a name that ends with this process: nobody can go on with what lay in its memory."""
    return place or f"{type(store).__name__} {id(store)} of {session_id()}"


@dataclass(frozen=True, slots=True)
class IngestionFiles:
    """The files in `folder`, which is made when the first one is written."""

    folder: Path

    def claim(self, name: str) -> BinaryIO:
        """Hold the lock of an ingestion, until the file that is given back is closed. UsageError where another program has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = (self.folder / f"{name}.lock").open("ab")
        if locked(file):
            return file
        file.close()
        raise UsageError(f"The ingestion {name!r} is under way in another program.")

    def write(self, ingestion: Ingestion) -> None:
        """Write one down, in place of what was written of it before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / f"{ingestion.id}.{os.getpid()}.new"
        new.write_bytes(msgspec.json.encode(ingestion))
        new.replace(self.folder / f"{ingestion.id}.json")

    def of(self, place: str, embedder: str) -> list[Ingestion]:
        """Those into a store by an embedder, the oldest first. One that no program is at any more was interrupted."""
        paths = list(self.folder.glob("*.json")) if self.folder.is_dir() else []
        read = [self._read(path) for path in paths]
        return sorted((each for each in read if (each.place, each.embedder) == (place, embedder)), key=lambda each: each.began)

    def _read(self, path: Path) -> Ingestion:
        try:
            read = msgspec.json.decode(path.read_bytes(), type=Ingestion)
        except (OSError, msgspec.DecodeError) as error:
            message = f"The file of an ingestion {str(path)!r} cannot be read ({error}). Move it away, and ingest again."
            raise UnreadableFileError(message, str(path)) from error
        if read.status != RUNNING:
            return read
        # What an interrupted run has cost, nobody has told.
        return msgspec.structs.replace(read, status=ELSEWHERE) if self._is_held(read.id) else left(read)

    def _is_held(self, name: str) -> bool:
        with closing((self.folder / f"{name}.lock").open("ab")) as file:
            return not locked(file)


def left(ingestion: Ingestion) -> Ingestion:
    """An ingestion whose program died: what it has cost, nobody has told."""
    return msgspec.structs.replace(ingestion, status=INTERRUPTED, cost=None, files=None, done=None)
