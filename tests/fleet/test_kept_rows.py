"""The file of answers to the rows of a frame: what it holds comes back as it was, also what earlier versions wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.fleet.kept_rows import Done, Keep, KeepSent, Kept, Known, RowsFile, identity_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def known(path: Path) -> Kept:
    file = RowsFile(path, "question")
    try:
        kept = file.send(Known())
    finally:
        file.send(Done())
    assert kept is not None
    return kept


def test_answers_come_back_with_long_integers_and_whatever_is_in_them(path: Path):
    answer = {"content": "half \ud83d, line\u2028\n", "parsed": {"n": 2**64, "x": 1e16, "none": None}}
    file = RowsFile(path, "question")
    file.send(Keep({"one": answer}))
    file.send(KeepSent({"task": ["two"]}, 12.5))
    file.send(Done())
    kept = known(path)
    assert kept.answers == {"one": answer}
    assert type(kept.answers["one"]["parsed"]["n"]) is int
    assert kept.sent == {"task": (["two"], 12.5)}


def test_a_file_of_an_earlier_version_is_read(path: Path):
    path.write_text(
        '{"form":"racto_nb.fleet_rows/1","question":"question"}\n{"sent":"t1","keys":["one"],"at":1}\n'
        '{"sent":"t2","keys":["two"],"at":2.5}\n{"key":"one","answer":{"content":"Ä"}}\n{"read":"t1"}\n{"torn',
        encoding="utf-8",
    )
    kept = known(path)
    assert (kept.answers, kept.sent) == ({"one": {"content": "Ä"}}, {"t2": (["two"], 2.5)})


def test_a_line_that_is_damaged_is_told(path: Path):
    path.write_text('{"form":"racto_nb.fleet_rows/1","question":"question"}\n{"key":"one","answer":\n', encoding="utf-8")
    with pytest.raises(UsageError, match="damaged"):
        known(path)


def test_the_name_of_a_question_stays_what_it_was_and_long_integers_are_part_of_it():
    assert identity_of("worker", {"b": 1, "a": "Ä"}) == "3f6aed0139cb16a2ced6cb88ce3e6c63"
    assert identity_of("worker", {"seed": 2**64}) != identity_of("worker", {"seed": 2**64 + 1})
