"""What is no file, cannot be read or is too much is said with the file's name, and what to do."""

from __future__ import annotations

import io
import os
import pickle
from pathlib import Path

import pytest

from racto_nb.exceptions import (
    MissingFileError,
    RactoGatewayError,
    TooLargeFileError,
    UnreadableFileError,
    UnsupportedFileError,
    UsageError,
    WrongTypeError,
)
from racto_nb.rag import documents
from racto_nb.rag.readers import BaseReader, FileReaderRegistry, PdfReader, TextReader


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text("Hello", encoding="utf-8")
    return path


def test_a_path_bytes_and_an_open_file_are_read_alike(notes):
    with notes.open("rb") as file:
        texts = [
            TextReader().read(source).content for source in (notes, str(notes), notes.read_bytes(), file, io.BytesIO(b"Hello"))
        ]

    assert texts == ["Hello"] * 5


def test_the_source_is_the_path_as_it_was_given(notes, monkeypatch):
    monkeypatch.chdir(notes.parent)

    assert TextReader().read("notes.txt").source == "notes.txt"
    assert TextReader().read(notes).source == str(notes)
    assert TextReader().read(b"Hello").source == "bytes"
    with notes.open("rb") as file:
        assert TextReader().read(file).source == str(notes)


def test_the_metadata_say_what_was_read(notes):
    assert TextReader().read(notes).metadata == {
        "file_name": "notes.txt",
        "file_size": 5,
        "reader": "TextReader",
        "encoding": "utf-8",
    }


def test_a_missing_file_is_told_with_the_nearest_names(notes):
    with pytest.raises(MissingFileError, match=r"Did you mean 'notes\.txt'") as told:
        TextReader().read(notes.with_name("note.txt"))

    assert told.value.suggestions == ["notes.txt"]
    assert isinstance(told.value, FileNotFoundError)


def test_a_directory_is_no_file(tmp_path):
    for reader in (TextReader(), FileReaderRegistry()):
        with pytest.raises(UsageError, match=r"is a directory.*ingest_dir"):
            reader.read(tmp_path)


def test_a_file_behind_a_file_is_missing(notes):
    with pytest.raises(MissingFileError):
        TextReader().read(notes / "more.txt")


def test_an_empty_file_is_an_error_that_names_it(tmp_path):
    (tmp_path / "empty.txt").touch()
    (tmp_path / "blank.txt").write_text(" \n\n", encoding="utf-8")

    with pytest.raises(UnreadableFileError, match=r"empty\.txt' is empty"):
        TextReader().read(tmp_path / "empty.txt")
    with pytest.raises(UnreadableFileError, match=r"blank\.txt' cannot be used: It holds no text"):
        TextReader().read(tmp_path / "blank.txt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")

    with pytest.raises(UnreadableFileError, match="no regular file"):
        TextReader().read(tmp_path / "pipe.txt")


def test_what_may_not_be_read_is_said(notes, monkeypatch):
    def refuse(self, *arguments, **named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read all

    with pytest.raises(UnreadableFileError, match=r"Permission denied\. Check its permissions") as told:
        TextReader().read(notes)
    assert (told.value.errno, told.value.filename) == (13, str(notes))


def test_more_bytes_than_the_limit_are_refused_before_they_are_read(notes):
    for source in (notes, b"Hello", io.BytesIO(b"Hello")):
        with pytest.raises(TooLargeFileError, match="max_bytes"):
            TextReader(max_bytes=4).read(source)
    assert TextReader(max_bytes=5).read(notes).content == "Hello"


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "9"])
def test_a_limit_is_a_number_of_bytes(size):
    with pytest.raises(UsageError, match="max_bytes"):
        TextReader(max_bytes=size)


def test_a_file_opened_as_text_or_closed_or_no_file_says_so(notes):
    with notes.open(encoding="utf-8") as file, pytest.raises(WrongTypeError, match="mode 'rb'"):
        TextReader().read(file)
    with notes.open("rb") as closed:
        pass
    with pytest.raises(UsageError, match="closed file"):
        TextReader().read(closed)
    with pytest.raises(WrongTypeError, match="not int"):
        TextReader().read(7)


@pytest.mark.parametrize("path", ["", "  ", "no\0path.txt", "~nobody_of_this_name/a.txt"])
def test_what_is_no_path_is_a_usage_error(path):
    with pytest.raises(UsageError):
        TextReader().read(path)


def test_the_errors_survive_a_process(notes):
    with pytest.raises(TooLargeFileError) as told:
        TextReader(max_bytes=1).read(notes)

    again = pickle.loads(pickle.dumps(told.value))
    assert (type(again), str(again), again.filename) == (TooLargeFileError, str(told.value), str(notes))


class Shout(BaseReader):
    supported_extensions = frozenset({".txt", ".SHOUT"})

    def read(self, source):
        return documents.Document(content="!", source=str(source))


def test_a_registry_knows_all_readers_and_takes_others(notes):
    registry = FileReaderRegistry()
    assert registry.read(notes).content == "Hello"
    assert {".txt", ".md", ".pdf"} <= registry.supported_extensions
    assert isinstance(registry.get_reader("A.PDF"), PdfReader)

    registry.register(Shout())

    assert registry.read(notes).content == "!"
    assert registry.can_read("x.shout")


def test_a_registry_that_is_given_readers_knows_those_alone():
    registry = FileReaderRegistry([TextReader()])

    assert registry.can_read("a.txt")
    assert not registry.can_read("a.pdf")
    assert FileReaderRegistry([]).supported_extensions == frozenset()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("a.pfd", r"\.pfd.*Did you mean '?\.pdf \(racto-nb\[rag-pdf\]\)"),
        ("a.mp3", r"Known: .*\.txt.*register a reader of your own"),
        ("README", "has no ending"),
        (".gitignore", "has no ending"),
    ],
)
def test_an_unknown_ending_is_told_with_the_nearest_and_what_brings_it(path, told):
    registry = FileReaderRegistry()

    with pytest.raises(UnsupportedFileError, match=told):
        registry.read(path)
    assert not registry.can_read(path)


def test_a_known_ending_without_a_file_is_a_missing_file():
    with pytest.raises(MissingFileError):
        FileReaderRegistry().read("nowhere.txt")


class Endless(Shout):
    supported_extensions = frozenset({"txt"})


@pytest.mark.parametrize("reader", [TextReader, "TextReader", None, Endless()])
def test_what_is_no_reader_is_not_registered(reader):
    with pytest.raises(UsageError):
        FileReaderRegistry().register(reader)
    with pytest.raises(UsageError):
        FileReaderRegistry([reader])


@pytest.mark.parametrize("path", [b"bytes", 3, None])
def test_a_registry_takes_paths(path):
    for asked in (FileReaderRegistry().read, FileReaderRegistry().can_read):
        with pytest.raises(RactoGatewayError, match="give a path"):
            asked(path)
