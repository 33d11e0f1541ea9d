"""Whatever stands in a file: a document, or one of our errors that names it. No library's own error, warning or word gets out."""

from __future__ import annotations

import io

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from rag.minimal_pdf import pdf
from rag.readers import office_files

from racto_nb.exceptions import RactoGatewayError
from racto_nb.rag.readers import FileReaderRegistry


def parquet() -> bytes:
    data = io.BytesIO()
    pl.DataFrame({"a": [1, 2], "b": ["x", None]}).write_parquet(data)
    return data.getvalue()


def picture(kind: str) -> bytes:
    data = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "words"
    Image.new("RGB", (20, 20), "red").save(data, kind, **({} if kind in {"GIF", "BMP"} else {"exif": exif}))
    return data.getvalue()


WHOLE = {
    ".pdf": pdf([["one"], ["two"]], outline=[("one", 0)]),
    ".docx": office_files.word(),
    ".pptx": office_files.slides(),
    ".xlsx": office_files.workbook({"One": [["a", "b"], [1, "x"]]}),
    ".ods": office_files.open_document([["a"], ["b"]]),
    ".parquet": parquet(),
    ".html": b"<html><body><h1>x</h1><table><tr><td>y</table><p>z &amp; &#x41;",
    ".ipynb": b'{"cells": [{"cell_type": "code", "source": "x", "outputs": [{"output_type": "stream", "text": "y"}]}]}',
    ".json": b'{"a": [1, {"b": "c"}]}',
    ".csv": b'a;b\n1;"2"\n',
    ".md": b"# a\n\n```\n# b\n```\n",
    ".rst": b"a\n=\n\nb\n-\n",
    **{f".{kind.lower()}": picture(kind) for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP")},
}
REGISTRY = FileReaderRegistry()
ENDINGS = sorted(REGISTRY.supported_extensions)


def read_or_refused(folder, ending: str, data: bytes) -> None:
    path = folder / f"file{ending}"
    path.write_bytes(data)
    try:
        document = REGISTRY.read(path)
    except RactoGatewayError as error:
        assert path.name in str(error)  # noqa: PT017  (either is right)
        return
    assert document.content.strip()
    for mark in document.marks:
        assert 0 <= mark.start <= mark.end <= len(document.content)


QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("ending", ENDINGS)
@QUICK
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory, capfd, ending, data):
    read_or_refused(tmp_path_factory.getbasetemp(), ending, data)

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("ending", sorted(WHOLE))
@QUICK
@given(changes=st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=4)), min_size=1, max_size=4), end=st.floats(0.1, 1))
def test_a_damaged_file_is_read_or_refused(tmp_path_factory, capfd, ending, changes, end):
    data = bytearray(WHOLE[ending])
    for place, piece in changes:
        start = int(place * len(data))
        data[start : start + len(piece)] = piece
    read_or_refused(tmp_path_factory.getbasetemp(), ending, bytes(data[: max(int(end * len(data)), 1)] if end < 0.9 else data))

    out, err = capfd.readouterr()
    assert out == ""
    assert err == "" or (ending == ".parquet" and "panicked at crates/polars" in err)  # which a thread of polars says itself


@pytest.mark.parametrize("ending", sorted(WHOLE))
@pytest.mark.parametrize("other", sorted(WHOLE))
def test_a_file_under_another_ending_is_read_or_refused(tmp_path, ending, other):
    read_or_refused(tmp_path, ending, WHOLE[other])
