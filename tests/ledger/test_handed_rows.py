"""Rows of event loops, which the ledger's thread writes a little later."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest
from colours import run_unblocked

from racto_nb.ledger import Ledger, ledger_at
from racto_nb.models import ChatConfig
from racto_nb.testing import FakeKit

ASK = ChatConfig(user_message="Hi")


def test_rows_of_many_tasks_are_all_written_and_a_reader_waits_for_them(tmp_path: Path):
    kit = FakeKit(["4"], repeat_last=True)

    async def many() -> None:
        await asyncio.gather(*(kit.achat(ASK) for _ in range(200)))

    with ledger_at(tmp_path / "ledger") as book:
        assert book is not None
        run_unblocked(many())
        assert book.total().calls == 200
        kit.chat(ASK)
        assert book.total().calls == 201


def test_rows_are_written_without_a_reader(tmp_path: Path):
    with ledger_at(tmp_path / "ledger"):
        run_unblocked(FakeKit(["4"]).achat(ASK))
        deadline = time.monotonic() + 30
        while not any(path.stat().st_size for path in (tmp_path / "ledger").glob("*.jsonl")):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_loops_of_several_threads_share_one_ledger(tmp_path: Path):
    async def on_threads() -> None:
        await asyncio.gather(*(asyncio.to_thread(lambda: asyncio.run(FakeKit(["4"]).achat(ASK))) for _ in range(8)))

    with ledger_at(tmp_path / "ledger") as book:
        assert book is not None
        asyncio.run(on_threads())
        assert book.total().calls == 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_writes_its_own_rows_and_none_of_its_parents(tmp_path: Path):
    with ledger_at(tmp_path / "ledger") as book:
        assert book is not None
        run_unblocked(FakeKit(["4"]).achat(ASK))  # waits to be written while the child begins
        child = os.fork()
        if child == 0:
            asyncio.run(FakeKit(["4"]).achat(ASK))
            book.port.settle()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert book.total().calls == 2
        assert isinstance(book, Ledger)
