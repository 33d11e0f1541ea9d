"""Files in, documents out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.readers.pdf_reader import PdfReader as PdfReader
    from racto_nb.rag.readers.reader import BaseReader as BaseReader
    from racto_nb.rag.readers.registry import FileReaderRegistry as FileReaderRegistry
    from racto_nb.rag.readers.text_reader import TextReader as TextReader

__all__ = ["BaseReader", "FileReaderRegistry", "PdfReader", "TextReader"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "BaseReader": "racto_nb.rag.readers.reader",
        "FileReaderRegistry": "racto_nb.rag.readers.registry",
        "PdfReader": "racto_nb.rag.readers.pdf_reader",
        "TextReader": "racto_nb.rag.readers.text_reader",
    },
)
