"""Attached files: how they are read, what they know about themselves, what they refuse."""

from __future__ import annotations

import base64
import copy
import errno
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from racto_nb.exceptions import MissingFileError, NotFoundError, RactoGatewayError, UnreadableFileError, UsageError
from racto_nb.prompts.files import RactoFile


@pytest.mark.parametrize(
    ("name", "mime_type"),
    [
        ("photo.jpg", "image/jpeg"),
        ("PHOTO.JPEG", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("report.2024.pdf", "application/pdf"),
        ("notes.txt", "text/plain"),
        ("readme.md", "text/markdown"),
        ("settings.yaml", "text/x-yaml"),
        ("data.json", "application/json"),
        ("logs.txt.gz", "application/octet-stream"),
        ("thing.qqq", "application/octet-stream"),
        ("Makefile", "application/octet-stream"),
    ],
)
def test_the_type_of_a_file_follows_from_its_suffix(tmp_path: Path, name: str, mime_type: str):
    (tmp_path / name).write_bytes(b"x")
    assert RactoFile.from_path(tmp_path / name) == RactoFile(b"x", mime_type, name=name)


def test_a_path_may_be_text(tmp_path: Path):
    (tmp_path / "a.txt").write_bytes(b"x")
    assert RactoFile.from_path(str(tmp_path / "a.txt")).name == "a.txt"


def test_a_path_may_begin_at_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.txt").write_bytes(b"x")
    assert RactoFile.from_path("~/a.txt").data == b"x"


def test_a_missing_file_is_a_file_not_found_error_with_the_nearest_name(tmp_path: Path):
    (tmp_path / "photo.jpg").write_bytes(b"x")
    with pytest.raises(FileNotFoundError, match=r"There is no file .*phto\.jpg'\. Did you mean 'photo\.jpg'\?") as caught:
        RactoFile.from_path(tmp_path / "phto.jpg")
    assert isinstance(caught.value, NotFoundError)
    assert caught.value.filename == str(tmp_path / "phto.jpg")


def test_a_file_in_a_missing_directory_is_missing_too(tmp_path: Path):
    with pytest.raises(MissingFileError, match="Check the path"):
        RactoFile.from_path(tmp_path / "nowhere" / "a.txt")


def test_the_error_of_a_missing_file_survives_pickling():
    error = MissingFileError("phto.jpg", ["photo.jpg"])
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.name, again.suggestions, again.filename) == (str(error), "phto.jpg", ["photo.jpg"], "phto.jpg")


def test_a_directory_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="is a directory"):
        RactoFile.from_path(tmp_path)


@pytest.mark.parametrize("path", ["", "  ", None, 3, b"a.txt"])
def test_a_path_that_names_nothing_is_refused(path: Any):
    with pytest.raises(UsageError, match="needs the path of a file"):
        RactoFile.from_path(path)


@pytest.mark.parametrize(("data", "hint"), [("text", "encode"), (None, "NoneType"), ([1, 2], "list"), (5, "int")])
def test_data_that_is_not_bytes_is_refused(data: Any, hint: str):
    with pytest.raises(UsageError, match=hint):
        RactoFile(data, "text/plain")


@pytest.mark.parametrize("mime_type", ["", "png", "image/", "/png", "image /png", None])
def test_a_mime_type_without_two_parts_is_refused(mime_type: Any):
    with pytest.raises(UsageError, match="no MIME type"):
        RactoFile(b"", mime_type)


def test_a_name_that_is_not_text_is_refused():
    with pytest.raises(UsageError, match="name"):
        RactoFile(b"", "text/plain", name=Path("a.txt"))


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_byte_buffers_are_copied(kind: Any):
    assert RactoFile(kind(b"abc"), "text/plain").data == b"abc"


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "webp", "jpg", "PNG"])
def test_the_images_that_models_read_are_images(kind: str):
    assert RactoFile(b"", f"image/{kind}").is_image


@pytest.mark.parametrize("mime_type", ["image/svg+xml", "image/bmp", "application/pdf", "text/plain"])
def test_other_types_are_no_images(mime_type: str):
    assert not RactoFile(b"", mime_type).is_image


def test_pdf_and_text_are_told_by_their_type():
    assert RactoFile(b"", "application/pdf").is_pdf
    assert RactoFile(b"", "text/csv; charset=utf-8").is_text
    assert not RactoFile(b"", "application/json").is_text


def test_the_repr_counts_the_bytes_and_hides_them():
    shown = repr(RactoFile(b"secret" * 1000, "image/png", name="chart.png"))
    assert shown == "RactoFile(name='chart.png', mime_type='image/png', 6000 bytes)"


def test_files_are_values():
    one, same, other = (RactoFile(data, "text/plain", name="a") for data in (b"1", b"1", b"2"))
    assert one == same != other
    assert len({one, same, other}) == 2
    assert copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(AttributeError):
        one.data = b"2"


@given(data=st.binary(), name=st.text())
def test_a_file_in_a_model_survives_json(data: bytes, name: str):
    class Parcel(BaseModel):
        files: list[RactoFile]

    parcel = Parcel(files=[RactoFile(data, "image/png", name=name)])
    assert Parcel.model_validate_json(parcel.model_dump_json()) == parcel


@given(st.binary())
def test_base64_data_holds_every_byte(data: bytes):
    assert base64.b64decode(RactoFile(data, "image/png").base64_data, validate=True) == data


# UTF-16 text that begins with NUL has the same first bytes as UTF-32; nobody writes such text.
@given(st.text().filter(lambda text: not text.startswith("\0")), st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_text_with_a_byte_order_mark_is_read_in_its_encoding(text: str, encoding: str):
    assert RactoFile(text.encode(encoding), "text/plain").read_text() == text


@given(st.text(st.characters(codec="cp1252")))
def test_text_is_read_in_the_charset_that_its_type_names(text: str):
    assert RactoFile(text.encode("cp1252"), 'text/plain; charset="cp1252"').read_text() == text


def test_bytes_that_are_no_text_are_named_and_not_replaced():
    with pytest.raises(UsageError, match=r"The file 'a\.txt' is not utf-8 text \(byte 3 is 0xe9\).*charset=cp1252"):
        RactoFile(b"caf\xe9", "text/plain", name="a.txt").read_text()


def test_an_encoding_that_does_not_exist_is_named():
    with pytest.raises(RactoGatewayError, match=r"The unnamed text/plain file names an encoding .*'utf-99'"):
        RactoFile(b"x", "text/plain; charset=utf-99").read_text()


def test_a_file_that_may_not_be_read_is_a_typed_os_error_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UnreadableFileError, match=r"secret\.txt' cannot be read: Permission denied") as caught:
        RactoFile.from_path(tmp_path / "secret.txt")
    assert isinstance(caught.value, OSError)
    assert (caught.value.errno, caught.value.filename) == (errno.EACCES, str(tmp_path / "secret.txt"))


def test_a_path_through_a_file_is_a_typed_os_error(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(UnreadableFileError, match="cannot be read: Not a directory"):
        RactoFile.from_path(tmp_path / "file" / "inner.txt")


@pytest.mark.parametrize("path", ["a\x00b.txt", "~nobody-has-this-name/x.txt"])
def test_what_is_no_path_at_all_is_a_usage_error(path: str):
    with pytest.raises(UsageError):
        RactoFile.from_path(path)
