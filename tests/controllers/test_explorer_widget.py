"""An explorer over a real store: what Python asks and what a page asks, without a page."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from racto_nb.exceptions import MissingFileError, ReadOnlyViolationError, UsageError
from racto_nb.notebook.widgets.explorer import RagExplorer
from racto_nb.notebook.widgets.explorer.projecting import inside, plane_of, trust_of
from racto_nb.rag import RactoRAG, RetrievalOptions
from racto_nb.rag.stores import DuckDBStore, InMemoryVectorStore
from racto_nb.testing import FakeKit, FakeReply


@pytest.fixture
def rag():
    with RactoRAG(DuckDBStore(), embedder=FakeKit(), llm_kit=FakeKit(["Paris [1]."], repeat_last=True)) as made:
        for number in range(40):
            made.ingest_text(f"Text number {number}. Paris is the capital of topic {number % 5}.", f"facts{number % 4}.txt")
        yield made


@pytest.fixture
def explorer(rag):
    shown = RagExplorer(rag)
    shown.wait()
    yield shown
    shown.close()


@pytest.fixture
def posted(explorer, monkeypatch):
    messages = []
    monkeypatch.setattr(explorer, "post", lambda message, buffers=(): messages.append((message, buffers)))
    return messages


def until(condition):
    end = time.monotonic() + 30
    while not (value := condition()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return value


def test_what_is_stored_is_told(explorer):
    assert explorer.facts["chunks"] == 40
    assert explorer.facts["sources"][0] == ["facts0.txt", 10, "facts0.txt"]


def test_a_search_gives_hits_and_a_filter_narrows_them(explorer):
    hits = explorer.search("capital of topic 3", 3, filters={"source": "facts3.txt"}, mode="keyword")

    assert [hit.chunk.metadata.source for hit in hits] == ["facts3.txt"] * 3
    assert explorer.hits == hits
    assert explorer.compared == []

    explorer._heard(None, {"do": "search", "text": "capital", "k": 2, "filters": "source=facts1.txt"})
    explorer.wait("search")

    assert {hit.chunk.metadata.source for hit in explorer.hits} == {"facts1.txt"}


def test_a_filter_that_cannot_be_read_is_said_beside_the_widget_and_nothing_stays_busy(explorer):
    explorer._heard(None, {"do": "search", "text": "capital", "filters": "!!"})
    until(lambda: explorer.fault)

    assert "cannot be read" in explorer.fault["text"]
    until(lambda: explorer.asked["busy"] == [])


@pytest.mark.parametrize("compare", ["vector", RetrievalOptions(mode="keyword")])
def test_two_ways_are_compared(rag, compare):
    shown = RagExplorer(rag, compare=compare)

    shown.search("capital of topic 2")

    assert len(shown.compared) == 5
    assert shown.found["moved"].startswith("Both find")
    shown.close()


def test_what_cannot_be_compared_with_or_looked_into_is_refused(rag):
    for given in ("magic", 3):
        with pytest.raises(UsageError, match="compare"):
            RagExplorer(rag, compare=given)
    with pytest.raises(UsageError, match="looks into a RactoRAG"):
        RagExplorer(object())


def test_an_answer_cites_and_can_be_stopped(rag):
    slow = FakeKit([FakeReply(tuple(f"word{n} " for n in range(500)), delay=0.05)])
    shown = RagExplorer(rag, kit=slow)
    shown.search("capital")
    shown._heard(None, {"do": "answer"})
    until(lambda: any(stream["html"] + stream["tail"] for stream in shown.streams.values()))
    shown._heard(None, {"do": "stop", "key": "answer"})
    until(lambda: shown.asked["busy"] == [])

    assert shown.reply["state"] == "stopped"
    shown.close()

    shown = RagExplorer(rag)

    assert shown.ask("capital of topic 1").cited[0].rank == 1
    assert shown.answer.outcome == "answered"
    shown.close()


def test_a_document_is_opened_at_a_hit(explorer):
    explorer.search("number 7", mode="keyword")
    explorer._heard(None, {"do": "goto", "side": 0, "rank": 1})
    explorer.wait("document")

    assert explorer.document["name"] == explorer.hits[0].chunk.metadata.source
    assert "".join(each["text"] for each in explorer.document["pieces"] if each["marked"]) == explorer.hits[0].chunk.content
    with pytest.raises(UsageError, match="no document 'x'"):
        explorer.read("x")


def test_why_not_says_why(explorer):
    explorer.search("capital", 2, filters={"source": "facts1.txt"})

    assert explorer.why_not("Text number 4.").reason == "filtered"
    assert explorer.missing["reason"] == "filtered"


def test_sql_reads_the_chunks_and_nothing_else(explorer, posted, tmp_path):
    assert explorer.sql("SELECT count(*) AS n FROM chunks")["n"].to_list() == [40]
    assert explorer.grid["columns"] == [{"label": "n", "number": True}]
    for query in ("DROP TABLE chunks", "SELECT * FROM store", "SELECT * FROM read_csv('x')", f"COPY chunks TO '{tmp_path}/x'"):
        with pytest.raises(ReadOnlyViolationError):
            explorer.sql(query)

    explorer.sql("SELECT source FROM chunks ORDER BY source, chunk_id")
    explorer._heard(None, {"do": "rows", "table": "sql", "first": 8, "last": 12})

    message = until(lambda: [message for message, _ in posted if message["t"] == "rows"])[0]
    assert message["rows"] == [["facts0.txt"], ["facts0.txt"], ["facts1.txt"], ["facts1.txt"]]


ENDLESS = "SELECT sum(length(a.content || b.content || c.content || d.content || e.content)) FROM chunks a, chunks b, chunks c, chunks d, chunks e"


@pytest.mark.parametrize(
    ("does", "why"),
    [
        (lambda explorer: explorer._heard(explorer, {"do": "stop", "key": "sql"}), "by its Stop"),
        (lambda explorer: explorer._heard(explorer, {"do": "query", "text": "SELECT 7 AS n"}), "another one"),
        (lambda explorer: explorer.close(), "was closed"),
    ],
)
def test_what_is_stopped_while_a_cell_waits_for_it_is_said(explorer, does, why):
    def press():
        until(lambda: "sql" in explorer._state.busy)
        does(explorer)

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(UsageError, match=f"'sql' was stopped: .*{why}"):
        explorer.sql(ENDLESS)
    presser.join()


def test_an_error_that_comes_before_it_is_waited_for_is_not_lost(explorer, monkeypatch):
    told = explorer.tell
    monkeypatch.setattr(explorer, "tell", lambda event: (told(event), time.sleep(0.1)))

    with pytest.raises(ReadOnlyViolationError):
        explorer.sql("DROP TABLE chunks")


def test_a_store_without_sql_says_so():
    with RactoRAG(InMemoryVectorStore(), embedder=FakeKit()) as plain:
        shown = RagExplorer(plain)
        with pytest.raises(UsageError, match="has no SQL"):
            shown.sql("SELECT 1")
        with pytest.raises(UsageError, match="The store is empty"):
            shown.chart()
        shown.close()


def test_a_map_is_sent_as_numbers_and_a_lasso_chooses_points(explorer, posted):
    explorer.search("capital")
    lines = explorer.chart()

    assert lines[0] == "PCA of 40 vectors, of 64 numbers each."
    assert lines[2].startswith("Trustworthiness")
    message, (places, colours) = next((message, buffers) for message, buffers in posted if message["t"] == "points")
    assert (message["count"], len(places), len(colours)) == (40, 40 * 8, 40)
    marks = next(message for message, _ in posted if message["t"] == "marks")
    assert len(marks["hits"]) == 5
    assert len(marks["query"]) == 2

    explorer._heard(None, {"do": "lasso", "polygon": [-9.0, -9.0, 9.0, -9.0, 9.0, 9.0, -9.0, 9.0]})
    until(lambda: len(explorer.selection))
    assert len(explorer.selection) == 40
    assert explorer.selection.df.columns[:2] == ["chunk_id", "source"]
    explorer._heard(None, {"do": "unchoose"})
    assert len(explorer.selection) == 0

    chosen = explorer.choose([explorer.hits[0].chunk.chunk_id])
    assert chosen.chunks[0].content == explorer.hits[0].chunk.content
    explorer._heard(None, {"do": "rows", "table": "map", "first": 0, "last": 5})
    rows = until(lambda: [message for message, _ in posted if message["t"] == "rows"])[0]["rows"]
    assert rows[0][0] == explorer.hits[0].chunk.metadata.source


def test_a_point_says_what_it_is_and_leads_to_its_document(explorer, posted):
    explorer.chart()
    explorer._heard(None, {"do": "peek", "place": 3})
    explorer._heard(None, {"do": "spot", "place": 3})

    told = until(lambda: [message for message, _ in posted if message["t"] == "peek"])[0]
    until(lambda: explorer.document)
    assert told["source"] == explorer.document["source"]
    explorer._heard(None, {"do": "peek", "place": 10_000})
    assert explorer.fault == {}


def test_files_are_read_in_with_progress_and_the_map_is_then_of_yesterday(explorer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "one.md").write_text("# One\n\nA bicycle.")
    explorer.chart()

    assert explorer.ingest("shop").summary.startswith("1 file: 1 added")
    assert explorer.facts["chunks"] == 41
    assert explorer.plot["stale"]
    with pytest.raises(MissingFileError):
        explorer.ingest("nowhere")
    assert explorer.report.summary.startswith("1 file")


def test_dropped_files_are_kept_beside_the_notebook_under_plain_names(explorer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    explorer._heard(None, {"do": "upload", "names": ["../../up.txt", "C:\\x\\.hidden.txt"]}, [b"Up and away.", b"Hidden text."])
    explorer.wait("ingest")

    assert sorted(path.name for path in (tmp_path / "uploads").iterdir()) == ["hidden.txt", "up.txt"]
    assert {"uploads/up.txt", "uploads/hidden.txt"} <= {name for _, _, name in explorer.facts["sources"]}

    explorer._heard(None, {"do": "upload", "names": ["up.txt"]}, [b"Other bytes."])
    explorer.wait("ingest")
    assert (tmp_path / "uploads" / "up-2.txt").read_bytes() == b"Other bytes."

    explorer._heard(None, {"do": "upload", "names": [".."]}, [b"x"])
    assert "no name of a file" in explorer.fault["text"]
    explorer._heard(None, {"do": "upload", "names": ["a.txt"]}, [])
    assert "1 files were announced" in explorer.fault["text"]


def test_the_plane_is_that_of_the_principal_components():
    from sklearn.decomposition import PCA
    from sklearn.manifold import trustworthiness

    some = np.random.default_rng(0)
    vectors = (some.standard_normal((900, 5)) * [9, 5, 1, 1, 1] @ some.standard_normal((5, 32))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    plane = plane_of(vectors)
    places = plane.placed(vectors)

    assert plane.kept == pytest.approx(PCA(2).fit(vectors).explained_variance_ratio_.sum(), abs=1e-3)
    assert trust_of(vectors, places) == pytest.approx(trustworthiness(vectors, places, n_neighbors=10, metric="cosine"), abs=2e-3)
    assert trust_of(vectors[:20], places[:20]) is None


@pytest.mark.parametrize("vectors", [[[1.0, 0.0]], [[1.0], [1.0]], [[0.6, 0.8]] * 30])
def test_a_plane_of_hardly_anything_is_one(vectors):
    assert np.isfinite(plane_of(np.array(vectors)).placed(np.array(vectors))).all()


def test_what_lies_inside_a_polygon_with_a_dent():
    dented = np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]], dtype=float)

    assert inside(np.array([[0.5, 0.5], [2, 3], [3.5, 2.5], [5, 1]]), dented).tolist() == [True, False, True, False]
