"""An explorer, its documents and its pages as they should not be: secrets in texts, links in folders, foreign paths."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace

import pytest
from controllers.recorded_comm import RecordedComm

from racto_nb._secrecy import Secrets
from racto_nb.exceptions import TemplateError
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.notebook.widgets.explorer import RagExplorer
from racto_nb.rag import Chunk, ChunkMetadata, RactoRAG
from racto_nb.rag.stores import DuckDBStore, InMemoryVectorStore
from racto_nb.testing import FakeKit

SECRET = "sk-proj-" + "a1b2c3d4" * 5


@pytest.fixture
def explorer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with RactoRAG(DuckDBStore(), embedder=FakeKit(), llm_kit=FakeKit(["Paris [1]."], repeat_last=True)) as rag:
        rag.ingest_text(f"The key is {SECRET} in France.", "facts.txt")
        shown = RagExplorer(rag)
        shown.comm = RecordedComm()
        yield shown
        shown.close()


def heard(explorer, *buffers, **content):
    explorer._heard(None, content, list(buffers) or None)


def until(condition):
    end = time.monotonic() + 30
    while not (value := condition()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return value


def test_an_answer_that_a_secret_forbids_has_failed_and_the_next_question_can_be_asked(explorer):
    explorer.search("key")
    with pytest.raises(TemplateError, match="OPENAI_API_KEY"):
        explorer.ask()

    until(lambda: explorer.asked["busy"] == [])
    assert (explorer.reply["state"], explorer.reply["warning"]) == ("failed", "no answer has come")
    assert "OPENAI_API_KEY" in until(lambda: explorer.fault)["text"]
    assert explorer.search("France")


def test_a_dropped_file_is_written_through_no_link(explorer, tmp_path):
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "note.txt").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "other.txt").write_text("hello")
    (tmp_path / "uploads" / "note-2.txt").symlink_to(tmp_path / "other.txt")
    heard(explorer, b"hello", do="upload", names=["note.txt"])
    explorer.wait("ingest")

    assert not (tmp_path / "outside.txt").exists()
    assert (tmp_path / "uploads" / "note-3.txt").read_bytes() == b"hello"
    heard(explorer, b"hello", do="upload", names=["note-3.txt"])
    explorer.wait("ingest")
    assert len(list((tmp_path / "uploads").iterdir())) == 3


def test_of_dropped_files_none_is_kept_where_a_name_is_none_or_files_are_being_read_in(explorer, tmp_path):
    heard(explorer, b"1", b"2", do="upload", names=["a.txt", ".."])

    assert "no name of a file" in explorer.fault["text"]
    with explorer._turn:
        explorer._state = replace(explorer._state, busy={"ingest": 1})
        heard(explorer, b"1", do="upload", names=["a.txt"])
    assert "being read in" in explorer.fault["text"]
    assert not (tmp_path / "uploads").exists()


@pytest.mark.parametrize(
    ("path", "pattern"), [("{outside}", ""), ("..", ""), ("link", ""), (".", "../*.txt"), (".", "x\\..\\..\\*"), (".", "{outside}"), ("~", "")]
)  # fmt: skip
def test_a_page_reads_in_what_is_below_the_working_directory_alone(explorer, tmp_path, monkeypatch, path, pattern):
    outside, inside = tmp_path / "secret.txt", tmp_path / "here"
    outside.write_text("Not for pages.")
    inside.mkdir()
    (inside / "link").symlink_to(outside)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(inside)
    heard(explorer, do="ingest", path=path.format(outside=outside), pattern=pattern.format(outside=outside))

    assert "explorer.ingest('" in explorer.fault["text"]
    assert explorer._state.busy == {}


@pytest.mark.parametrize(("path", "pattern"), [("\0", ""), ("a\0.txt", "*"), (".", "\0*")])
def test_a_path_that_can_be_none_is_refused_and_is_no_error_of_ours(explorer, caplog, path, pattern):
    heard(explorer, do="ingest", path=path, pattern=pattern)

    assert "is no path" in explorer.fault["text"]
    assert explorer._state.busy == {}
    assert caplog.records == []


def test_python_reads_in_from_anywhere_and_a_page_from_here(explorer, tmp_path, monkeypatch):
    (tmp_path / "one.txt").write_text("A bicycle.")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert explorer.ingest("../one.txt").summary.startswith("1 file: 1 added")
    (tmp_path / "here" / "two.txt").write_text("A lamp.")
    heard(explorer, do="ingest", path="two.txt")
    explorer.wait("ingest")
    heard(explorer, do="ingest", path=".", pattern="*.txt")
    explorer.wait("ingest")
    heard(explorer, do="ingest", path=str(tmp_path / "here" / "two.txt"))
    explorer.wait("ingest")

    assert explorer.facts["chunks"] == 4  # an absolute path is another source


def test_no_page_and_no_notebook_is_sent_a_secret_that_stands_in_a_document(explorer):
    explorer.search("proj", mode="keyword")  # a word of the secret, which is marked
    explorer.search("proj key")
    explorer.read("facts.txt")
    explorer.why_not(f"The key is {SECRET} in France.")
    explorer.chart()
    explorer.sql("SELECT repeat('x', 280) || content AS content FROM chunks")
    for table in ("sql", "map"):
        heard(explorer, do="rows", table=table, first=0, last=9)
    heard(explorer, do="peek", place=0)
    until(lambda: {"rows", "peek"} <= {message["t"] for message in explorer.comm.sent})
    explorer.wait()

    assert "•" in str(explorer.found)
    assert "[OPENAI_API_KEY]" in str(explorer.document)
    sent = str([explorer.comm.messages, explorer.get_state(), explorer._twin()])
    assert "a1b2c3d4" not in sent
    assert "sk-" not in sent
    assert SECRET in explorer.hits[0].chunk.content


def test_names_and_questions_that_no_page_can_be_sent_are_sent_otherwise_and_found():
    with RactoRAG(InMemoryVectorStore(), embedder=FakeKit()) as rag:
        rag.ingest_text("A lamp.", "odd\ud800.txt")
        shown = RagExplorer(rag)
        shown.wait()
        shown.comm = RecordedComm()
        heard(shown, do="read", source=shown.facts["sources"][0][2])
        shown.search("lamp\ud800")
        shown.chart()
        heard(shown, do="peek", place=0)
        until(lambda: shown.document and "peek" in {message["t"] for message in shown.comm.sent})
        shown.wait()

        assert shown.document["name"] == "odd\ufffd.txt"
        assert shown.asked["text"] == "lamp\ufffd"
        json.dumps([shown.comm.messages, shown._twin()], ensure_ascii=False, default=str).encode()
        shown.close()


def test_a_lasso_does_not_keep_others_waiting(explorer, monkeypatch):
    explorer.chart()
    free, within = threading.Event(), type(explorer._works.atlas.layout).within
    monkeypatch.setattr(
        type(explorer._works.atlas.layout), "within", lambda self, polygon: free.wait(30) and within(self, polygon)
    )
    heard(explorer, do="lasso", polygon=[-9.0, -9.0, 9.0, -9.0, 9.0, 9.0, -9.0, 9.0])

    assert explorer.search("France")  # while the lasso is at work
    free.set()
    until(lambda: explorer.plot["chosen"] == 1)
    explorer.chart()
    assert (explorer.plot["chosen"], len(explorer.selection)) == (0, 0)


def test_a_secret_that_a_border_of_chunks_cuts_is_shown_by_neither_side(explorer):
    text = f"The key is {SECRET} in France."
    for cut in range(12, 11 + len(SECRET)):
        ends = [Secrets.of({"OPENAI_API_KEY": SECRET}).covered_ends(side) for side in (text[:cut], text[cut:])]
        shown = "".join(ends)
        assert len(shown) == len(text)
        assert longest_shared(shown, SECRET) < 6 + len("sk-")
    explorer.rag.store.add([piece("The key is " + SECRET[:30], 0), piece(SECRET[30:] + " in France.", 41)])
    explorer.read("cut.txt")
    assert "a1b2" not in json.dumps([explorer.document["pieces"], explorer.document["rows"]])


def piece(text, start):
    place = ChunkMetadata(
        source="cut.txt", chunk_index=start, total_chunks=2, start_char=start, end_char=start + len(text), doc_id="d"
    )
    return Chunk(
        doc_id="d", content=text, metadata=place, embedding=FakeKit().embed(EmbeddingConfig(texts=[text])).vectors[0].embedding
    )


def longest_shared(text, secret):
    return max(size for size in range(len(secret)) if any(secret[at : at + size] in text for at in range(len(secret) - size + 1)))


def test_a_statement_of_sql_that_takes_too_long_is_stopped_from_the_page(explorer):
    explorer.rag.store.add([piece(f"text {number}", number) for number in range(60)])
    heard(explorer, do="query", text=f"SELECT count(*) FROM {', '.join(f'chunks c{number}' for number in range(9))}")
    until(lambda: explorer.asked["busy"] == ["sql"])
    heard(explorer, do="stop", key="sql")
    until(lambda: explorer.asked["busy"] == [])
    assert explorer.sql("SELECT count(*) AS n FROM chunks")["n"].to_list() == [61]  # its thread and its database are free
