"""Vectors by what they were made of, in one SQLite file, for several processes and threads. Kind: threaded."""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from blake3 import blake3

from racto_nb._paths import expanded
from racto_nb.cache.sqlite_file import Form, SqliteFile, transaction
from racto_nb.flow.threads import ThreadedPort, in_thread

APPLICATION = 0x52434E56
"""What says in the file's header that it is ours: "RCNV"."""
_FORM = Form(
    holds="a cache of embeddings",
    application=APPLICATION,
    version=1,
    tables=("CREATE TABLE vectors (key BLOB PRIMARY KEY, numbers BLOB NOT NULL)",),
    probe="SELECT key, numbers FROM vectors LIMIT 1",
)

Key = bytes
Found = dict[Key, list[float]]


@dataclass(frozen=True, slots=True)
class LookUp:
    """Answer with the vectors of those of `keys` that are known."""

    keys: Sequence[Key]


@dataclass(frozen=True, slots=True)
class KeepAll:
    """Keep these vectors, all or none."""

    rows: Sequence[tuple[Key, list[float]]]


@dataclass(frozen=True, slots=True)
class CountAll:
    """Answer with how many vectors there are."""


@dataclass(frozen=True, slots=True)
class ClearAll:
    """Remove all vectors."""


Asked = LookUp | KeepAll | CountAll | ClearAll
Reply = Found | int | None


class _VectorFile(ThreadedPort[Asked, Reply]):
    def __init__(self, path: Path) -> None:
        super().__init__("embeddings")
        self.path = path
        self._file = SqliteFile(path, _FORM)

    def perform(self, request: Asked) -> Reply:
        """The reply to one request."""
        match request:
            case LookUp(keys):
                return self._found(keys)
            case KeepAll(rows):
                return self._keep(rows)
            case CountAll():
                return self._file.connection().execute("SELECT count(*) FROM vectors").fetchone()[0]
            case ClearAll():
                self._file.connection().execute("DELETE FROM vectors")
                self._file.connection().execute("VACUUM")
                return None

    def _found(self, keys: Sequence[Key]) -> Found:
        ask = self._file.connection().execute
        rows = ((key, ask("SELECT numbers FROM vectors WHERE key = ?", (key,)).fetchone()) for key in keys)
        return {key: numbers_in(row[0]) for key, row in rows if row is not None and len(row[0]) % 4 == 0}

    def _keep(self, rows: Sequence[tuple[Key, list[float]]]) -> None:
        self._file.forget_if_gone()
        written = [(key, bytes_of(vector)) for key, vector in rows]
        with transaction(self._file.connection()) as connection:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", written)

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        self.rest()
        with self._mine().turn:
            self._file.close()


class EmbeddingCache:
    """Keeps vectors, so that no text is embedded twice by the same model, in any session on this machine. In one SQLite file.

    `path` is the file, by default `embeddings.sqlite3` in the user's cache directory (RACTO_CACHE_DIR, if that is set). It is
    made where it is missing, readable by its owner only, and grows until `clear`: a vector of 1536 numbers takes 6 kB. Numbers
    are kept as float32. The texts themselves are not kept, only their hashes.

    Several processes may use one file at once, and who is killed leaves it whole. Raises UnreadableFileError for a file that is
    no such cache, or is damaged: nothing is written into it. Close the cache where the file shall be moved.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, EmbeddingCache(f"{folder}/vectors.sqlite3") as cache:
    ...     len(cache)
    0
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.port = _VectorFile(default_place() if path is None else expanded(path))

    @property
    def path(self) -> Path:
        """The file."""
        return self.port.path

    def clear(self) -> None:
        """Remove all vectors, and give the room back to the disk."""
        self.port.send(ClearAll())

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        self.port.close()

    async def aclose(self) -> None:
        """Close the file. The next use opens it again."""
        await in_thread(self.port.close)

    def __len__(self) -> int:
        """The number of vectors that are kept."""
        return cast("int", self.port.send(CountAll()))

    def __bool__(self) -> bool:
        """True: an empty cache is a cache too."""
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"EmbeddingCache({str(self.path)!r})"


def default_place() -> Path:
    """`embeddings.sqlite3` in the user's cache directory."""
    import platformdirs

    folder = os.environ.get("RACTO_CACHE_DIR") or platformdirs.user_cache_dir("racto_nb", appauthor=False)
    return Path(folder) / "embeddings.sqlite3"


def key_of(identity: str, kind: str, text: str) -> Key:
    """The key of a vector: it follows from the embedder's `identity`, from what the text is ("text" or "query"), and the text.

    >>> key_of("openai:m", "text", "ab") == key_of("openai:m", "text", "ab") != key_of("openai:m", "query", "ab")
    True
    """
    hasher = blake3()
    for part in (identity, kind, text):
        data = part.encode("utf-8", "surrogatepass")
        hasher.update(b"%d:" % len(data))  # so that ("ab", "c") is not ("a", "bc")
        hasher.update(data)
    return hasher.digest()


def bytes_of(vector: Iterable[float]) -> bytes:
    """The numbers as float32, the lowest byte first on every machine."""
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def numbers_in(data: bytes) -> list[float]:
    """What `bytes_of` wrote.

    >>> numbers_in(bytes_of([0.5, -1.0]))
    [0.5, -1.0]
    """
    numbers = array("f", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()
