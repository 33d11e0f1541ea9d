"""What the built-in readers share: limits, errors that name the file, and the document around what was found."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar

from racto_nb.exceptions import RactoGatewayError, TooLargeFileError, UnreadableFileError, UsageError
from racto_nb.rag.documents import Document, Mark
from racto_nb.rag.readers.composing import Composed, fitting
from racto_nb.rag.readers.opening import MOST_BYTES, FileBytes, opened
from racto_nb.rag.readers.reader import BaseReader, Source

_LONGEST_FACT = 500


class FileReader(BaseReader):
    """Reads files of at most `max_bytes` bytes (256 MiB), which may not unpack into more either. Readers derive from it.

    The metadata of a document holds `file_name`, `file_size` in bytes, `reader`, and what the reader knows of such files.
    """

    endings: ClassVar[frozenset[str]] = frozenset()
    wordless: ClassVar[str] = "It holds no text."
    """What to say of a file in which no text was found."""

    def __init__(self, *, max_bytes: int = MOST_BYTES) -> None:
        if isinstance(max_bytes, bool) or not isinstance(max_bytes, int) or max_bytes < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(f"max_bytes is a number of bytes above 0, not {max_bytes!r}.")
        self._max_bytes = max_bytes

    @property
    def supported_extensions(self) -> frozenset[str]:
        """The endings of the files that it reads, in small letters, with the dot."""
        return self.endings

    def read(self, source: Source) -> Document:
        """The document in `source`: a path, bytes, or a file opened with 'rb'.

        Raises MissingFileError, UnreadableFileError (EncryptedFileError, TooLargeFileError), MissingExtraError where the library
        for such files is not installed, and UsageError for a directory or what is no file.
        """
        file = opened(source, most=self._max_bytes)
        found = self._found(file)
        content = fitting(found.content)
        if len(content) > self._max_bytes:
            raise TooLargeFileError(
                f"The text of {file.source!r} has {len(content):,} characters; its reader takes {self._max_bytes:,}. "
                f"Split the file, or give the reader a larger max_bytes.",
                file.source,
            )
        if not content.strip():
            raise UnreadableFileError(f"The file {file.source!r} cannot be used: {self.wordless}", file.source)
        facts = {name: fact[:_LONGEST_FACT] if isinstance(fact, str) else fact for name, fact in found.facts.items()}
        about = {"file_name": file.name, "file_size": len(file.data), "reader": type(self).__name__}
        return Document(content=content, source=file.source, metadata=about | facts, marks=_in_order(found.marks))

    def _found(self, file: FileBytes) -> Composed:
        try:
            return self._parsed(file)
        except RactoGatewayError:
            raise
        except MemoryError as error:
            raise TooLargeFileError(f"The file {file.source!r} does not fit into memory. Split it.", file.source) from error
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # whatever a library raises at a broken file, a panic of Rust code among it
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            raise broken(file, error) from error

    @abstractmethod
    def _parsed(self, file: FileBytes) -> Composed:
        """What stands in `file`. Whatever its library raises becomes an UnreadableFileError."""
        ...


def broken(file: FileBytes, why: object) -> UnreadableFileError:
    """The error for a file that is not what its ending says."""
    kind = file.suffix or "such a"
    reason = " ".join(str(why).split())[:200].rstrip(".") or type(why).__name__
    return UnreadableFileError(
        f"The file {file.source!r} is broken, or no {kind} file: {reason}. Open it in its own program and save it again.",
        file.source,
    )


def _in_order(marks: list[Mark]) -> list[Mark]:
    plain = [mark if fitting(mark.title) == mark.title else replace(mark, title=fitting(mark.title)) for mark in marks]
    return sorted(plain, key=lambda mark: (mark.start, -mark.end))
