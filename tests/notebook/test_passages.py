"""What was found, and why, as it is shown: escaped, marked, with a text twin."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from racto_nb.notebook.display.ingestion import IngestBar, progress_bundle, report_bundle
from racto_nb.notebook.display.passages import excerpt, hits_bundle
from racto_nb.notebook.display.sanitising import marked_text
from racto_nb.notebook.extension import load, unload
from racto_nb.rag import Chunk, ChunkMetadata, Document, Mark, RetrievalResult
from racto_nb.rag.explaining import StageScore, WordMatch
from racto_nb.rag.reports import FileReport, IngestReport, Progress

EVIL = "<script>alert(1)</script>"


def chunk(content: str = "Refunds take 30 days.", **known: Any) -> Chunk:
    place = {"source": "terms.md", "chunk_index": 0, "total_chunks": 2, "start_char": 0, "end_char": len(content), "doc_id": "d"}
    return Chunk(doc_id="d", content=content, metadata=ChunkMetadata(**{**place, **known}))


def hit(content: str = "Refunds take 30 days.", rank: int = 1, **known: Any) -> RetrievalResult:
    parts = {"vector": StageScore(1, 0.71), "bm25": StageScore(2, 3.4), "fused": StageScore(1, 0.98)}
    return RetrievalResult(
        chunk=chunk(content, **known), score=0.98, rank=rank, parts=parts, matches=[WordMatch("refunds", 0, 7, 1.2)]
    )


def shown(shell: InteractiveShell, value: object) -> dict[str, str]:
    return shell.display_formatter.format(value)[0]


def test_hits_tell_their_place_their_scores_and_the_words_that_were_found(shell: InteractiveShell):
    found = shown(shell, [hit(page=2, heading="Terms > Refunds"), hit(rank=2)])
    assert "<mark>Refunds</mark> take 30 days." in found["text/html"]
    assert "<span>page 2</span><span>Terms &gt; Refunds</span>" in found["text/html"]
    assert (
        found["text/plain"].splitlines()[0]
        == "1. terms.md · page 2 · Terms > Refunds · meaning 0.710 (#1) · words 3.40 (#2) · both 0.9800 (#1)"
    )
    assert found["text/plain"].endswith("— 2 hits")


def test_other_lists_are_shown_as_before(bare_shell: InteractiveShell):
    values = ([1, [2, "a"]], [], [hit(), 1], {"a": [1]})
    before = [shown(bare_shell, value) for value in values[:2]]
    load(bare_shell)
    load(bare_shell)
    assert [shown(bare_shell, value) for value in values[:2]] == before
    assert "text/html" not in shown(bare_shell, values[2])
    unload(bare_shell)
    assert "text/html" not in shown(bare_shell, [hit()])
    assert [shown(bare_shell, value) for value in values[:2]] == before


@pytest.mark.parametrize(
    "value",
    [
        [hit(EVIL, source=EVIL, heading=EVIL)],
        hit(EVIL, source=EVIL, heading=EVIL),
        hit(EVIL, source=EVIL, heading=EVIL).explain(),
        chunk(EVIL, source=EVIL, extra={EVIL: EVIL}),
        [chunk(EVIL, source=EVIL)],
        Document(content=EVIL, source=EVIL, metadata={EVIL: EVIL}, marks=[Mark("page", 0, 4, 1)]),
        IngestReport([FileReport(EVIL, "failed", reason=EVIL)]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_documents_say_is_escaped_and_has_a_text_twin(shell: InteractiveShell, value: object):
    found = shown(shell, value)
    assert "<script" not in found["text/html"]
    assert "&lt;script&gt;" in found["text/html"]
    assert EVIL in found["text/plain"]


def test_an_explanation_lists_its_reasons(shell: InteractiveShell):
    found = shown(shell, hit().explain())
    assert "<li>Both searches found it" in found["text/html"]
    assert "By words: rank 2, BM25 3.40: refunds (1.20)." in found["text/plain"]


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=4))
def test_marks_change_nothing_of_the_text(text: str, places: list[tuple[int, int]]):
    plain = text.translate(
        dict.fromkeys([*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
    )
    marked = marked_text(plain, places)
    assert marked.replace("<mark>", "").replace("</mark>", "") == marked_text(plain, [])


@given(
    st.text("ab \n", max_size=900),
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), max_size=3),
    st.integers(20, 500),
)
def test_an_excerpt_is_a_part_of_the_text_and_shows_the_first_mark(text: str, places: list[tuple[int, int]], most: int):
    marks = [(start, end) for start, end in places if start < end <= len(text)]
    found = excerpt(text, marks, most=most)
    assert found.text in text
    assert len(found.text) <= most
    assert all(0 <= start < end <= most for start, end in found.marks)
    if marks and most > 160:
        assert found.marks


def test_many_hits_are_not_all_shown():
    assert hits_bundle([hit(rank=rank) for rank in range(1, 61)])["text/plain"].endswith("— 60 hits · 10 more are not shown")


def test_a_bar_is_one_display_and_sends_few_updates(monkeypatch):
    sent: list[str] = []
    now = [0.0]

    class Shown:
        def update(self, bundle, *, raw):
            sent.append(bundle["text/plain"])

    monkeypatch.setattr("racto_nb.notebook.display.progressing.show_updatable", lambda bundle: sent.append("opened") or Shown())
    bar = IngestBar(clock=lambda: now[0])
    for done in range(1000):
        now[0] += 0.001
        bar(Progress(1000, done))
    assert (sent[0], sent.count("opened")) == ("opened", 1)
    assert len(sent) <= 11


def test_a_bar_tells_counts_and_the_last_file():
    found = progress_bundle(Progress(4, 1, 20, 5, 5, EVIL))
    assert '<progress value="1" max="4"' in found["text/html"]
    assert "<script" not in found["text/html"]
    assert found["text/plain"] == f"1 of 4 files · 5 of 20 texts have vectors\n\n— {EVIL}"


def test_of_many_files_those_are_listed_that_something_is_to_be_said_of():
    files = [FileReport(f"{number:03}.txt", "added", 1, 1) for number in range(99)] + [
        FileReport("z.txt", "failed", reason="broken")
    ]
    text = report_bundle(IngestReport(files))["text/plain"]
    assert text.splitlines()[1].startswith("z.txt")
    assert text.endswith("99 chunks, 99 texts embedded. 70 more are not listed: .report.files")
