"""Which reader reads which file."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from racto_nb.exceptions import UnsupportedFileError, UsageError, WrongTypeError, nearest
from racto_nb.rag.documents import Document
from racto_nb.rag.readers.reader import BaseReader


@dataclass(frozen=True, slots=True)
class _BuiltIn:
    """A reader that comes along: its class, in which module it is, and the extra that brings its library (empty: none)."""

    name: str
    module: str
    extra: str = ""


_BUILT_IN = (
    _BuiltIn("TextReader", "text_reader"),
    _BuiltIn("HtmlReader", "html_reader", "rag-html"),
    _BuiltIn("ImageReader", "image_reader", "rag-image"),
    _BuiltIn("JsonReader", "json_reader"),
    _BuiltIn("NotebookReader", "notebook_reader"),
    _BuiltIn("ParquetReader", "parquet_reader"),
    _BuiltIn("PdfReader", "pdf_reader", "rag-pdf"),
    _BuiltIn("SlidesReader", "slides_reader", "rag-slides"),
    _BuiltIn("SpreadsheetReader", "spreadsheet_reader", "rag-excel"),
    _BuiltIn("WordReader", "word_reader", "rag-word"),
)
# Older formats that no reader reads, and what to save them as.
_OLDER = {".doc": ".docx", ".ppt": ".pptx", ".rtf": ".docx", ".odt": ".docx", ".odp": ".pptx", ".pages": ".docx", ".key": ".pptx"}


class FileReaderRegistry:
    """Finds the reader for a file by its ending, whatever its case.

    Without arguments it knows all readers that come along; given `readers`, those alone. What is registered later goes before
    what was there.

    >>> registry = FileReaderRegistry()
    >>> registry.can_read("report.PDF"), registry.can_read("song.mp3")
    (True, False)
    """

    def __init__(self, readers: list[BaseReader] | None = None) -> None:
        self._readers: dict[str, BaseReader] = {}
        self._extras: dict[str, str] = {}
        if readers is None:
            for built_in in _BUILT_IN:
                self._add(_made(built_in), built_in.extra)
            return
        for reader in _checked(readers):
            self.register(reader)

    def register(self, reader: BaseReader) -> None:
        """Let `reader` read the files of its endings, instead of whichever did before.

        WrongTypeError for what is no BaseReader, UsageError for endings that no file can have.
        """
        if not isinstance(reader, BaseReader):  # pyright: ignore[reportUnnecessaryIsInstance]
            hint = f" Register {reader.__name__}()." if isinstance(reader, type) else ""
            raise WrongTypeError(f"A registry takes a BaseReader, not {reader!r}.{hint}")
        self._add(reader, "")

    def get_reader(self, path: str | Path) -> BaseReader:
        """The reader for a file of this name; the file need not be there. UnsupportedFileError when there is none."""
        suffix = _suffix(path)
        reader = self._readers.get(suffix)
        if reader is None:
            raise UnsupportedFileError(self._refusal(str(path), suffix), suffix=suffix)
        return reader

    def read(self, path: str | Path) -> Document:
        """Read the file at `path` with the reader for its ending.

        Raises UnsupportedFileError when there is none, UsageError for a directory, and what the reader raises.
        """
        if _suffix(path) not in self._readers and Path(path).is_dir():
            raise UsageError(f"{str(path)!r} is a directory. Read its files one by one, or ingest it with RactoRAG.ingest_dir.")
        return self.get_reader(path).read(path)

    def can_read(self, path: str | Path) -> bool:
        """Whether there is a reader for files of this ending. It says nothing of the file, which need not be there."""
        return _suffix(path) in self._readers

    @property
    def supported_extensions(self) -> frozenset[str]:
        """The endings of all files that can be read, in small letters, with the dot."""
        return frozenset(self._readers)

    def _add(self, reader: BaseReader, extra: str) -> None:
        for ending in reader.supported_extensions:
            if not ending.startswith(".") or PurePath(f"x{ending}").suffix != ending:
                raise UsageError(f"{ending!r} is no ending of files: {type(reader).__name__} must say one such as '.txt'.")
            self._readers[ending.lower()] = reader
            self._extras[ending.lower()] = extra

    def _refusal(self, written: str, suffix: str) -> str:
        if not suffix:
            return f"The file {written!r} has no ending, so that nobody knows how to read it. Known: {self._known()}."
        begin = f"No reader knows files of the ending {suffix!r} ({written!r})."
        if suffix in _OLDER and _OLDER[suffix] in self._readers:
            return f"{begin} Save it as {_OLDER[suffix]!r} and read that."
        close = [ending for ending in nearest(suffix, self._readers) if ending[:2] == suffix[:2]]
        if close:
            return f"{begin} Did you mean {' or '.join(self._told(ending) for ending in close)}?"
        return f"{begin} Known: {self._known()}. For others, register a reader of your own."

    def _known(self) -> str:
        return ", ".join(self._told(ending) for ending in sorted(self._readers)) or "none, the registry is empty"

    def _told(self, ending: str) -> str:
        extra = self._extras[ending]
        return f"{ending} (racto-nb[{extra}])" if extra else ending


def _suffix(path: str | Path) -> str:
    if not isinstance(path, str | PurePath):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise WrongTypeError(
            f"A registry finds the reader by a file's name: give a path, not {type(path).__name__}. "
            f"What has no name goes to a reader: PdfReader().read(data)."
        )
    return PurePath(path).suffix.lower()


def _checked(readers: Iterable[BaseReader]) -> list[BaseReader]:
    if isinstance(readers, BaseReader):
        raise WrongTypeError(f"The readers of a registry are a list: write FileReaderRegistry([{type(readers).__name__}()]).")
    return list(readers)


def _made(built_in: _BuiltIn) -> BaseReader:
    module = importlib.import_module(f"racto_nb.rag.readers.{built_in.module}")
    reader: BaseReader = getattr(module, built_in.name)()
    return reader
