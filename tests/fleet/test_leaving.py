"""A frame whose call ends with an error, or whose tasks cannot be taken back: what is raised, and what is open then."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from colours import run_unblocked

from racto_nb.fleet.carrying import Known
from racto_nb.fleet.kept_rows import Done, RowsFile
from racto_nb.fleet.mapper import FrameMapper, Way
from racto_nb.fleet.sending import Look, Post, Seen, TaskStatus
from racto_nb.flow.threads import ThreadedPort

FRAME = pl.DataFrame({"text": ["a", "b"]})


class Broken(ThreadedPort[Any, Any]):
    """Takes tasks, and does nothing more; a look gives `looks`, or raises it."""

    def __init__(self, looks: Exception | TaskStatus) -> None:
        super().__init__("broken")
        self.looks = looks

    def perform(self, request: Any) -> Any:
        if isinstance(request, Post):
            return request.ids
        if not isinstance(request, Look):
            raise OSError("nobody is there")
        if isinstance(self.looks, Exception):
            raise self.looks
        return [Seen(task_id, self.looks) for task_id in request.ids]


class Mapper(FrameMapper):
    def __init__(self, looks: Exception | TaskStatus) -> None:
        self.port = Broken(looks)

    def _way(self) -> Way:
        return Way(self.port, "task", "worker", Known(), lasting=False)


@pytest.fixture(params=["map_frame", "amap_frame"])
def mapped(request: pytest.FixtureRequest) -> Any:
    def run(looks: Exception | TaskStatus, **options: Any) -> Any:
        made = getattr(Mapper(looks), request.param)(FRAME, "text", **options)
        return made if request.param == "map_frame" else run_unblocked(made)

    return run


def test_an_error_is_raised_as_it_is_and_the_checkpoint_is_free(mapped, tmp_path: Path):
    held: list[BaseException] = []  # as a notebook holds the last one
    for _ in range(2):
        with pytest.raises(KeyError, match="a fault") as caught:
            mapped(KeyError("a fault"), checkpoint=tmp_path / "rows.jsonl")
        held.append(caught.value)


def test_rows_are_given_also_where_the_others_cannot_be_taken_back(mapped, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING, logger="racto_nb.fleet"):
        rows = mapped(TaskStatus.STARTED, timeout_s=0)
    assert ["It was taken back" in error for error in rows["error"]] == [True, True]
    assert "1 tasks could not be taken back: OSError: nobody is there" in caplog.text


def test_a_disk_that_fails_at_the_end_leaves_nothing_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import os

    from racto_nb.fleet.kept_rows import Known as Knows

    def full(_: int) -> None:
        raise OSError("no space left")

    file = RowsFile(tmp_path / "rows.jsonl", "question")
    file.send(Knows())
    opened = file._file
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        file.send(Done())
    assert opened is not None
    assert opened.closed


def test_all_that_one_call_tells_of_its_rows_is_of_one_wait(mapped, caplog: pytest.LogCaptureFixture):
    """The bar of a notebook is found by it: two of them would be two bars."""
    with caplog.at_level(logging.INFO, logger="racto_nb.fleet.progress"):
        mapped(TaskStatus.FAILURE)

    assert len(caplog.records) > 1
    assert len({id(record.rows_run) for record in caplog.records}) == 1
