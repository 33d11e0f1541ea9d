"""Ingestions that run beside the cells: begun, cancelled, found and gone on with in another session."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from racto_nb.exceptions import IngestWarning, MissingFileError, NotFoundError, UsageError
from racto_nb.ledger import Ledger, ledger_at
from racto_nb.rag import RactoRAG
from racto_nb.rag.embedders import BaseEmbedder
from racto_nb.rag.stores import DuckDBStore
from racto_nb.testing import FakeKit


class Slow(BaseEmbedder):
    """Embeds a text when it may; counts what it was asked."""

    dimension, identity = 2, "slow"

    def __init__(self):
        self.may, self.asked = threading.Event(), 0

    def embed(self, texts):
        self.may.wait(20)
        self.asked += len(texts)
        return [[1.0, float(len(text))] for text in texts]

    async def aembed(self, texts):
        while not self.may.is_set():  # noqa: ASYNC110  (another thread sets it)
            await asyncio.sleep(0.01)
        self.asked += len(texts)
        return [[1.0, float(len(text))] for text in texts]


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("RACTO_INGEST_DIR", str(tmp_path / "ingestions"))


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"Text number {number}.")
    return folder


def test_it_runs_beside_the_caller_and_says_what_it_cost(docs):
    with ledger_at(Ledger(":memory:")) as ledger, RactoRAG(embedder=FakeKit()) as rag:
        begun = rag.ingestions.begin(docs, "**/[01].txt", topic="numbers")
        report = rag.ingestions.wait_for_completion(begun.id)
        (told,) = rag.ingestions.list_jobs()

        assert len(report.of("added")) == 2
        assert (told.status, told.files, told.done, told.cost) == ("done", 2, 2, None)  # nobody knows the price of a fake
        assert rag.retrieve("number")[0].chunk.metadata.extra["topic"] == "numbers"
        assert ledger.total().calls >= 1  # what was overheard is in the ledger too

        rag.ingestions.wait_for_completion(rag.ingestions.begin(docs, "**/[01].txt", topic="numbers").id)
        assert rag.ingestions.list_jobs()[0].cost == Decimal(0)  # nothing was new, so that nobody was asked


def test_what_no_ledger_hears_of_has_no_price(docs):
    slow = Slow()
    slow.may.set()
    with RactoRAG(embedder=slow) as rag:
        begun = rag.ingestions.begin(docs)
        rag.ingestions.wait_for_completion(begun.id)

        assert rag.ingestions.list_jobs()[0].cost is None


def test_a_cancelled_one_is_gone_on_with_in_another_session_and_nothing_is_embedded_twice(docs, tmp_path):
    first = Slow()
    with RactoRAG(DuckDBStore(tmp_path / "store"), embedder=first) as rag:
        begun = rag.ingestions.begin(docs)
        with pytest.raises(UsageError, match="under way"):
            rag.ingestions.begin(docs)
        rag.ingestions.cancel(begun.id)
        with pytest.raises(UsageError, match="cancelled"):
            rag.ingestions.wait_for_completion(begun.id)
        first.may.set()
        rag.ingest(docs / "0.txt")

    later = Slow()
    later.may.set()
    with RactoRAG(DuckDBStore(tmp_path / "store"), embedder=later) as rag:
        assert [(each.id, each.status) for each in rag.ingestions.list_jobs()] == [(begun.id, "cancelled")]
        again = rag.ingestions.resume(begun.id)
        report = rag.ingestions.wait_for_completion(again.id)

        assert (again.id, again.runs, len(report.of("unchanged")), later.asked) == (begun.id, 2, 1, 2)


KILLED = """
import sys, time
from racto_nb.rag import RactoRAG
from racto_nb.rag.stores import DuckDBStore
from racto_nb.testing import FakeKit
class Waits:
    def can_read(self, path): return True
    def read(self, path): time.sleep(60)
rag = RactoRAG(DuckDBStore(sys.argv[1]), embedder=FakeKit(), reader_registry=Waits())
print(rag.ingestions.begin(sys.argv[2]).id, flush=True)
time.sleep(60)
"""


def test_one_whose_program_was_killed_is_found_as_interrupted(docs, tmp_path):
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "store"), str(docs)]
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    try:
        name = child.stdout.readline().strip()
        with RactoRAG(DuckDBStore(tmp_path / "other"), embedder=FakeKit()) as rag:
            assert rag.ingestions.list_jobs() == []  # of another store
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    with RactoRAG(DuckDBStore(tmp_path / "store"), embedder=FakeKit()) as rag:
        (found,) = rag.ingestions.list_jobs()

        assert (found.id, found.status, found.cost) == (name, "interrupted", None)
        rag.ingestions.resume(name)
        assert len(rag.ingestions.wait_for_completion(name).of("added")) == 3
        assert rag.ingestions.list_jobs()[0].cost is None  # what the killed run has cost, nobody has told


def test_one_into_a_store_in_memory_is_not_found_by_another(docs):
    with RactoRAG(embedder=FakeKit()) as rag:
        rag.ingestions.wait_for_completion(rag.ingestions.begin(docs).id)
    with RactoRAG(embedder=FakeKit()) as other:
        assert other.ingestions.list_jobs() == []


def test_what_cannot_be_begun_or_gone_on_with_is_said(docs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with RactoRAG(embedder=FakeKit()) as rag:
        with pytest.raises(MissingFileError):
            rag.ingestions.begin("nowhere")
        with pytest.raises(UsageError, match="plain value"):
            rag.ingestions.begin(docs, tags=["a"])
        with pytest.raises(NotFoundError):
            rag.ingestions.resume("x")
        with pytest.raises(NotFoundError):
            rag.ingestions.cancel("x")
        begun = rag.ingestions.begin("docs")
        rag.ingestions.wait_for_completion(begun.id)
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        with pytest.raises(UsageError, match="another folder here"):
            rag.ingestions.resume(begun.id)


def test_one_that_fails_says_why(docs):
    class Broken(Slow):
        async def aembed(self, texts):
            raise ValueError("no such model")

    with RactoRAG(embedder=Broken()) as rag:
        begun = rag.ingestions.begin(docs / "0.txt")
        with pytest.raises(UsageError, match="no such model"):
            rag.ingestions.wait_for_completion(begun.id)

        assert rag.ingestions.list_jobs()[0].status == "failed"


KEY = "sk-proj-abcdefghijklmnop1234567890"


def written() -> str:
    return "".join(path.read_text() for path in Path(os.environ["RACTO_INGEST_DIR"]).glob("*.json"))


def test_no_key_is_written_down_shown_or_raised(docs, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    class Leaks(Slow):
        identity = f"at {KEY}"

        async def aembed(self, texts):
            raise ValueError(f"refused: key={KEY}")

    with RactoRAG(embedder=Leaks()) as rag:
        begun = rag.ingestions.begin(docs / "0.txt", team="support")
        with pytest.raises(UsageError, match=r"refused: key=\[OPENAI_API_KEY\]"):
            rag.ingestions.wait_for_completion(begun.id)
        with pytest.raises(UsageError, match="note holds the value of OPENAI_API_KEY") as refused:
            rag.ingestions.begin(docs, note=f"by {KEY}")
        (told,) = rag.ingestions.list_jobs()

    assert "support" in written()  # metadata is written down
    assert all(KEY not in text for text in (written(), repr(told), str(refused.value)))


def test_a_file_that_cannot_be_read_is_left_out_and_said_once(docs, tmp_path):
    with RactoRAG(embedder=FakeKit()) as rag:
        begun = rag.ingestions.begin(docs)
        rag.ingestions.wait_for_completion(begun.id)
        damaged = tmp_path / "ingestions" / "zzz.json"
        damaged.write_text("{")
        with pytest.warns(IngestWarning, match=r"zzz\.json"):
            assert [each.id for each in rag.ingestions.list_jobs()] == [begun.id]
        assert [each.id for each in rag.ingestions.list_jobs()] == [begun.id]
        assert list(rag.ingestions.unreadable) == [str(damaged)]

        damaged.write_bytes(b'"\xff"')
        (tmp_path / "ingestions" / f"{begun.id}.json").write_text("")
        with pytest.warns(IngestWarning, match=begun.id):
            rag.ingestions.list_jobs()
        rag.ingestions.wait_for_completion(rag.ingestions.begin(docs).id)  # its own file is written anew
        assert list(rag.ingestions.unreadable) == [str(damaged), str(tmp_path / "ingestions" / f"{begun.id}.json")][::-1]
        rag.ingestions.list_jobs()
        assert list(rag.ingestions.unreadable) == [str(damaged)]


def test_begin_goes_on_with_one_that_was_left_and_begins_one_that_is_done_anew(docs, tmp_path):
    first = Slow()
    with RactoRAG(DuckDBStore(tmp_path / "store"), embedder=first) as rag:
        begun = rag.ingestions.begin(docs)
        rag.ingestions.cancel(begun.id)
        with pytest.raises(UsageError, match="cancelled"):
            rag.ingestions.wait_for_completion(begun.id)
        (left,) = rag.ingestions.list_jobs()
    later = Slow()
    later.may.set()
    with RactoRAG(DuckDBStore(tmp_path / "store"), embedder=later) as rag:
        again = rag.ingestions.begin(docs)
        rag.ingestions.wait_for_completion(again.id)
        (done,) = rag.ingestions.list_jobs()

        assert (again.runs, again.began) == (2, left.began)
        assert done.cost is None  # what the first run has cost, nobody knows
        assert rag.ingestions.begin(docs).runs == 1


def test_another_one_over_the_same_store_in_this_program_says_so_and_knows_what_is_newer(docs):
    slow = Slow()
    slow.may.set()
    with RactoRAG(embedder=slow) as rag, RactoRAG(rag.store, embedder=slow) as other:
        other.ingestions.wait_for_completion(other.ingestions.begin(docs).id)
        slow.may.clear()
        (docs / "new.txt").write_text("A new one.")
        begun = rag.ingestions.begin(docs)
        (seen,) = other.ingestions.list_jobs()

        assert (seen.id, seen.status, seen.ended) == (begun.id, "under way by another RactoRAG", False)
        with pytest.raises(UsageError, match="another RactoRAG of this one"):
            other.ingestions.begin(docs)
        slow.may.set()
        rag.ingestions.wait_for_completion(begun.id)
        assert "1 added" in other.ingestions.list_jobs()[0].summary


async def test_both_colours_do_the_same(docs):
    rag = RactoRAG(embedder=FakeKit())
    begun = await rag.ingestions.abegin(docs)
    report = await rag.ingestions.await_for_completion(begun.id)

    assert len(report.files) == 3
    assert [each.status for each in await rag.ingestions.alist_jobs()] == ["done"]
    await rag.aclose()
