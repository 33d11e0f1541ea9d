"""PDF files: exact pages, headings by the outline, locks, faults, several threads, text in pictures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, ImageDraw, ImageFont
from rag.minimal_pdf import pdf

from racto_nb.exceptions import EncryptedFileError, TooLargeFileError, UnreadableFileError
from racto_nb.rag.readers import PdfReader


def shown(document, kind="page"):
    return [(mark.number, document.content[mark.start : mark.end]) for mark in document.marks if mark.kind == kind]


def test_each_page_is_a_mark_and_stands_between_empty_lines():
    document = PdfReader().read(pdf([["One", "more (é)"], [], ["Three"]]))

    assert document.content == "One\nmore (é)\n\n\n\nThree"
    assert shown(document) == [(1, "One\nmore (é)"), (2, ""), (3, "Three")]
    assert document.metadata["total_pages"] == 3


def test_title_and_author_are_told_where_they_are_known():
    known = PdfReader().read(pdf([["x"]], title="Terms", author="Ada")).metadata
    unknown = PdfReader().read(pdf([["x"]])).metadata

    assert (known["title"], known["author"]) == ("Terms", "Ada")
    assert {"title", "author"}.isdisjoint(unknown)


def test_words_parted_at_the_end_of_a_line_are_whole_again_and_other_hyphens_stay():
    document = PdfReader().read(pdf([["inter-", "national COVID-", "19"]]))

    assert document.content == "international COVID-19"


def test_titles_of_the_outline_are_headings_where_they_stand():
    pages = [["Refunds of", "goods", "text, Refunds again"], ["More", "Refunds"]]
    outline = [("Refunds of goods", 0), ("Refunds", 0), ("Refunds", 1), ("Not there", 1)]
    document = PdfReader().read(pdf(pages, outline=outline))

    assert shown(document, "heading") == [(1, "Refunds of\ngoods"), (1, "Refunds"), (1, "Refunds")]
    assert [mark.start for mark in document.marks] == sorted(mark.start for mark in document.marks)
    assert next(mark.title for mark in document.marks if mark.kind == "heading") == "Refunds of goods"


def test_a_locked_file_asks_for_its_password_and_opens_with_it():
    locked = pdf([["secret words"]], encrypt=True)

    with pytest.raises(EncryptedFileError, match=r"bytes' is locked with a password.*password="):
        PdfReader().read(locked)
    with pytest.raises(EncryptedFileError, match="another password") as told:
        PdfReader(password="guess").read(locked)
    assert "guess" not in str(told.value)
    with pytest.raises(UnreadableFileError, match="hold no text"):  # its streams were never locked, so that unlocking spoils them
        PdfReader(password="secret").read(locked)


@pytest.mark.parametrize("data", [b"%PDF-1.7 and no more", b"hello", pdf([["x"]])[:200]])
def test_a_broken_file_is_named(data, tmp_path):
    (tmp_path / "report.pdf").write_bytes(data)

    with pytest.raises(UnreadableFileError, match=r"report\.pdf' is broken, or no \.pdf file"):
        PdfReader().read(tmp_path / "report.pdf")


def test_pages_without_text_say_how_to_read_them():
    with pytest.raises(UnreadableFileError, match=r"extract_images=True\).*rag-ocr"):
        PdfReader().read(pdf([[], []]))


def test_text_beyond_the_limit_is_refused():
    data = pdf([["word " * 16] * 40] * 30)

    with pytest.raises(TooLargeFileError, match="has text of"):
        PdfReader(max_bytes=len(data)).read(data)


def test_many_threads_read_at_once_and_each_gets_its_own():
    files = [pdf([[f"file {number} page {page}"] for page in range(5)]) for number in range(16)]
    reader = PdfReader()

    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(reader.read, files * 4))

    assert [document.content for document in read[:16]] == [
        "\n\n".join(f"file {number} page {page}" for page in range(5)) for number in range(16)
    ]
    assert [document.content for document in read] == [document.content for document in read[:16]] * 4


def lettered(*lines):
    image = Image.new("RGB", (640, 160), "white")
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((20, 20 + 60 * number), line, fill="black", font=ImageFont.load_default(32))
    return image


def test_text_in_pictures_is_read_when_asked_for_and_stands_on_its_page():
    data = pdf([["Typed"], ["Next"]], picture=lettered("Refunds within 14 days", "Invoice 2026"))

    document = PdfReader(extract_images=True).read(data)

    assert shown(document) == [(1, "Typed\nRefunds within 14 days\nInvoice 2026"), (2, "Next")]
    assert PdfReader().read(data).content == "Typed\n\nNext"
