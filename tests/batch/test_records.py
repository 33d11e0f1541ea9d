"""Job files: what they say, also when a program died in the middle of a line, and who may hand a job in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from colours import COLOURS
from hypothesis import given
from hypothesis import strategies as st

from racto_nb._paths import jobs_folder
from racto_nb.batch.errors import BatchError
from racto_nb.batch.job_files import Claim, Create, Find, Forget, JobFiles, Note, NoteEnd, Torn, Unread
from racto_nb.batch.records import Draft, ItemLine, JobLine, PartLine, encoded_line, record_from
from racto_nb.exceptions import UnreadableFileError
from racto_nb.flow.effects import close_stream, next_event, open_stream, send
from racto_nb.models.batches import BatchStatus

DRAFT = Draft(
    "openai", "host", "m", "24h", "digest", ("/responses", "/chat/completions"), (ItemLine("a", "d1", 0), ItemLine("b", "d2", 1))
)
FIRST = JobLine("racto-batch-1", "openai", "host", "m", "24h", 1.0, "digest", ("/responses",), (ItemLine("ü", "d", 0),))
WHOLE = [
    encoded_line(FIRST),
    encoded_line(PartLine(0, "submitting", 2.0)),
    encoded_line(PartLine(0, "submitted", 3.0, "batch_1")),
]


@given(st.integers(0, sum(map(len, WHOLE))))
def test_a_file_that_was_cut_anywhere_is_read_as_far_as_its_whole_lines(length):
    content = b"".join(WHOLE)[:length]
    record = record_from(content)
    lines = content.count(b"\n")
    assert (record is None) == (lines == 0)
    if record is not None:
        assert (record.parts[0].tried is not None) == (lines >= 2)
        assert record.submitted == (lines == 3)
        assert record.job_id == ("batch_1" if lines == 3 else "racto-batch-1")


def test_a_part_that_was_refused_was_not_tried():
    record = record_from(b"".join([*WHOLE[:2], encoded_line(PartLine(0, "refused", 3.0))]))
    assert record.parts[0].tried is None


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    return JobFiles(tmp_path / "jobs")


def done(files: JobFiles, wish: Any) -> Any:
    return files.send(wish)


def test_a_job_is_found_by_our_name_and_by_each_of_the_providers(files):
    record = done(files, Create(DRAFT))
    assert record.status is BatchStatus.PENDING
    done(files, Note(record.ref, 0, "submitting"))
    done(files, Note(record.ref, 0, "submitted", "batch_1"))
    record = done(files, Note(record.ref, 1, "submitted", "batch_2"))
    assert record.submitted
    assert record.job_id == record.ref
    assert [done(files, Find(name, "openai", "host")).ref for name in (record.ref, "batch_1", "batch_2")] == [record.ref] * 3
    assert done(files, Find("batch_3", "openai", "host")) is None
    assert done(files, Find("a", "openai", "host")) is None


def test_of_two_jobs_of_one_name_the_one_at_this_host_is_found(files):
    """Servers of tests and gateways count their jobs alike."""
    for host in ("elsewhere", "host", "nowhere"):
        record = done(files, Create(replace(DRAFT, host=host, operations=("/responses",), items=DRAFT.items[:1])))
        done(files, Note(record.ref, 0, "submitted", "batch_1"))
    assert done(files, Find("batch_1", "openai", "host")).host == "host"
    assert done(files, Find("batch_1", "openai", "another")) is not None


def test_what_was_read_is_not_listed_as_unread(files):
    first, second = done(files, Create(DRAFT)), done(files, Create(DRAFT))
    assert {record.ref for record in done(files, Unread("openai", "host"))} == {first.ref, second.ref}
    assert done(files, Unread("openai", "elsewhere")) == []
    record = done(files, NoteEnd(first.ref, BatchStatus.EXPIRED, read=True))
    assert (record.status, record.read) == (BatchStatus.EXPIRED, True)
    assert [record.ref for record in done(files, Unread("openai", "host"))] == [second.ref]
    done(files, Forget(second.ref))
    assert done(files, Unread("openai", "host")) == []


def test_half_a_line_at_the_end_is_taken_away_before_the_next_one(files):
    record = done(files, Create(DRAFT))
    path = files.folder / f"{record.ref}.jsonl"
    path.write_bytes(path.read_bytes() + b'{"record":"part","par')
    record = done(files, Note(record.ref, 0, "submitted", "batch_1"))
    assert record.parts[0].job == "batch_1"
    assert path.read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
def test_one_at_a_time_hands_a_job_in(colour, files):
    record = files.send(Create(DRAFT))
    assert files.send(Torn("digest")).ref == record.ref

    def claimed():
        claim = yield from open_stream(files, Claim(record.ref))
        assert (yield from next_event(claim)).ref == record.ref
        assert (yield from send(files, Torn("digest"))) is None
        with pytest.raises(BatchError, match="being submitted by another"):
            files._claimed(record.ref) if colour.name == "sync" else (yield from open_stream(files, Claim(record.ref)))
        yield from close_stream(claim)
        return (yield from send(files, Torn("digest")))

    assert colour.run(claimed()).ref == record.ref


def test_a_job_that_is_at_the_provider_is_not_torn(files):
    record = files.send(Create(DRAFT))
    for number in (0, 1):
        files.send(Note(record.ref, number, "submitted", f"batch_{number}"))
    assert files.send(Torn("digest")) is None


def test_a_file_that_is_no_job_file_is_named(files):
    files.folder.mkdir()
    (files.folder / "racto-batch-odd.jsonl").write_text("not json\n")
    with pytest.raises(UnreadableFileError, match="racto-batch-odd"):
        files.send(Unread("openai", "host"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnreadableFileError, match="Give another folder"):
        JobFiles(tmp_path / "file").send(Create(DRAFT))


def test_the_folder_is_as_given_else_of_the_environment_else_of_the_user(monkeypatch, tmp_path):
    assert jobs_folder(tmp_path / "own") == tmp_path / "own"
    monkeypatch.setenv("RACTO_BATCH_DIR", str(tmp_path / "env"))
    assert jobs_folder(None) == tmp_path / "env"
    monkeypatch.delenv("RACTO_BATCH_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert jobs_folder(None).name == "batches"
