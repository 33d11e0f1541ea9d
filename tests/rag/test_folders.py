"""What ingesting a folder does: every file whole or in the report, nothing twice, and little in memory."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from colours import run_unblocked
from rag.small_parts import FiveMethods, Texts, Words, small_rag
from rag.test_ingesting import Awaited, Plain, contents

from racto_nb.exceptions import (
    IngestWarning,
    MissingFileError,
    NotFoundError,
    RactoGatewayBadRequestError,
    UnreadableFileError,
    UnsupportedError,
    UsageError,
)
from racto_nb.rag import folders


@pytest.fixture(params=[Plain(), Awaited()], ids=["sync", "async"])
def each(request):
    return request.param


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    (root / "more").mkdir(parents=True)
    (root / "a.txt").write_text("one\ntwo\n")
    (root / "b.txt").write_text("three\n")
    (root / "more" / "c.txt").write_text("four\ntwo\n")
    return root


def outcomes(chunks) -> dict[str, str]:
    return {Path(file.source).name: file.outcome for file in chunks.report.files}


def test_all_files_of_a_folder_are_ingested_in_their_order(each, folder):
    embedder = Words()
    rag = small_rag(embedder=embedder)

    chunks = each.ingest_dir(rag, folder, kind="doc")

    assert [chunk.content for chunk in chunks] == ["one\n", "two\n", "three\n", "four\n", "two\n"]
    assert len(chunks) == rag.count() == 5
    assert chunks[0].metadata.extra["kind"] == "doc"
    assert chunks[-1].content == "two\n"
    assert [chunk.content for chunk in chunks[1:3]] == ["two\n", "three\n"]
    assert embedder.rounds == [4], "the texts of several files go out together, each once"
    assert chunks.report.summary == "3 files: 3 added. 5 chunks, 5 texts embedded."


def test_a_second_run_changes_nothing_but_what_has_changed(each, folder):
    embedder = Words()
    rag = small_rag(embedder=embedder)
    each.ingest_dir(rag, folder)
    embedder.asked.clear()
    (folder / "b.txt").write_text("three\nfive\n")

    chunks = each.ingest_dir(rag, folder)

    assert outcomes(chunks) == {"a.txt": "unchanged", "b.txt": "replaced", "c.txt": "unchanged"}
    assert embedder.asked == ["five"]
    assert contents(rag) == sorted(["one\n", "two\n", "three\n", "five\n", "four\n", "two\n"])


def test_files_that_fail_are_told_and_the_rest_goes_on(each, folder):
    (folder / "broken.txt").write_text("broken")
    (folder / "picture.raw").write_bytes(b"\0")
    (folder / "empty.txt").write_text("")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "d.txt").write_text("secret\n")
    rag = small_rag()

    with pytest.warns(IngestWarning, match=r"1 of 7 files could not be ingested: .*broken\.txt") as heard:
        chunks = each.ingest_dir(rag, folder)

    assert outcomes(chunks) == {
        "a.txt": "added", "b.txt": "added", "c.txt": "added", "broken.txt": "failed", "picture.raw": "skipped",
        "empty.txt": "empty", "d.txt": "skipped",
    }  # fmt: skip
    (failed,) = chunks.report.failed
    assert isinstance(failed.error, UnreadableFileError)
    assert rag.count() == 5
    assert "no reader for .raw" in str(chunks.report)
    assert "hidden" in repr(chunks)
    if isinstance(each, Plain):
        assert Path(heard[0].filename).parent == Path(__file__).parent, "the user's line, not ours"


def test_a_pattern_that_names_hidden_files_finds_them(each, folder):
    (folder / ".notes").mkdir()
    (folder / ".notes" / "d.txt").write_text("secret\n")
    assert len(each.ingest_dir(small_rag(), folder, ".notes/*.txt")) == 1


def test_a_failing_file_ends_the_run_where_that_is_asked_for(each, folder):
    (folder / "broken.txt").write_text("broken")
    with pytest.raises(UnreadableFileError):
        each.ingest_dir(small_rag(), folder, on_error="raise")
    with pytest.raises(UsageError, match="collect"):
        each.ingest_dir(small_rag(), folder, on_error="ignore")


def test_a_text_that_the_embedder_refuses_costs_its_own_file_only(each, folder):
    (folder / "p.txt").write_text("poison\n")
    rag = small_rag(embedder=Words(error=RactoGatewayBadRequestError("too long")))

    with pytest.warns(IngestWarning, match="too long"):
        chunks = each.ingest_dir(rag, folder)

    assert outcomes(chunks) == {"a.txt": "added", "b.txt": "added", "c.txt": "added", "p.txt": "failed"}
    assert rag.count() == 5


def test_an_embedder_that_refuses_everything_is_not_the_files_fault(each, folder):
    for file in folder.rglob("*.txt"):
        file.write_text("poison\n")
    with pytest.raises(RactoGatewayBadRequestError):
        each.ingest_dir(small_rag(embedder=Words(error=RactoGatewayBadRequestError("no such model"))), folder)


def test_an_interrupted_run_goes_on_where_it_was(each, folder, monkeypatch):
    monkeypatch.setattr(folders, "MOST_FILES", 1)
    embedder = Words(error=ConnectionError("gone"))
    rag = small_rag(embedder=embedder)
    (folder / "more" / "c.txt").write_text("poison\n")

    with pytest.raises(ConnectionError) as caught:
        each.ingest_dir(rag, folder)

    assert caught.value.__notes__ == ["2 of 3 files were done before this. Ingest again: it goes on from there."]
    embedder.error = None
    embedder.asked.clear()
    each.ingest_dir(rag, folder)
    assert (embedder.asked, rag.count()) == (["poison"], 4)


def test_progress_is_told_on_the_thread_of_the_caller(each, folder, monkeypatch):
    monkeypatch.setattr(folders, "MOST_FILES", 2)
    heard = []
    each.ingest_dir(small_rag(), folder, on_progress=heard.append)

    assert (heard[0].files, heard[0].done, heard[0].texts) == (3, 0, 0)
    last = heard[-1]
    assert (last.done, last.texts, last.embedded, last.chunks) == (3, 5, 5, 5)
    assert [step.done for step in heard] == sorted(step.done for step in heard)
    assert [step.embedded for step in heard] == sorted(step.embedded for step in heard)


def test_files_that_are_gone_are_removed_where_that_is_asked_for(each, folder):
    rag = small_rag()
    each.ingest_dir(rag, folder)
    each.ingest_text(rag, "a text with the name of a file", source=(folder / "text.txt").as_posix())
    outside = folder.parent / "outside.txt"
    outside.write_text("outside\n")
    each.ingest(rag, outside)
    outside.unlink()
    (folder / "a.txt").unlink()

    assert outcomes(each.ingest_dir(rag, folder)) == {"b.txt": "unchanged", "c.txt": "unchanged"}
    chunks = each.ingest_dir(rag, folder, remove_missing=True)

    assert outcomes(chunks) == {"b.txt": "unchanged", "c.txt": "unchanged", "a.txt": "removed"}
    assert contents(rag) == sorted(["three\n", "four\n", "two\n", "a text with the name of a file", "outside\n"])


def test_files_below_the_current_folder_that_are_gone_are_removed(each, folder, monkeypatch):
    monkeypatch.chdir(folder)
    rag = small_rag()
    each.ingest_text(rag, "by hand")
    each.ingest_dir(rag, ".")
    (folder / "a.txt").unlink()

    each.ingest_dir(rag, "./more/..", remove_missing=True)

    assert contents(rag) == sorted(["three\n", "four\n", "two\n", "by hand"])


def test_chunks_that_were_removed_since_are_told(each, folder):
    rag = small_rag()
    chunks = each.ingest_dir(rag, folder)
    each.remove(rag, folder / "a.txt")
    with pytest.raises(NotFoundError, match="not in the store any more"):
        chunks[0]
    assert chunks[2].content == "three\n"
    with pytest.raises(IndexError):
        chunks[5]


def test_the_chunks_are_read_in_async_code_too(folder):
    rag = small_rag()

    async def read():
        return [chunk.content async for chunk in await rag.aingest_dir(folder)]

    assert len(run_unblocked(read())) == 5


def test_of_a_store_that_cannot_give_chunks_they_are_held(each, folder):
    chunks = each.ingest_dir(small_rag(store=FiveMethods()), folder)
    assert [chunk.content for chunk in chunks] == ["one\n", "two\n", "three\n", "four\n", "two\n"]
    assert chunks[1:2][0].content == "two\n"

    async def read():
        return [chunk.content async for chunk in chunks]

    assert len(run_unblocked(read())) == 5


def test_what_is_no_folder_is_told(each, folder):
    with pytest.raises(MissingFileError, match="nowhere"):
        each.ingest_dir(small_rag(), folder / "nowhere")
    with pytest.raises(UsageError, match="Use ingest"):
        each.ingest_dir(small_rag(), folder / "a.txt")


def test_only_a_few_bytes_of_files_are_in_memory_at_once(folder, monkeypatch):
    monkeypatch.setattr(folders, "MOST_BYTES", 9)
    embedder = Words()
    small_rag(embedder=embedder).ingest_dir(folder)
    assert embedder.rounds == [2, 1, 2], "8 bytes, then 6, then 9"


def test_files_are_read_side_by_side_but_not_more_than_allowed(each, folder):
    import threading

    at_once, most, turn = [0], [0], threading.Lock()
    both = threading.Barrier(2, timeout=20)

    class Slow(Texts):
        def read(self, path):
            with turn:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            if Path(path).name in {"a.txt", "b.txt"}:
                both.wait()
            with turn:
                at_once[0] -= 1
            return super().read(path)

    each.ingest_dir(small_rag(reader_registry=Slow(), concurrency=2), folder)
    assert most[0] == 2


def test_nothing_is_warned_of_where_all_is_well(each, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        each.ingest_dir(small_rag(), folder)


def test_what_a_store_cannot_do_is_told_before_anything_is_embedded(each, folder):
    embedder = Words()
    with pytest.raises(UnsupportedError, match="list its chunks"):
        each.ingest_dir(small_rag(store=FiveMethods(), embedder=embedder), folder, remove_missing=True)
    assert embedder.asked == []
