"""Files in, documents out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.rag.readers.html_reader import HtmlReader as HtmlReader
    from racto_nb.rag.readers.image_reader import ImageReader as ImageReader
    from racto_nb.rag.readers.json_reader import JsonReader as JsonReader
    from racto_nb.rag.readers.notebook_reader import NotebookReader as NotebookReader
    from racto_nb.rag.readers.parquet_reader import ParquetReader as ParquetReader
    from racto_nb.rag.readers.pdf_reader import PdfReader as PdfReader
    from racto_nb.rag.readers.reader import BaseReader as BaseReader
    from racto_nb.rag.readers.registry import FileReaderRegistry as FileReaderRegistry
    from racto_nb.rag.readers.slides_reader import SlidesReader as SlidesReader
    from racto_nb.rag.readers.spreadsheet_reader import SpreadsheetReader as SpreadsheetReader
    from racto_nb.rag.readers.text_reader import TextReader as TextReader
    from racto_nb.rag.readers.word_reader import WordReader as WordReader

__all__ = [
    "BaseReader",
    "FileReaderRegistry",
    "HtmlReader",
    "ImageReader",
    "JsonReader",
    "NotebookReader",
    "ParquetReader",
    "PdfReader",
    "SlidesReader",
    "SpreadsheetReader",
    "TextReader",
    "WordReader",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "BaseReader": "racto_nb.rag.readers.reader",
            "FileReaderRegistry": "racto_nb.rag.readers.registry",
            "HtmlReader": "racto_nb.rag.readers.html_reader",
            "ImageReader": "racto_nb.rag.readers.image_reader",
            "JsonReader": "racto_nb.rag.readers.json_reader",
            "NotebookReader": "racto_nb.rag.readers.notebook_reader",
            "ParquetReader": "racto_nb.rag.readers.parquet_reader",
            "PdfReader": "racto_nb.rag.readers.pdf_reader",
            "SlidesReader": "racto_nb.rag.readers.slides_reader",
            "SpreadsheetReader": "racto_nb.rag.readers.spreadsheet_reader",
            "TextReader": "racto_nb.rag.readers.text_reader",
            "WordReader": "racto_nb.rag.readers.word_reader",
        },
    )
