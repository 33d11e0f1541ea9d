"""What is on the disk: killed writers, several at once, torn lines, full disks, compaction."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from colours import run_unblocked

from racto_nb.exceptions import LedgerWarning
from racto_nb.ledger import Ledger, compacting, ledger_at, segments
from racto_nb.ledger.compacting import compact
from racto_nb.ledger.segments import Segments
from racto_nb.models import ChatConfig
from racto_nb.providers.catalog.prices import load_prices
from racto_nb.testing import FakeKit, FakeReply

ASK = ChatConfig(user_message="What is 2 + 2?")
WRITER = """
import sys
from racto_nb.ledger import use
from racto_nb.models import ChatConfig
from racto_nb.testing import FakeKit

use(sys.argv[1])
name, count = sys.argv[2], int(sys.argv[3])
kit = FakeKit(["4"], repeat_last=True, model=name)
for number in range(count):
    kit.chat(ChatConfig(user_message=f"{name} {number}"))
    print(number, flush=True)
"""


def writer(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def counts(folder: Path) -> dict[str, int]:
    return dict(Ledger(folder).sql("SELECT model, count(DISTINCT prompt_hash) FROM calls GROUP BY 1").iter_rows())


def test_a_writer_that_is_killed_loses_no_row_that_it_reported(folder: Path):
    with writer(folder, "killed", 1_000_000) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 300:
                break
        process.send_signal(signal.SIGKILL)
        reported = [int(line) for line in process.stdout if line.endswith("\n")]
    last = max(reported, default=300)
    assert last + 1 <= counts(folder)["killed"] <= last + 3
    with writer(folder, "next", 5) as process:
        assert process.wait() == 0
    assert counts(folder)["next"] == 5
    assert counts(folder)["killed"] > last


def test_four_writers_at_once_lose_and_tear_no_row_while_one_reads(folder: Path):
    processes = [writer(folder, f"w{number}", 200) for number in range(4)]
    seen: list[int] = []
    while any(process.poll() is None for process in processes):
        seen.append(sum(counts(folder).values()))
    assert [process.wait() for process in processes] == [0] * 4
    for process in processes:
        assert process.stdout is not None
        process.stdout.close()
    assert counts(folder) == {f"w{number}": 200 for number in range(4)}
    assert seen == sorted(seen)


def test_a_torn_last_line_is_left_out_and_all_others_are_read(folder: Path):
    load_prices()  # before that a row is written twice
    with ledger_at(folder) as book:
        for _ in range(3):
            FakeKit(["4"]).chat(ASK)
    assert book is not None
    book.close()
    (segment,) = folder.glob("*.jsonl")
    segment.write_bytes(segment.read_bytes()[:-40])
    assert Ledger(folder).total().calls == 2
    with ledger_at(Ledger(folder)):
        FakeKit(["4"]).chat(ASK)
    assert Ledger(folder).total().calls == 3


def test_a_row_that_was_written_in_part_only_is_ended_by_the_next_one(folder: Path, monkeypatch: pytest.MonkeyPatch):
    whole = os.write
    with ledger_at(folder) as book:
        assert book is not None
        FakeKit(["4"]).chat(ASK)
        monkeypatch.setattr(segments.os, "write", lambda number, row: whole(number, row[:50]))
        with pytest.warns(LedgerWarning, match="the disk is full"):
            FakeKit(["4"]).chat(ASK)
        monkeypatch.setattr(segments.os, "write", whole)
        FakeKit(["4"]).chat(ASK)
        assert book.total().calls == 2


@pytest.mark.parametrize("way", [lambda kit: kit.chat(ASK), lambda kit: run_unblocked(kit.achat(ASK))], ids=["chat", "achat"])
def test_a_folder_that_cannot_be_written_costs_one_warning_and_no_call(way: Callable[[FakeKit], Any], tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    kit = FakeKit(["4", "5", "6"])
    with ledger_at(tmp_path / "file" / "ledger") as book, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for content in ("4", "5", "6"):
            assert way(kit).content == content
            assert book is not None
            book.port.settle()  # of a loop's row it is told with the next one
    (told,) = caught
    assert told.category is LedgerWarning
    assert "RACTO_LEDGER" in str(told.message)


def test_a_full_device_costs_one_warning_and_no_call(folder: Path, monkeypatch: pytest.MonkeyPatch):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    monkeypatch.setattr(segments, "_own_segment", lambda _: os.open(full, os.O_WRONLY))
    with ledger_at(folder), pytest.warns(LedgerWarning, match="No space left"):
        assert FakeKit(["4"]).chat(ASK).content == "4"


def test_a_row_that_cannot_be_made_costs_one_warning_and_no_call(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("racto_nb.ledger.entries.price_of", lambda *_, **__: 1 / 0)
    with ledger_at(folder), pytest.warns(LedgerWarning, match="ZeroDivisionError"):
        assert FakeKit(["4"]).chat(ASK).content == "4"


def test_half_a_character_in_an_answer_is_written_as_a_question_mark(folder: Path):
    with ledger_at(folder, texts=True) as book:
        FakeKit([FakeReply(("half \ud83d",))]).chat(ASK)
        assert book is not None
        assert book.frame()["answer"].to_list() == ["half ?"]


def test_a_folder_that_was_removed_is_made_again(folder: Path):
    with ledger_at(folder) as book:
        assert book is not None
        FakeKit(["4"]).chat(ASK)
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        FakeKit(["4"]).chat(ASK)
        assert book.total().calls == 1


def test_only_the_user_can_read_a_ledger(folder: Path):
    with ledger_at(folder):
        FakeKit(["4"]).chat(ASK)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.glob("*.jsonl")} == {0o600}


def runs(folder: Path, count: int) -> None:
    """So many processes, each with one call, which have ended."""
    for number in range(count):
        book = Ledger(folder)
        with ledger_at(book):
            FakeKit(["4"], model=f"m{number}").chat(ASK)
        book.close()


def test_segments_of_processes_that_have_ended_are_put_together_when_somebody_reads(folder: Path):
    runs(folder, segments.MOST_SEGMENTS + 1)
    assert Ledger(folder).total().calls == segments.MOST_SEGMENTS + 1
    assert [file.suffix for file in folder.iterdir() if file.name != "lock"] == [".parquet"]
    runs(folder, 1)
    assert Ledger(folder).total().calls == segments.MOST_SEGMENTS + 2


def test_a_segment_that_is_still_written_stays(folder: Path):
    with ledger_at(folder) as book:
        assert book is not None
        FakeKit(["4"], model="mine").chat(ASK)
        runs(folder, 3)
        assert compact(Segments(folder), most=1)
        assert len(list(folder.glob("*.jsonl"))) == 1
        FakeKit(["4"], model="mine").chat(ASK)
        assert book.total().calls == 5


def test_many_parts_become_one(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compacting, "MOST_PARTS", 3)
    for _ in range(4):
        runs(folder, 2)
        compact(Segments(folder), most=1)
    assert len(list(folder.glob("*.parquet"))) == 1
    assert Ledger(folder).total().calls == 8


def test_who_is_killed_between_the_new_file_and_the_end_of_the_old_ones_leaves_no_row_twice(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    runs(folder, 3)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    assert compact(Segments(folder), most=1)
    monkeypatch.undo()
    assert len(list(folder.glob("*.jsonl"))) == 3
    assert Ledger(folder).total().calls == 3


def test_nobody_puts_segments_together_while_somebody_reads(folder: Path):
    runs(folder, 3)
    with Segments(folder).held_for_reading():
        assert not compact(Segments(folder), most=1)
    assert compact(Segments(folder), most=1)


def test_a_forked_child_writes_a_segment_of_its_own(folder: Path):
    with ledger_at(folder) as book:
        assert book is not None
        FakeKit(["4"]).chat(ASK)
        child = subprocess.run([sys.executable, "-c", FORKING, str(folder)], check=True, capture_output=True, text=True)
        assert child.stdout.split() == ["3"]


FORKING = """
import os, sys
from racto_nb.ledger import ledger_at
from racto_nb.models import ChatConfig
from racto_nb.testing import FakeKit

with ledger_at(sys.argv[1]) as book:
    FakeKit(["4"]).chat(ChatConfig(user_message="Hi"))
    if not (child := os.fork()):
        FakeKit(["5"]).chat(ChatConfig(user_message="Hi"))
        os._exit(0)
    os.waitpid(child, 0)
    print(book.total().calls)
"""


def test_a_damaged_field_is_unknown_and_takes_nothing_from_the_other_rows(folder: Path):
    with ledger_at(folder) as book:
        assert book is not None
        FakeKit(["4"]).chat(ASK)
        (folder / "other.jsonl").write_text('{"id":"5","version":2,"price":"abc"}\n{"id":"6","version":2,"price":"1.5"}\n')
        prices = dict(book.sql("SELECT id, price FROM calls").rows())
    assert (len(prices), prices["5"], prices["6"]) == (3, None, Decimal("1.5"))
