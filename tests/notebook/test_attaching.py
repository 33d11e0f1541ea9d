"""`--attach`: what is read, what is held by a variable, and what is refused before anything is sent."""

from pathlib import Path

import pytest

from racto_nb.exceptions import MissingFileError, TemplateError, UnsupportedError, UsageError
from racto_nb.notebook.magics.attaching import attached
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.wire import Abilities
from racto_nb.testing import FakeKit

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "own.txt").write_text("mine")
    (tmp_path / "notes.md").write_text("# Notes")
    (tmp_path / "data").mkdir()
    (tmp_path / "my table.csv").write_text("a,b")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("notes.md", ("notes.md", "text/markdown", b"# Notes")),
        ("./notes.md", ("notes.md", "text/markdown", b"# Notes")),
        ("my table.csv", ("my table.csv", "text/csv", b"a,b")),
        ("~/own.txt", ("own.txt", "text/plain", b"mine")),
        ("picture", ("picture", "image/png", PNG)),
        ("words", ("words", "text/plain", b"caf\xc3\xa9")),
        ("place", ("notes.md", "text/markdown", b"# Notes")),
        ("file", ("", "application/pdf", b"%PDF")),
    ],
)
def test_files_and_variables_are_found(folder: Path, name: str, found: tuple):
    variables = {
        "picture": PNG,
        "words": bytearray("café".encode()),
        "place": Path("notes.md"),
        "file": RactoFile(b"%PDF", "application/pdf"),
    }
    (file,) = attached([name], variables)
    assert (file.name, file.mime_type, file.data) == found


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
    ],
)
def test_bytes_are_known_by_how_they_begin(data: bytes, kind: str):
    assert attached(["data"], {"data": data})[0].mime_type == kind


def test_bytes_of_an_unknown_kind_are_refused_with_what_to_write():
    with pytest.raises(UsageError, match=r'data_file = RactoFile\(data, "application/…"'):
        attached(["data"], {"data": b"\0\1\2"})


def test_a_variable_goes_before_a_file_and_a_path_means_the_file(folder: Path):
    (folder / "words").write_text("on the disk")
    assert attached(["words"], {"words": b"in the notebook"})[0].data == b"in the notebook"
    assert attached(["./words"], {"words": b"in the notebook"})[0].data == b"on the disk"
    assert attached(["words"], {"words": 5})[0].data == b"on the disk"


def test_a_variable_that_is_no_file_is_named_with_its_type(folder: Path):
    with pytest.raises(UsageError, match="'number' is of the type int"):
        attached(["number"], {"number": 5})


def test_a_missing_file_is_named_with_its_neighbours(folder: Path):
    with pytest.raises(MissingFileError, match=r"no file 'notes\.mb'\. Did you mean 'notes\.md'"):
        attached(["notes.mb"], {})


def test_a_misspelt_variable_is_named_with_its_neighbours(folder: Path):
    with pytest.raises(UsageError, match="Did you mean 'picture'"):
        attached(["pictur"], {"picture": PNG})


def test_a_folder_is_refused(folder: Path):
    with pytest.raises(UsageError, match="'data' is a directory"):
        attached(["data"], {})


def test_the_answer_and_the_dry_run_say_what_was_attached(notebook, folder: Path):
    notebook["picture"], notebook["kit"] = PNG, FakeKit(["fine"], abilities=Abilities(images=True))
    line = "--model kit --attach notes.md --attach picture"
    notebook.ok(f"%%racto --dry-run {line}\nWhat is it?")
    assert "not sent · attached: notes.md (7 bytes), picture (28 bytes)" in notebook.text
    assert "# Notes" in notebook.text
    notebook.ok(f"%%racto {line}\nWhat is it?")
    assert "· attached: notes.md (7 bytes), picture (28 bytes)" in notebook.text
    assert notebook["_racto"].attached == ("notes.md (7 bytes)", "picture (28 bytes)")
    assert notebook["kit"].calls[0]["attachments"] == [("notes.md", "text/markdown"), ("picture", "image/png")]


def test_nothing_is_sent_to_a_model_that_does_not_read_such_files(notebook):
    notebook["picture"], notebook["kit"] = PNG, FakeKit(["fine"], abilities=Abilities(images=False))
    error = notebook.failed("%%racto --model kit --attach picture\nWhat is it?")
    assert isinstance(error, UnsupportedError)
    assert "It takes no images" in str(error)
    assert notebook["kit"].calls == []


def test_a_file_with_a_secret_of_the_environment_is_not_sent(notebook, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RACTO_TEST_TOKEN", "hidden-value-1")
    (folder / "settings.txt").write_text("token = hidden-value-1")
    notebook["kit"] = FakeKit(["fine"])
    error = notebook.failed("%%racto --model kit --attach settings.txt\nWhat is it?")
    assert isinstance(error, TemplateError)
    assert "RACTO_TEST_TOKEN" in str(error)
    assert notebook["kit"].calls == []
