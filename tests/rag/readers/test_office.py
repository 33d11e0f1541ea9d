"""Word, PowerPoint and spreadsheets: order, marks, locks, bombs."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from rag.readers import office_files

from racto_nb.exceptions import EncryptedFileError, TooLargeFileError, UnreadableFileError, UsageError
from racto_nb.rag.readers import SlidesReader, SpreadsheetReader, WordReader

LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")


def marked(document, kind):
    return [(mark.number, mark.title, document.content[mark.start : mark.end]) for mark in document.marks if mark.kind == kind]


def test_paragraphs_and_tables_of_word_come_in_their_order():
    document = WordReader().read(office_files.word())

    assert document.content == "Terms\n\nBefore the table.\n\nName | Days\nBooks new | 14\n\nRefunds\n\nAfter it.\n\nboth"
    assert marked(document, "heading") == [(1, "Terms", "Terms"), (2, "Refunds", "Refunds")]
    assert [text for *_, text in marked(document, "table")] == ["Name | Days\nBooks new | 14", "both"]
    assert (document.metadata["title"], document.metadata["author"]) == ("Terms", "Ada")


def test_slides_have_titles_texts_tables_groups_and_notes():
    document = SlidesReader().read(office_files.slides())

    assert marked(document, "slide") == [
        (1, "Refunds", "Refunds\n\nWithin 14 days\n\nNotes: Say it slowly"),
        (2, "", ""),
        (3, "", "Books | 14\n\nIn a group"),
    ]
    assert marked(document, "heading") == [(1, "Refunds", "Refunds")]
    assert marked(document, "table") == [(None, "", "Books | 14")]
    assert document.metadata["total_slides"] == 3


PEOPLE = [["name", "born", "day"], ["Ada", 1815.0, dt.date(1943, 9, 1)], ["", "", ""], ["Alan", 1912.5, ""]]


def test_each_row_of_a_workbook_can_be_understood_alone():
    document = SpreadsheetReader().read(
        office_files.workbook({"People": PEOPLE, "Empty": [], "More": [["a"], [True]]}, chart=True)
    )

    people = "People\nname | born | day\nname: Ada | born: 1815 | day: 1943-09-01\nname: Alan | born: 1912.5"
    assert marked(document, "sheet") == [(1, "People", people), (3, "More", "More\na\na: true")]
    assert document.metadata["sheets"] == ["People", "Empty", "More"]
    assert document.metadata["rows"] == 3


def test_rows_without_a_header_are_their_cells_and_the_first_is_one_of_them():
    data = office_files.workbook({"People": PEOPLE})

    assert (
        SpreadsheetReader(include_header=False).read(data).content
        == "People\nname | born | day\nAda | 1815 | 1943-09-01\nAlan | 1912.5"
    )


def test_what_max_rows_leaves_out_is_told():
    document = SpreadsheetReader(max_rows=1).read(office_files.workbook({"People": PEOPLE}))

    assert document.content.splitlines()[-1].startswith("name: Ada")
    assert (document.metadata["rows"], document.metadata["rows_left_out"]) == (1, 1)
    assert "rows_left_out" not in SpreadsheetReader(max_rows=2).read(office_files.workbook({"People": PEOPLE})).metadata


def test_open_document_sheets_are_read():
    document = SpreadsheetReader().read(office_files.open_document([["name", "year"], ["Ada", "1843"]]))

    assert document.content == "One\nname | year\nname: Ada | year: 1843"


@pytest.mark.parametrize(
    ("text", "separator"),
    [("a,b\n1,2\n", ","), ("a;b\n1,5;2\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a|b\n1|2\n", "|"), ("only\none\n", ","), ("x", ",")],
)
def test_the_separator_of_a_csv_file_is_found_out(text, separator):
    assert SpreadsheetReader().read(text.encode()).metadata["separator"] == separator


def test_csv_and_tsv_by_their_ending(tmp_path):
    (tmp_path / "a.csv").write_bytes('name,note\nAda,"one\ntwo, ""three"""\nAlan\n'.encode("utf-8-sig"))
    (tmp_path / "a.tsv").write_bytes("name\tnote\nJosé\tx, y\n".encode("cp1252"))

    assert SpreadsheetReader().read(tmp_path / "a.csv").content == 'name | note\nname: Ada | note: one two, "three"\nname: Alan'
    tsv = SpreadsheetReader().read(tmp_path / "a.tsv")
    assert tsv.content == "name | note\nname: José | note: x, y"
    assert tsv.metadata["encoding_guessed"] is True


def test_an_open_quote_over_a_long_text_is_a_broken_file():
    with pytest.raises(UnreadableFileError, match="a quote may be open"):
        SpreadsheetReader().read(b'a,b\n1,"' + b"x" * 200_000)


@pytest.mark.parametrize("most", [0, -1, True, 1.5, "2"])
def test_max_rows_is_a_number(most):
    with pytest.raises(UsageError, match="max_rows"):
        SpreadsheetReader(max_rows=most)


def test_two_cells_in_opposite_corners_do_not_end_the_process():
    with pytest.raises(TooLargeFileError, match="2 of which hold something"):
        SpreadsheetReader().read(office_files.vast_workbook())


@pytest.mark.parametrize(("reader", "ending"), [(WordReader, "docx"), (SlidesReader, "pptx"), (SpreadsheetReader, "xlsx")])
def test_a_locked_file_says_so(reader, ending, tmp_path):
    (tmp_path / f"a.{ending}").write_bytes(LOCKED)

    with pytest.raises(EncryptedFileError, match=rf"a\.{ending}' is locked with a password"):
        reader().read(tmp_path / f"a.{ending}")


@pytest.mark.parametrize(("reader", "ending"), [(WordReader, "docx"), (SlidesReader, "pptx"), (SpreadsheetReader, "xlsx")])
def test_an_archive_that_would_unpack_into_too_much_is_refused(reader, ending, tmp_path):
    (tmp_path / f"a.{ending}").write_bytes(office_files.packed({"word/document.xml": b" " * 3_000_000}))

    with pytest.raises(TooLargeFileError, match="unpacks into"):
        reader(max_bytes=2_000_000).read(tmp_path / f"a.{ending}")


def test_an_archive_that_lies_about_its_size_is_broken(tmp_path):
    data = office_files.workbook({"One": [["a" * 9]] * 2000})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = data.replace(size.to_bytes(4, "little"), (size // 2).to_bytes(4, "little"))
    (tmp_path / "a.xlsx").write_bytes(lying)

    with pytest.raises(UnreadableFileError, match=r"a\.xlsx' is broken"):
        SpreadsheetReader().read(tmp_path / "a.xlsx")


@pytest.mark.parametrize(("reader", "ending"), [(WordReader, "docx"), (SlidesReader, "pptx"), (SpreadsheetReader, "xlsx")])
@pytest.mark.parametrize("data", [b"no archive", office_files.packed({"a.txt": "x"}), office_files.word()[:900], b"PK\3\4"])
def test_a_broken_file_is_named(reader, ending, data, tmp_path):
    (tmp_path / f"a.{ending}").write_bytes(data)

    with pytest.raises(UnreadableFileError, match=rf"a\.{ending}' is broken, or no \.{ending} file"):
        reader().read(tmp_path / f"a.{ending}")


def test_an_older_kind_says_what_to_save_it_as(tmp_path):
    (tmp_path / "a.docx").write_bytes(LOCKED[:512])

    with pytest.raises(UnreadableFileError, match="of an older kind"):
        WordReader().read(tmp_path / "a.docx")
