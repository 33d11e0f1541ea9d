"""Text files: encodings without wrong letters, and headings where they stand."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UnreadableFileError, UsageError
from racto_nb.rag.readers import TextReader
from racto_nb.rag.readers.headings import markdown_headings, rst_headings

GERMAN = "Grüße aus Köln — „heute“ für 5 €"


def headings(text, find=markdown_headings):
    marks = find(text)
    return [(mark.number, mark.title, text[mark.start : mark.end]) for mark in marks]


@pytest.mark.parametrize(
    ("mark", "encoding", "named"),
    [
        (codecs.BOM_UTF8, "utf-8", "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
    ],
)
def test_a_byte_order_mark_decides(mark, encoding, named):
    read = TextReader("cp1252").read(mark + GERMAN.encode(encoding))

    assert (read.content, read.metadata["encoding"]) == (GERMAN, named)


def test_what_is_no_utf_8_but_western_is_read_and_the_guess_is_told():
    read = TextReader().read(GERMAN.encode("cp1252"))

    assert read.content == GERMAN
    assert (read.metadata["encoding"], read.metadata["encoding_guessed"]) == ("cp1252", True)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Возврат в течение четырнадцати дней", "cp1251"),
        ("Возврат money и так далее", "koi8-r"),
        ("返品は十四日以内にお願いします", "shift_jis"),
        ("十四天内可以退货。Refunds are possible", "gb18030"),
        ("환불은 십사일 이내에 가능합니다", "euc_kr"),
        ("Επιστροφή εντός δεκατεσσάρων ημερών", "iso8859-7"),
    ],
)
def test_other_scripts_are_asked_for_and_never_read_as_wrong_letters(text, encoding):
    data = text.encode(encoding)

    with pytest.raises(UnreadableFileError, match="Name its encoding"):
        TextReader().read(data)
    assert TextReader(encoding).read(data).content == text


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0", b"GIF89a\x01\x02\x03\x04", bytes(range(256)), "Hi there".encode("utf-16-le")]
)
def test_binary_content_is_no_text(data):
    with pytest.raises(UnreadableFileError, match="bytes that no text has"):
        TextReader().read(data)


def test_an_encoding_that_was_named_is_the_only_one():
    with pytest.raises(UnreadableFileError, match="not ascii"):
        TextReader("ascii").read("é".encode())


@pytest.mark.parametrize("encoding", ["utf-9", "hex", "", None, 8, "idna\0"])
def test_an_unknown_encoding_is_refused_at_once(encoding):
    with pytest.raises(UsageError, match="no encoding"):
        TextReader(encoding)


def test_ends_of_lines_become_one_kind():
    assert TextReader().read(b"one\r\ntwo\rthree\n").content == "one\ntwo\nthree\n"


@given(st.text(min_size=1).filter(lambda text: text.strip() and "\x00" not in text and "\r" not in text))
def test_every_text_comes_back(text):
    assert TextReader().read(codecs.BOM_UTF8 + text.encode()).content == text


MARKDOWN = """# Terms #

Some text
about it.

Refunds
-------

## For *goods*
```sh
# a comment
```
    # code
- list
---
> quote
===
two lines
of one paragraph
===
#no heading
####### seven
### C#
"""


def test_headings_of_markdown_stand_where_they_are():
    assert headings(MARKDOWN) == [
        (1, "Terms", "# Terms #"),
        (2, "Refunds", "Refunds\n-------"),
        (2, "For *goods*", "## For *goods*"),
        (3, "C#", "### C#"),
    ]


def test_headings_are_marks_of_markdown_files_and_of_no_others(tmp_path: Path):
    for name, count in (("a.md", 1), ("a.MARKDOWN", 1), ("a.txt", 0)):
        (tmp_path / name).write_bytes("# Ü\r\n\r\ntext".encode())
        read = TextReader().read(tmp_path / name)
        assert [(mark.kind, read.content[mark.start : mark.end]) for mark in read.marks] == [("heading", "# Ü")] * count


RST = """=====
Terms
=====

Text of it.

Refunds
=======

For goods
---------

Next
====

a paragraph
that goes on
------------

  quoted
  ------
"""


def test_headings_of_restructured_text_have_the_level_of_their_order(tmp_path: Path):
    assert headings(RST, rst_headings) == [
        (1, "Terms", "=====\nTerms\n====="),
        (2, "Refunds", "Refunds\n======="),
        (3, "For goods", "For goods\n---------"),
        (2, "Next", "Next\n===="),
    ]


@given(st.text(alphabet="#=-` \n\tab~|>0.", max_size=200))
def test_every_mark_is_inside_the_text_and_begins_a_line(text):
    for find in (markdown_headings, rst_headings):
        for mark in find(text):
            assert 0 <= mark.start < mark.end <= len(text)
            assert mark.start == 0 or text[mark.start - 1] == "\n"
            assert text[mark.start : mark.end].rstrip() == text[mark.start : mark.end]
