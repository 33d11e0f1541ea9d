"""What every reader is. Kind: threaded; a reader does I/O and has no async twin, its callers read in a thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import BinaryIO

from racto_nb.rag.documents import Document

Source = str | Path | bytes | BinaryIO
"""A path, the bytes of a file, or an open file that gives bytes."""


class BaseReader(ABC):
    """Turns files of one kind into documents. Derive from it for a kind of your own, and register it."""

    @property
    @abstractmethod
    def supported_extensions(self) -> frozenset[str]:
        """The endings of the files that it reads, in small letters, with the dot: {".txt"}."""
        ...

    @abstractmethod
    def read(self, source: Source) -> Document:
        """The text of `source` with its pages, headings and tables.

        Raises MissingFileError, or UnreadableFileError (EncryptedFileError, TooLargeFileError) naming the file.
        """
        ...
