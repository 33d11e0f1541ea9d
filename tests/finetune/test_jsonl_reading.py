"""Files of training data as they come: what is read of them, and what is said of a bad line."""

from __future__ import annotations

import codecs
import gzip
import json
import os
from pathlib import Path

import pytest

from racto_nb.exceptions import (
    DatasetFormatError,
    MissingFileError,
    TooLargeFileError,
    UnreadableFileError,
    UsageError,
)
from racto_nb.finetune import RactoDataset, RactoTrainingExample, line_blocks
from racto_nb.finetune.line_blocks import blocks
from racto_nb.finetune.record_lines import plain_examples

PAIRS = [("What is a list?", "An ordered sequence."), ("What is a dict?", 'Keys and values: {"a": 1} — "pairs"\n\\')]
DATA = RactoDataset.from_pairs(PAIRS, system="Be brief.")
LINE = '{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}'
TOOLS = (
    '{"messages": [{"role": "user", "content": "Hi", "name": "Ada"}, {"role": "assistant", "tool_calls": '
    '[{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}]}'
)


def written(folder: Path, content: bytes, name: str = "train.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "change",
    {
        "as it is": lambda text: text,
        "a byte order mark": lambda text: codecs.BOM_UTF8 + text,
        "carriage returns": lambda text: text.replace(b"\n", b"\r\n"),
        "no last line feed": lambda text: text.rstrip(b"\n"),
        "blank lines": lambda text: b"\n" + text.replace(b"\n", b"\n \n\t\n"),
        "spaces around": lambda text: b"  " + text.replace(b"\n", b"  \n  "),
        "gzip": gzip.compress,
        "gzip of a byte order mark": lambda text: gzip.compress(codecs.BOM_UTF8 + text),
        "a list": lambda text: b"\n[" + b",\n".join(text.splitlines()) + b"]\n",
        "a list over many lines": lambda text: json.dumps([json.loads(line) for line in text.splitlines()], indent=2).encode(),
    }.items(),
    ids=lambda change: change[0],
)
@pytest.mark.parametrize("provider", ["openai", "auto", None])
def test_a_file_is_read_however_it_is_laid_out(tmp_path, change, provider):
    text = DATA.to_jsonl_string().encode()
    assert RactoDataset.from_jsonl(written(tmp_path, change[1](text)), provider) == DATA


def test_an_empty_file_is_an_empty_dataset(tmp_path):
    assert len(RactoDataset.from_jsonl(written(tmp_path, b""))) == 0
    assert len(RactoDataset.from_jsonl(written(tmp_path, b"\n\n"))) == 0


BAD = {
    "no JSON": (b'{"messages": [', "no JSON"),
    "a pretty record": (b"{", "on one line"),
    "a list in the middle": (b"[1]", "a list and no object"),
    "a number": (b"7", "a number and no object"),
    "another form": (b'{"question": "a", "answer": "b"}', "messages"),
    "bytes of Latin-1": (b'{"messages": [{"role": "user", "content": "caf\xe9"}]}', "0xe9"),
    "a key twice": (b'{"messages": [{"role": "user", "content": "a", "content": "b"}]}', "'content' is there twice"),
    "a record twice": (f"{LINE}{LINE}".encode(), "Extra data"),
    "a key twice behind backslashes": (
        rb'{"messages": [{"role": "user", "content": "a\\", "content": "b\\"}, {"role": "user", "content": "\\"}]}',
        "'content' is there twice",
    ),
    "half a letter": (rb'{"messages": [{"role": "user", "content": "\ud83d"}]}', "half of a letter"),
    "not a number": (b'{"messages": [], "score": NaN}', "NaN is no number"),
    "too large a number": (b'{"messages": [], "score": 1e999}', "1e999 is no number"),
    "an integer without end": (b'{"messages": [], "score": ' + b"9" * 5000 + b"}", "cannot be kept"),
    "nested too deeply": (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    "no role": (b'{"messages": [{"content": "Hi"}]}', "role"),
    "a number as a text": (b'{"messages": [{"role": "user", "content": 7}]}', "content"),
}


@pytest.mark.parametrize(("line", "told"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("others", [LINE, TOOLS], ids=["plain", "tools"])
def test_a_bad_line_is_named_with_the_reason_and_how_it_begins(tmp_path, line, told, others):
    path = written(tmp_path, b"\n".join([others.encode(), b"", line, others.encode()]))
    with pytest.raises(DatasetFormatError, match=r"^Line 3 of 'train.jsonl' cannot be read") as caught:
        RactoDataset.from_jsonl(path)
    assert told in str(caught.value)
    assert caught.value.line == 3
    assert len(str(caught.value)) < 600
    kept = RactoDataset.from_jsonl(path, on_error="collect")
    assert len(kept) == 2
    assert [bad.line for bad in kept.rejected] == [3]
    assert told in str(kept.rejected[0])


def test_nothing_is_rejected_where_all_is_well_and_in_datasets_made_of_it(tmp_path):
    path = written(tmp_path, f"{LINE}\n7\n{LINE}\n".encode())
    kept = RactoDataset.from_jsonl(path, on_error="collect")
    assert str(kept.rejected[0]) == "Line 2: This is JSON, but a number and no object. It begins: '7'"
    assert kept[:1].rejected == ()
    assert DATA.rejected == ()


def test_a_bad_record_of_a_list_is_counted(tmp_path):
    path = written(tmp_path, f"[{LINE},\n\n 7]".encode())
    with pytest.raises(DatasetFormatError, match=r"^Record 2 of 'train.jsonl'.*not int") as caught:
        RactoDataset.from_jsonl(path)
    assert caught.value.line is None
    assert len(RactoDataset.from_jsonl(path, on_error="collect")) == 1
    with pytest.raises(DatasetFormatError, match="begins with a bracket"):
        RactoDataset.from_jsonl(written(tmp_path, b"[not a list\n"))


def test_a_torn_last_line_is_named(tmp_path):
    text = DATA.to_jsonl_string().encode()
    with pytest.raises(DatasetFormatError, match="Line 2"):
        RactoDataset.from_jsonl(written(tmp_path, text[:-20]))


def test_lines_are_counted_over_pieces_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(line_blocks, "BLOCK", 100)
    lines = [LINE] * 20 + [TOOLS] * 20 + ["", "7"] + [LINE] * 20
    with pytest.raises(DatasetFormatError, match="Line 42 "):
        RactoDataset.from_jsonl(written(tmp_path, "\n".join(lines).encode()))
    kept = RactoDataset.from_jsonl(written(tmp_path, "\r\n".join(lines).encode()), on_error="collect")
    assert (len(kept), kept.rejected[0].line) == (60, 42)


def test_another_form_is_named_where_the_record_looks_like_it(tmp_path):
    pair = {
        "input": {"messages": [{"role": "user", "content": "Hi"}]},
        "preferred_output": [{"role": "assistant", "content": "Hello"}],
        "non_preferred_output": [{"role": "assistant", "content": "What?"}],
    }
    path = written(tmp_path, json.dumps(pair).encode())
    with pytest.raises(DatasetFormatError, match="provider='openai_dpo'"):
        RactoDataset.from_jsonl(path)
    assert RactoDataset.from_jsonl(path, "auto")[0].rejected[0].content == "What?"
    with pytest.raises(DatasetFormatError, match=r"no known format: it has 'a', 'b'\."):
        RactoDataset.from_jsonl(written(tmp_path, b'{"a": 1, "b": 2}'), None)


def test_unknown_words_are_refused_before_the_file_is_opened(tmp_path):
    with pytest.raises(UsageError, match="'openai'"):
        RactoDataset.from_jsonl(tmp_path / "none.jsonl", "openia")
    with pytest.raises(UsageError, match="collect"):
        RactoDataset.from_jsonl(tmp_path / "none.jsonl", on_error="skip")


def test_a_path_that_leads_nowhere_is_named_with_what_is_near(tmp_path):
    written(tmp_path, b"", "train.jsonl")
    with pytest.raises(MissingFileError, match=r"train\.jsonl"):
        RactoDataset.from_jsonl(tmp_path / "trian.jsonl")
    with pytest.raises(UsageError, match="is a folder"):
        RactoDataset.from_jsonl(tmp_path)


def test_a_file_that_may_not_be_read_is_named(tmp_path, a_user):
    path = written(tmp_path, b"")
    path.chmod(0)
    with a_user(), pytest.raises(UnreadableFileError, match="permissions"):
        RactoDataset.from_jsonl(path)


FOREIGN = {
    "zstd": (b"\x28\xb5\x2f\xfd123", "zstd -d"),
    "parquet": (b"PAR1123", "from_parquet"),
    "zip": (b"PK\x03\x04123", "zip archive"),
    "utf-16": (LINE.encode("utf-16"), "UTF-16"),
    "utf-16 without a mark": (LINE.encode("utf-16-le"), "UTF-16"),
    "a program": (b"\x7fELF\x02\0\0", "no text"),
    "packed twice": (gzip.compress(b"PK\x03\x04123"), "zip archive"),
}


@pytest.mark.parametrize(("content", "told"), FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("on_error", ["raise", "collect"])
def test_what_is_no_text_is_refused_as_a_whole(tmp_path, content, told, on_error):
    with pytest.raises(DatasetFormatError, match=told):
        RactoDataset.from_jsonl(written(tmp_path, content), on_error=on_error)


@pytest.mark.parametrize("damage", [lambda data: data[:-12], lambda data: data[:20] + b"\xff\xff\xff" + data[23:]])
def test_a_damaged_gzip_file_is_named(tmp_path, damage):
    packed = gzip.compress(os.urandom(10_000).hex().encode())
    with pytest.raises((UnreadableFileError, DatasetFormatError)):
        RactoDataset.from_jsonl(written(tmp_path, damage(packed)))


def test_a_line_without_end_is_refused_and_not_held(tmp_path):
    path = written(tmp_path, b"x" * 300_000)
    with path.open("rb") as file, pytest.raises(TooLargeFileError, match="longer than 1,000 bytes"):
        list(blocks(file, "'train.jsonl'", longest=1000))


def test_a_long_line_is_read(tmp_path):
    long = RactoDataset([RactoTrainingExample.from_pair("a" * 1_000_000, "b"), *DATA])
    assert RactoDataset.from_jsonl(long.export_jsonl(tmp_path / "train.jsonl")) == long


def test_two_records_on_a_line_are_not_taken_for_two_lines():
    assert plain_examples(f"{LINE}\n{LINE}\n".encode()) is not None
    assert plain_examples(f"{LINE}{LINE}\n\n".encode()) is None
    broken = LINE.replace("[", "[\n")
    assert plain_examples(f"{LINE}{broken}\n".encode()) is None
    assert plain_examples(f"{broken}\n".encode()) is None


@pytest.mark.parametrize("key", ["attachments", "parts", "tool_calls", "extra", "tags", "provenance", "name", "weight"])
@pytest.mark.parametrize("value", ["[]", "null", '""', "{}", '["a"]'])
def test_a_key_that_is_called_like_a_field_of_ours_is_read_by_the_format(key, value):
    turn = f'{{"messages": [{{"role": "user", "content": "Hi", "{key}": {value}}}]}}\n'
    record = f'{{"messages": [{{"role": "user", "content": "Hi"}}], "{key}": {value}}}\n'
    assert plain_examples(turn.encode()) is None
    assert plain_examples(record.encode()) is None


async def test_files_are_read_and_written_beside_the_loop(tmp_path):
    path = await DATA.aexport_jsonl(tmp_path / "train.jsonl")
    assert await RactoDataset.afrom_jsonl(path) == DATA
