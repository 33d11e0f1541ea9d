"""Files of training data as they are written: whole or not at all, and nothing overwritten unasked."""

from __future__ import annotations

import errno
import gzip
import json
import math
import os
import pickle
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from racto_nb.exceptions import DatasetError, DatasetFileExistsError, DatasetFormatError, UnreadableFileError, UsageError
from racto_nb.finetune import (
    Provenance,
    RactoDataset,
    RactoTrainingExample,
    RactoTrainingMessage,
    TrainingTool,
    TrainingToolCall,
)

DATA = RactoDataset.from_pairs([("What is a list?", "An ordered sequence."), ("ä\u2028\x00", "")], system="Be brief.")
BROKEN = RactoTrainingExample.from_pair("Hi", "half \ud83d")


def beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_example_is_a_line_of_json_as_providers_document_it(tmp_path):
    path = DATA.export_jsonl(tmp_path / "train.jsonl")
    assert path == tmp_path / "train.jsonl"
    assert path.read_text(encoding="utf-8").endswith("\n")
    assert [json.loads(line) for line in path.read_bytes().splitlines()] == [
        {"messages": [{"role": turn.role, "content": turn.content} for turn in example.messages]} for example in DATA
    ]
    assert DATA.to_jsonl_string().encode() == path.read_bytes()
    assert beside(tmp_path) == ["train.jsonl"]


def test_a_file_is_not_overwritten_unasked(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text("mine")
    with pytest.raises(DatasetFileExistsError, match="overwrite=True") as caught:
        DATA.export_jsonl(path)
    assert isinstance(caught.value, FileExistsError)
    assert isinstance(caught.value, DatasetError)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.filename, copy.errno) == (str(caught.value), str(path), errno.EEXIST)
    assert path.read_text() == "mine"
    DATA.export_jsonl(path, "openai", overwrite=True)
    assert RactoDataset.from_jsonl(path) == DATA


def test_a_file_that_comes_up_meanwhile_is_not_overwritten(tmp_path, monkeypatch):
    path = tmp_path / "train.jsonl"
    really = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (path.write_text("theirs"), really(number)))
    with pytest.raises(DatasetFileExistsError):
        DATA.export_jsonl(path)
    assert path.read_text() == "theirs"
    assert beside(tmp_path) == ["train.jsonl"]


def test_where_there_are_no_links_a_file_is_written_all_the_same(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", refuse)
    path = DATA.export_jsonl(tmp_path / "train.jsonl")
    assert beside(tmp_path) == ["train.jsonl"]
    with pytest.raises(DatasetFileExistsError):
        DATA.export_jsonl(path)


def test_an_example_that_cannot_be_written_is_named_and_nothing_changes(tmp_path):
    path = DATA.export_jsonl(tmp_path / "train.jsonl")
    for broken, told in [
        (BROKEN, "half of a letter"),
        (msgspec.structs.replace(DATA[0], preferred=DATA[0].messages), "preferred"),
        (RactoTrainingExample((RactoTrainingMessage("user", "Hi", extra={"score": math.nan}),)), "JSON"),
        (RactoTrainingExample((RactoTrainingMessage("user", "Hi", extra={"score": object()}),)), "JSON"),
    ]:
        data = RactoDataset([*list(DATA) * 200, broken])
        with pytest.raises(DatasetFormatError, match=r"^Example 400 cannot be written") as caught:
            data.export_jsonl(path, overwrite=True)
        assert told in str(caught.value)
        assert (caught.value.example, caught.value.format) == (400, "openai")
        assert RactoDataset.from_jsonl(path) == DATA
        assert beside(tmp_path) == ["train.jsonl"]


def test_what_has_more_than_texts_is_written_by_its_format(tmp_path):
    rich = RactoDataset(
        [
            *DATA,
            RactoTrainingExample(
                (
                    RactoTrainingMessage("user", "Weather?", name="Ada"),
                    RactoTrainingMessage("assistant", tool_calls=[TrainingToolCall("f", '{"a":  1}', "c1")], weight=0),
                    RactoTrainingMessage("tool", "", tool_call_id="c1"),
                    RactoTrainingMessage("assistant", "Sun."),
                ),
                tools=[TrainingTool("f", "The weather", {"type": "object", "properties": {"big": {"const": 2**70}}})],
            ),
            *DATA,
        ]
    )
    assert RactoDataset.from_jsonl(rich.export_jsonl(tmp_path / "rich.jsonl")) == rich


def test_tags_and_origin_are_not_in_what_a_provider_gets(tmp_path):
    example = msgspec.structs.replace(DATA[0], tags={"label": "a"}, provenance=Provenance("file"))
    assert RactoDataset([example]).to_jsonl_string() == DATA[:1].to_jsonl_string()


def test_a_path_that_ends_in_gz_is_packed_and_equal_data_make_equal_files(tmp_path):
    one, other = (DATA.export_jsonl(tmp_path / name) for name in ("a.jsonl.gz", "b.jsonl.gz"))
    assert gzip.decompress(one.read_bytes()).decode() == DATA.to_jsonl_string()
    assert one.read_bytes() == other.read_bytes()
    assert RactoDataset.from_jsonl(one) == DATA


def test_rights_are_the_usual_ones_of_a_new_file_and_kept_of_one_that_is_replaced(tmp_path):
    usual, path = tmp_path / "usual", tmp_path / "train.jsonl"
    usual.touch()
    DATA.export_jsonl(path)
    assert path.stat().st_mode == usual.stat().st_mode
    path.chmod(0o640)
    DATA.export_jsonl(path, overwrite=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "train.jsonl", tmp_path / "link.jsonl"
    real.write_text("old")
    link.symlink_to(real)
    DATA.export_jsonl(link, overwrite=True)
    assert link.is_symlink()
    assert RactoDataset.from_jsonl(real) == DATA


def test_places_where_nothing_can_be_written_are_named(tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        DATA.export_jsonl(tmp_path, overwrite=True)
    with pytest.raises(UnreadableFileError, match="no folder"):
        DATA.export_jsonl(tmp_path / "new" / "train.jsonl")
    with pytest.raises(UsageError, match=r"train\.jsonl"):
        DATA.export_jsonl("")
    with pytest.raises(UnreadableFileError, match="cannot be written"):
        DATA.export_jsonl(tmp_path / ("n" * 300), overwrite=True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_what_is_no_ordinary_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no ordinary file"):
        DATA.export_jsonl(tmp_path / "pipe", overwrite=True)


def test_a_folder_that_may_not_be_written_is_named(tmp_path, a_user):
    tmp_path.chmod(0o500)
    try:
        with a_user(), pytest.raises(UnreadableFileError, match="as it was"):
            DATA.export_jsonl(tmp_path / "train.jsonl")
    finally:
        tmp_path.chmod(0o700)


_EXPORTER = """
import sys
from racto_nb.finetune import RactoDataset
data = RactoDataset.from_pairs([("question " * 50, "answer " * 50)] * 20_000)
print("ready", flush=True)
while True:
    data.export_jsonl(sys.argv[1], overwrite=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
def test_the_file_is_whole_however_the_program_dies(tmp_path):
    path = DATA.export_jsonl(tmp_path / "train.jsonl")
    sizes: set[int] = set()
    for wait in (0.0, 0.015, 0.04, 0.09):
        child = subprocess.Popen([sys.executable, "-c", _EXPORTER, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        sizes.add(len(RactoDataset.from_jsonl(path)))
    assert sizes <= {len(DATA), 20_000}


def test_an_interrupt_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = DATA.export_jsonl(tmp_path / "train.jsonl")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        DATA[:1].export_jsonl(path, overwrite=True)
    assert RactoDataset.from_jsonl(path) == DATA
    assert beside(tmp_path) == ["train.jsonl"]
