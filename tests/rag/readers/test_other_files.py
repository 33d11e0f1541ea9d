"""HTML, JSON, notebooks, Parquet and pictures."""

from __future__ import annotations

import io
import json

import polars as pl
import pytest
from PIL import Image
from rag.readers.test_pdf import lettered

from racto_nb.exceptions import TooLargeFileError, UnreadableFileError, UsageError
from racto_nb.rag.readers import HtmlReader, ImageReader, JsonReader, NotebookReader, ParquetReader
from racto_nb.testing import forbid_network

PAGE = """<!doctype html><html lang="de"><head><title> My
 page</title><meta name=author content=Ada><style>x{}</style></head><body><nav>Home</nav><h1>One <em>two</em></h1>
<p>a  b<br>c &lt;d&gt; &amp;&nbsp;e &eacute;</p>tail<ul><li>x</li><li>y <b>z</b>!</ul><script>no()</script>
<table><caption>Prices</caption><tr><th>Name</th><th>A<br>B</th></tr><tr><td>1</td><td></td></tr></table>
<pre>  code
   x</pre><img alt="a pic"><h2></h2><div hidden>no</div><table><tr><td><h2>In</h2><p>one</p><p>two</p></table></body></html>"""


def marked(document, kind):
    return [(mark.number, mark.title, document.content[mark.start : mark.end]) for mark in document.marks if mark.kind == kind]


def test_a_page_is_read_as_it_is_shown():
    document = HtmlReader().read(PAGE.encode())

    assert document.content == (
        "One two\n\na b\nc <d> & e é\n\ntail\n\n- x\n- y z!\n\nPrices\nName | A B\n1 |\n\n  code\n   x\n\na pic\n\nIn\n\none\n\ntwo"
    )
    assert marked(document, "heading") == [(1, "One two", "One two"), (2, "In", "In")]
    assert marked(document, "table") == [(None, "", "Prices\nName | A B\n1 |")]
    told = {name: document.metadata[name] for name in ("title", "language", "author", "encoding")}
    assert told == {"title": "My page", "language": "de", "author": "Ada", "encoding": "utf-8"}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<meta charset=iso-8859-1><p>café €".encode("cp1252"), "café €"),
        ("<meta http-equiv=Content-Type content='text/html; charset=shift_jis'>返品".encode("shift_jis"), "返品"),
        ("<meta charset=nobody-knows>é".encode(), "é"),
        ("<p>é".encode("utf-16"), "é"),
        (b"<?xml version='1.0'?><html><head><title/><script src='x'/></head><body><p/>text</body></html>", "text"),
    ],
)
def test_the_page_says_its_encoding_and_whether_it_is_xml(data, text):
    assert HtmlReader().read(data).content == text


@pytest.mark.parametrize("page", ["<div>" * 200_000 + "x", "<b>" * 30_000 + "x" + "</b>" * 30_000])
def test_a_page_of_endless_depth_is_refused_and_not_waited_for(page):
    with pytest.raises(UnreadableFileError, match="nested deeper"):
        HtmlReader().read(page.encode())


def test_many_elements_beside_each_other_are_no_depth():
    assert HtmlReader().read(("<p>a<br>" * 30_000 + "<div>x</div>" * 30_000).encode()).content.endswith("x\nx")


def test_a_page_that_scripts_make_has_no_text():
    with pytest.raises(UnreadableFileError, match="save it from a browser"):
        HtmlReader().read(b"<div id=root></div><script>x()</script>")


def test_json_becomes_lines_that_say_where_they_stand(tmp_path):
    value = {"user": {"name": "Ada\nL.", "tags": ["a", 2, None], "old": [{"x": 1.0}, [True]], "none": None, "empty": {}}}

    assert JsonReader().read(json.dumps(value).encode()).content == (
        "user.name: Ada L.\nuser.tags: a, 2\nuser.old[0].x: 1\nuser.old[1]: true"
    )
    listed = JsonReader().read(b'[{"a": 1}, {"a": 2}]')
    assert (listed.content, listed.metadata["records"]) == ("a: 1\n\na: 2", 2)
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n\n"two"\n', encoding="utf-8")
    assert JsonReader().read(tmp_path / "a.jsonl").content == "a: 1\n\ntwo"


@pytest.mark.parametrize("data", [b"{", b"[" * 100_000, b'{"a": 1}}', b"1" * 5000, b"\xff\xfe"])
def test_broken_json_is_named(data):
    with pytest.raises(UnreadableFileError, match="bytes"):
        JsonReader().read(data)


def test_a_broken_line_says_which(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n{"a"\n', encoding="utf-8")

    with pytest.raises(UnreadableFileError, match=r"a\.jsonl.*line 2"):
        JsonReader().read(tmp_path / "a.jsonl")


NOTEBOOK = {
    "nbformat": 4,
    "metadata": {"kernelspec": {"language": "python"}},
    "cells": [
        {"cell_type": "markdown", "source": ["# Refunds\n", "\n", "text"]},
        {
            "cell_type": "code",
            "source": "1 + 1",
            "outputs": [
                {"output_type": "stream", "text": ["\x1b[31mred\x1b[0m\n"]},
                {"output_type": "execute_result", "data": {"text/plain": "2", "image/png": "AAAA"}},
                {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["long"]},
            ],
        },
        {"cell_type": "code", "source": "", "outputs": []},
        {"cell_type": "raw", "source": "raw"},
    ],
}


def test_a_notebook_is_its_cells_with_what_they_printed():
    document = NotebookReader().read(json.dumps(NOTEBOOK).encode())

    assert marked(document, "cell") == [
        (1, "markdown", "# Refunds\n\ntext"),
        (2, "code", "1 + 1\n\nred\n\n2\n\nValueError: no"),
        (4, "raw", "raw"),
    ]
    assert marked(document, "heading") == [(1, "Refunds", "# Refunds")]
    assert (document.metadata["total_cells"], document.metadata["language"]) == (4, "python")


def test_an_old_notebook_has_sheets():
    old = {
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": "Old"},
                    {"cell_type": "code", "input": ["x"], "outputs": [{"output_type": "pyout", "text": ["y"]}]},
                ]
            }
        ]
    }
    document = NotebookReader().read(json.dumps(old).encode())

    assert document.content == "## Old\n\nx\n\ny"
    assert marked(document, "heading") == [(2, "Old", "## Old")]


@pytest.mark.parametrize("data", [b"{}", b"[]", b"{", b"[" * 100_000, b'{"cells": 3}', b'{"cells": [3]}', b'{"cells": [{}]}'])
def test_what_is_no_notebook_is_named(data, tmp_path):
    (tmp_path / "a.ipynb").write_bytes(data)

    with pytest.raises(UnreadableFileError, match=r"a\.ipynb' is broken"):
        NotebookReader().read(tmp_path / "a.ipynb")


def parquet(rows):
    data = io.BytesIO()
    pl.DataFrame(rows).write_parquet(data)
    return data.getvalue()


def test_rows_of_parquet_say_their_columns():
    data = parquet({"name": ["Ada", "Alan", None], "tags": [["a", "b"], [], None]})

    document = ParquetReader().read(data)

    assert document.content == "name | tags\nname: Ada | tags: ['a', 'b']\nname: Alan | tags: []"
    assert document.metadata["columns"] == ["name", "tags"]
    cut = ParquetReader(max_rows=1).read(data)
    assert (cut.content.count("\n"), cut.metadata["rows_left_out"]) == (1, 2)


def test_a_parquet_file_that_is_small_packed_and_large_unpacked_is_refused():
    data = parquet({"a": ["the same words " * 10] * 200_000})

    assert len(data) < 2_000_000
    with pytest.raises(TooLargeFileError, match="has text of"):
        ParquetReader(max_bytes=2_000_000).read(data)


@pytest.mark.parametrize("data", [b"PAR1", b"PAR1" + bytes(40) + b"PAR1", b"words"])
def test_what_is_no_parquet_or_empty_is_named(data):
    with pytest.raises(UnreadableFileError, match="broken"):
        ParquetReader().read(data)
    with pytest.raises(UnreadableFileError, match="no rows"):
        ParquetReader().read(parquet({"a": []}))
    with pytest.raises(UsageError):
        ParquetReader(max_rows=0)


def picture(kind="JPEG", size=(64, 48)):
    data = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x8825] = "A red\x00 square", "Ada", {1: "N"}
    Image.new("RGB", size, "red").save(data, kind, exif=exif)
    return data.getvalue()


def test_a_picture_is_described_with_its_exif_and_not_with_its_place(tmp_path):
    (tmp_path / "red.jpg").write_bytes(picture())

    document = ImageReader().read(tmp_path / "red.jpg")

    assert document.content.splitlines()[0] == "Picture red.jpg: JPEG, 64 x 48 pixels, mode RGB"
    assert "Artist: Ada" in document.content
    assert "GPS" not in document.content
    assert (document.metadata["width"], document.metadata["artist"]) == (64, "Ada")
    assert ImageReader(include_exif=False).read(tmp_path / "red.jpg").content.count("\n") == 0


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_the_usual_kinds_are_read(kind):
    data = io.BytesIO()
    Image.new("P", (3, 2)).save(data, kind)

    assert f"{kind}, 3 x 2 pixels" in ImageReader().read(data.getvalue()).content


def test_text_in_a_picture_is_read_without_a_network():
    data = io.BytesIO()
    lettered("Refunds within 14 days", "Invoice 2026").save(data, "PNG")

    with forbid_network():
        document = ImageReader(ocr=True).read(data.getvalue())

    assert document.content.endswith("\n\nRefunds within 14 days\nInvoice 2026")
    assert "Refunds" not in ImageReader().read(data.getvalue()).content


def test_a_picture_of_too_many_pixels_is_not_unpacked():
    data = io.BytesIO()
    Image.new("1", (11_000, 11_000)).save(data, "PNG")

    assert "11000 x 11000" in ImageReader().read(data.getvalue()).content
    with pytest.raises(TooLargeFileError, match="100,000,000 pixels"):
        ImageReader(ocr=True).read(data.getvalue())


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"GIF89a", picture()[:20], b"words"])
def test_a_broken_picture_is_named(data):
    with pytest.raises(UnreadableFileError, match="bytes' is broken"):
        ImageReader().read(data)
