"""What is written down of ingestions that run beside the cells, so that a later session finds them. Kind: threaded; it blocks.

One file for each, replaced as a whole, and beside it a lock that is held as long as it runs: the system gives it up when a
program dies, however it dies. No text of a document is in it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from glob import escape
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from racto_nb._held_files import locked
from racto_nb._place import session_id
from racto_nb._secrecy import Secrets
from racto_nb.exceptions import MissingFileError, UsageError
from racto_nb.rag.preparing import place_of

RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = "under way", "done", "failed", "cancelled", "interrupted"
ELSEWHERE, BESIDE = "under way in another program", "under way by another RactoRAG"


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

    `status` is "under way", "done", "failed", "cancelled", "interrupted" (its program died), "under way in another program" or
    "under way by another RactoRAG" of this program, the `session`.
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
    session: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it by itself."""
        return self.status not in {RUNNING, ELSEWHERE, BESIDE}


def asked_of(path: str | Path, pattern: str, metadata: Mapping[str, Any], *, remove_missing: bool) -> Asked:
    """What is asked for. MissingFileError, and UsageError for metadata that cannot be written down."""
    place = place_of(path)
    if not place.exists():
        raise MissingFileError(str(path))
    for name, value in metadata.items():
        if not isinstance(value, str | int | float | bool | None):
            raise UsageError(f"{name} is {type(value).__name__}: of an ingestion that is written down it is a plain value.")
    given = str(path)
    if place.is_file():
        given, pattern = str(Path(path).parent), escape(place.name)
    folder = place_of(given).absolute().as_posix()
    _refuse_secrets({"the path": folder, "pattern": pattern, **metadata})
    return Asked(given, folder, pattern, remove_missing, dict(metadata))


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
        """Hold the lock of an ingestion, until the file that is given back is closed. UsageError where somebody has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = (self.folder / f"{name}.lock").open("ab")
        if locked(file):
            return file
        file.close()
        raise UsageError(
            f"The ingestion {name!r} is under way elsewhere: in another program, or by another RactoRAG of this one."
        )

    def write(self, ingestion: Ingestion) -> None:
        """Write one down, in place of what was written of it before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / f"{ingestion.id}.{os.getpid()}.new"
        new.write_bytes(msgspec.json.encode(ingestion))
        new.replace(self.folder / f"{ingestion.id}.json")

    def of(self, place: str, embedder: str) -> tuple[list[Ingestion], dict[str, str]]:
        """Those into a store by an embedder, and by their paths the files that cannot be read, of whatever store, with why.

        One that no program is at any more was interrupted.
        """
        found: list[Ingestion] = []
        damaged: dict[str, str] = {}
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []:
            try:
                read = self._now(_decoded(path))
            except FileNotFoundError:
                continue  # somebody has moved it away just now
            except (OSError, ValueError) as error:
                damaged[str(path)] = f"What was written of an ingestion in {str(path)!r} cannot be read ({error}). Move it away."
            else:
                found += [read] if (read.place, read.embedder) == (place, embedder) else []
        return found, damaged

    def last(self, name: str) -> Ingestion | None:
        """What was written of one whose lock we hold; None where that is nothing, or cannot be read."""
        try:
            read = _decoded(self.folder / f"{name}.json")
        except (OSError, ValueError):
            return None
        return left(read) if read.status == RUNNING else read

    def _now(self, read: Ingestion) -> Ingestion:
        if read.status != RUNNING:
            return read
        if not self._is_held(read.id):
            return left(read)
        return msgspec.structs.replace(read, status=BESIDE if read.session == session_id() else ELSEWHERE)

    def _is_held(self, name: str) -> bool:
        with closing((self.folder / f"{name}.lock").open("ab")) as file:
            return not locked(file)


def _decoded(path: Path) -> Ingestion:
    """What a file says. OSError, and ValueError for what is no ingestion."""
    return msgspec.json.decode(path.read_bytes(), type=Ingestion)


def left(ingestion: Ingestion) -> Ingestion:
    """An ingestion whose program died: what it has cost, nobody has told."""
    return msgspec.structs.replace(ingestion, status=INTERRUPTED, cost=None, files=None, done=None)


def newest(mine: Ingestion, filed: Ingestion | None) -> Ingestion:
    """What is known here of an ingestion, or what was written of it, where somebody else has begun it since."""
    return filed if filed is not None and (filed.began, filed.runs) > (mine.began, mine.runs) else mine


def _refuse_secrets(given: Mapping[str, object]) -> None:
    """Raise UsageError where what shall be written down holds the value of a secret of the environment."""
    secrets = Secrets.of(os.environ)
    for name, value in given.items():
        if (variable := secrets.held_by(f"{name} {value}")) is not None:
            shown = secrets.cleaned(name)
            raise UsageError(f"{shown} holds the value of {variable}, and an ingestion is written down. Give it without that.")
