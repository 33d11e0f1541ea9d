"""Plain text, Markdown and reStructuredText."""

from __future__ import annotations

from racto_nb.rag.readers.composing import Composed, Fact
from racto_nb.rag.readers.decoding import checked_encoding, decoded
from racto_nb.rag.readers.file_reader import FileReader
from racto_nb.rag.readers.headings import markdown_headings, rst_headings
from racto_nb.rag.readers.opening import MOST_BYTES, FileBytes

_FINDERS = {".md": markdown_headings, ".markdown": markdown_headings, ".rst": rst_headings}


class TextReader(FileReader):
    """Reads text files as they are, with "\\n" at the ends of lines. Headings of Markdown and reStructuredText become marks.

    A byte order mark decides about the encoding, else `encoding` does. Where that is UTF-8 and the file is none, Windows-1252 is
    taken if the text then looks like a western language; anything else is an UnreadableFileError that asks for the encoding.
    The metadata say `encoding`, and `encoding_guessed` where the fallback was taken. UsageError for an encoding that Python does
    not know. Files of more than `max_bytes` are refused.

    >>> TextReader().read("# Refunds\\n\\nWithin 14 days.".encode()).content
    '# Refunds\\n\\nWithin 14 days.'
    """

    endings = frozenset(
        {".cfg", ".ini", ".log", ".markdown", ".md", ".rst", ".tex", ".text", ".toml", ".txt", ".xml", ".yaml", ".yml"}
    )

    def __init__(self, encoding: str = "utf-8", *, max_bytes: int = MOST_BYTES) -> None:
        super().__init__(max_bytes=max_bytes)
        self._encoding = checked_encoding(encoding)

    def _parsed(self, file: FileBytes) -> Composed:
        read = decoded(file.data, self._encoding, source=file.source)
        finder = _FINDERS.get(file.suffix)
        facts: dict[str, Fact] = {"encoding": read.encoding}
        if read.guessed:
            facts["encoding_guessed"] = True
        return Composed(read.text, finder(read.text) if finder else [], facts)
