"""PDF by pypdfium2: the text of each page, and its outline as headings."""

from __future__ import annotations

import re
import threading
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import EncryptedFileError
from racto_nb.rag.documents import Mark
from racto_nb.rag.readers.composing import Composed, Composer, Fact
from racto_nb.rag.readers.file_reader import FileReader, broken
from racto_nb.rag.readers.opening import MOST_BYTES, FileBytes, too_large
from racto_nb.rag.readers.recognising import Recogniser

# PDFium is no library for several threads, whatever the documents: one at a time is in it, in the whole process.
_TURN = threading.Lock()
_JOINED = re.compile(r"(?<=[a-zß-öø-ÿ])\ufffe(?=[a-zß-öø-ÿ])")
_PASSWORD = 4  # FPDF_ERR_PASSWORD
_DEEPEST = 6


class PdfReader(FileReader):
    """Reads the text of PDF files, page after page with an empty line between them; each page is a mark.

    Titles of the outline that stand on their page become marks of headings. Words that were parted at the end of a line are put
    together again (PDFium tells which these are). With `extract_images=True` the text in the pictures of a page is read as well
    (OCR, the extra `rag-ocr`), and stands at the end of the page: the way to read scanned pages, at a second or more for each.
    Without it, a file that has pictures only is an UnreadableFileError. `password` opens what is locked; without it, that is an
    EncryptedFileError. The metadata say `total_pages`, `title` and `author`. Files of more than `max_bytes` are refused.
    """

    endings = frozenset({".pdf"})
    wordless = (
        "its pages hold no text; they may be scanned. Read the text in their pictures with PdfReader(extract_images=True), "
        "which needs: pip install 'racto-nb[rag-ocr]'"
    )

    def __init__(self, extract_images: bool = False, *, password: str | None = None, max_bytes: int = MOST_BYTES) -> None:  # noqa: FBT001, FBT002  (as documented)
        super().__init__(max_bytes=max_bytes)
        self._extract_images = extract_images
        self._recogniser = Recogniser()
        self._password = password

    def _parsed(self, file: FileBytes) -> Composed:
        pdfium = imported("pypdfium2", extra="rag-pdf")
        with _TURN:
            document = self._opened(pdfium, file)
            try:
                return self._pages(document, file)
            finally:
                document.close()

    def _opened(self, pdfium: Any, file: FileBytes) -> Any:
        try:
            return pdfium.PdfDocument(file.data, password=self._password)
        except pdfium.PdfiumError as error:
            if error.err_code != _PASSWORD:
                raise
            what = "is locked with a password" if self._password is None else "is locked with another password"
            raise EncryptedFileError(
                f"The file {file.source!r} {what}. Give the right one: PdfReader(password=…).", file.source
            ) from error

    def _pages(self, document: Any, file: FileBytes) -> Composed:
        composer = Composer()
        total = len(document)
        for number in range(1, total + 1):
            if number > 1:
                composer.add("\n\n")
            composer.marked("page", self._page(document, number, file), number=number)
            if composer.place > self._max_bytes:
                raise too_large(file.source, composer.place, self._max_bytes, what="has text of")
        facts: dict[str, Fact] = {"total_pages": total}
        facts.update({name: document.get_metadata_value(name.title()) for name in ("title", "author")})
        composed = composer.composed(**facts)
        composed.marks.extend(_outline(document, composed))
        return composed

    def _page(self, document: Any, number: int, file: FileBytes) -> str:
        try:
            page = document[number - 1]
            text = page.get_textpage()
        except RuntimeError as error:  # what PdfiumError is
            raise broken(file, f"page {number} cannot be read") from error
        words = _clean(text.get_text_range())
        text.close()
        if self._extract_images:
            words = "\n".join(part for part in (words, self._recogniser.text_in_page(page)) if part)
        page.close()
        return words


def _clean(text: str) -> str:
    if "\ufffe" in text:  # a hyphen at the end of a line: of a parted word, or one that belongs there
        text = _JOINED.sub("", text).replace("\ufffe", "-")
    return text.replace("\r\n", "\n").replace("\x00", "")


def _outline(document: Any, composed: Composed) -> list[Mark]:
    pages = [mark for mark in composed.marks if mark.kind == "page"]
    found: list[Mark] = []
    looked: dict[int, int] = {}
    for bookmark in document.get_toc(max_depth=_DEEPEST):
        target = bookmark.get_dest()
        index: int | None = None if target is None else target.get_index()
        title: str = " ".join(bookmark.get_title().split())
        if index is None or not 0 <= index < len(pages) or not title:
            continue
        page = pages[index]
        pattern = re.compile(r"\s+".join(map(re.escape, title.split())))
        place = pattern.search(composed.content, looked.get(index, page.start), page.end)
        if place:
            looked[index] = place.end()
            found.append(Mark("heading", place.start(), place.end(), number=bookmark.level + 1, title=title))
    return found
