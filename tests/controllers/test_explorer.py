"""What an explorer does about what happens, without a page, a store or a model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.models.response import LLMResponse
from racto_nb.notebook.controllers.explorer.events import (
    HEARD,
    Answer,
    Bring,
    Came,
    Chart,
    Cite,
    Do,
    Goto,
    Halt,
    Ingest,
    Lasso,
    Look,
    Over,
    Points,
    Query,
    Read,
    Rows,
    Search,
    Stop,
    Unchoose,
    Why,
)  # fmt: skip
from racto_nb.notebook.controllers.explorer.pieces import in_order, pieces
from racto_nb.notebook.controllers.explorer.sides import moved, sides_view
from racto_nb.notebook.controllers.explorer.state import (
    AS_SET,
    Asked,
    Chosen,
    ExplorerState,
    Facts,
    Focus,
    Ingestion,
    MapFacts,
    Opened,
    Reply,
    Results,
    Side,
    Table,
)  # fmt: skip
from racto_nb.notebook.controllers.explorer.update import update
from racto_nb.notebook.controllers.explorer.view import twin, view
from racto_nb.notebook.controllers.reading import said
from racto_nb.rag.citing import citations_in
from racto_nb.rag.documents import Chunk, ChunkMetadata
from racto_nb.rag.explaining import StageScore, WordMatch
from racto_nb.rag.filters import field
from racto_nb.rag.reports import FileReport, IngestReport, Progress
from racto_nb.rag.results import RAGResponse, RetrievalResult

EMPTY = ExplorerState(
    (AS_SET, "vector", "keyword"), Facts(3, (("a.md", 2), ("b.md", 1)), "DuckDBStore", "E()", sql=True, model="m")
)
BAD = "<img src=x onerror=alert(1)><script>alert(1)</script>"


def cut(start: int, text: str, *, doc: str = "d", source: str = "a.md", index: int = 0) -> Chunk:
    place = ChunkMetadata(
        source=source, chunk_index=index, total_chunks=3, start_char=start, end_char=start + len(text), doc_id=doc, heading="H"
    )
    return Chunk(doc_id=doc, content=text, metadata=place)


def hit(chunk: Chunk, rank: int, **parts: StageScore) -> RetrievalResult:
    return RetrievalResult(chunk=chunk, score=0.5, rank=rank, parts=parts, matches=[])


ONE, TWO = cut(0, "Money comes back within 30 days."), cut(20, "within 30 days. A receipt is needed.", index=1)


def after(state, *events):
    """The state after `events`, and the wishes of the last one."""
    wishes = ()
    for event in events:
        state, wishes = update(state, event)
    return state, list(wishes)


def found(state=EMPTY, *sides: Side, text: str = "money"):
    sides = sides or (Side(AS_SET, (hit(ONE, 1), hit(TWO, 2))),)
    state, wishes = after(state, Search(text))
    return after(state, Came(Results(Asked(text), sides), "search", wishes[0].number))[0]


def test_a_question_is_searched_for_and_its_hits_are_shown():
    state, wishes = after(EMPTY, Search(" money ", k=3, filters="source=a.md", way="vector", against="keyword"))

    assert wishes == [Do("search", 1, Look(Asked("money", 3, "source=a.md", None, "vector", "keyword")))]
    assert view(state)["asked"]["busy"] == ["search"]

    shown = view(found())

    assert [each["source"] for each in shown["found"]["sides"][0]["hits"]] == ["a.md", "a.md"]
    assert shown["status"] == "2 hits."


def test_a_filter_of_python_stays_as_long_as_its_words_do():
    condition = field("source") == "a.md"
    state, _ = after(EMPTY, Look(Asked("x", filters="source == 'a.md'", condition=condition)))

    assert after(state, Search("y", filters="source == 'a.md'"))[0].asked.condition is condition
    assert after(state, Search("y", filters="page=1"))[0].asked.condition is None


def test_a_way_is_not_compared_with_itself():
    assert after(EMPTY, Search("x", way="vector", against="vector"))[0].asked.against == ""


def test_what_came_of_an_older_search_is_let_go():
    state, _ = after(EMPTY, Search("one"), Search("two"))
    late = Results(Asked("one"), (Side(AS_SET, ()),))

    assert after(state, Came(late, "search", 1))[0].results is None
    assert after(state, Over("search", 1))[0].busy == {"search": 2}
    assert after(state, Over("search", 2))[0].busy == {}


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Search("  "), "empty"), (Search("x", way="magic"), "'magic'"), (Answer(), "Search first"), (Goto(0, 1), "no hit 1"),
        (Cite(0), "no citation"), (Why("x"), "question first"), (Ingest(" "), "Name the file"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_and_changes_nothing(event, says):
    with pytest.raises(UsageError, match=says):
        update(EMPTY, event)


def test_without_a_kit_or_sql_that_is_said():
    bare = ExplorerState((AS_SET,), Facts(store="InMemoryVectorStore"))

    with pytest.raises(UsageError, match="Nobody answers"):
        update(bare, Answer())
    with pytest.raises(UsageError, match="InMemoryVectorStore has no SQL"):
        update(bare, Query("SELECT 1"))


def test_only_one_answer_and_one_ingestion_run_at_a_time_and_either_is_stopped():
    state, _ = after(found(), Answer())

    with pytest.raises(UsageError, match="being written"):
        update(state, Answer())
    with pytest.raises(UsageError, match="being written"):
        update(state, Search("more"))
    assert after(state, Stop("answer"))[1] == [Halt("answer")]

    state, _ = after(EMPTY, Ingest("shop"))

    with pytest.raises(UsageError, match="being read in"):
        update(state, Ingest("shop"))


def test_a_hit_and_a_citation_lead_to_their_spans():
    state = found()

    assert after(state, Goto(0, 2))[1][0].event == Bring("a.md", focus=Focus("d", 20, 56))

    cited, _ = citations_in("A receipt is needed [2].", state.hits)
    answer = RAGResponse(
        answer=LLMResponse(content="A receipt is needed [2]."),
        sources=list(state.hits),
        query="q",
        context_used="",
        citations=cited,
    )
    state, _ = after(state, Came(Reply("q", "done", "A receipt is needed [2].", response=answer)))

    assert after(state, Cite(0))[1][0].event == Bring("a.md", focus=Focus("d", 36, 56))
    assert 'href="#cite-0"' in view(state)["reply"]["html"]
    assert "A receipt is needed" in twin(state)["text/plain"]


def test_what_the_page_needs_beside_its_parts_is_wished_as_it_says_it():
    for event in (Rows("sql", 0, 100), Points(), Lasso([0.0, 0.0, 1.0, 0.0, 1.0, 1.0]), Unchoose()):
        assert after(EMPTY, event)[1] == [event]
    assert after(EMPTY, Read("a.md", 60))[1] == [Do("document", 1, Bring("a.md", 60))]
    assert after(EMPTY, Chart("umap"))[1] == [Do("map", 1, Chart("umap"))]


def test_scores_stand_as_parts_of_what_they_could_be():
    part = StageScore(1, 4.0)
    sides = (Side(AS_SET, (hit(ONE, 1, vector=StageScore(2, 0.25), bm25=part), hit(TWO, 2, bm25=StageScore(2, 1.0)))),)
    shown = sides_view(Results(Asked("money"), sides))["sides"][0]["hits"]

    assert [(each["stage"], each["share"]) for each in shown[0]["parts"]] == [("vector", 0.25), ("BM25", 1.0)]
    assert shown[1]["parts"][0]["share"] == 0.25


def test_what_is_marked_are_the_words_that_were_found_else_the_nearest_sentence():
    worded = hit(TWO, 1).model_copy(update={"matches": [WordMatch("receipt", 18, 25, 1.0)]})
    shown = sides_view(Results(Asked("receipt needed"), (Side(AS_SET, (worded, hit(TWO, 2))),)))["sides"][0]["hits"]

    assert "<mark>receipt</mark>" in shown[0]["html"]
    assert "<mark>A receipt is needed.</mark>" in shown[1]["html"]


def test_what_moved_between_two_ways_is_said_in_words_and_at_each_hit():
    third = cut(60, "Other.", index=2)
    sides = (Side("vector", (hit(ONE, 1), hit(TWO, 2))), Side("keyword", (hit(TWO, 1), hit(third, 2))))

    assert moved(sides) == (
        "Both find 1: 0 at the same rank; 1 higher and 0 lower in 'keyword'. Only 'vector': 1. Only 'keyword': 1."
    )
    shown = sides_view(Results(Asked("x"), sides))["sides"]
    assert [each["moved"] for each in shown[0]["hits"]] == ["only here", "↓ 1 (#1 there)"]
    assert [each["moved"] for each in shown[1]["hits"]] == ["↑ 1 (#2 there)", "only here"]


def test_a_document_is_put_together_with_its_borders_overlaps_and_gaps():
    chunks = in_order([cut(20, "Later."), cut(4, "two three"), cut(0, "one two")])

    assert [(each.text, each.chunks, each.begins, each.gap) for each in pieces(chunks, 5)] == [
        ("one ", (5,), (5,), 0), ("two", (5, 6), (6,), 0), (" three", (6,), (), 0), ("", (), (), 7), ("Later.", (7,), (7,), 0),
    ]  # fmt: skip


def test_a_focus_is_marked_to_the_letter():
    marked = [each.text for each in pieces([cut(0, "one two"), cut(4, "two three")], focus=Focus("d", 2, 9)) if each.marked]

    assert "".join(marked) == "e two t"


def test_chunks_whose_places_do_not_fit_their_texts_stand_apart():
    assert [each.text for each in pieces([cut(0, "one"), cut(0, "two"), cut(0, "three", doc="e")])] == ["one", "two", "three"]


def test_hostile_texts_are_clean_in_what_a_page_is_sent():
    chunk = cut(0, BAD, source=BAD)
    chunk.metadata.heading = BAD
    state = found(EMPTY, Side(AS_SET, (hit(chunk, 1),)), text=BAD)
    report = IngestReport([FileReport(BAD, "failed", reason=BAD)])
    values = (
        Facts(1, ((BAD, 1),), BAD, BAD, model=BAD), Opened(BAD, (chunk,)), Ingestion(Progress(1, source=BAD), report),
        Reply(BAD, "done", BAD, BAD, BAD), Table(BAD, ((BAD, False),), 1, cut=False, number=1),
        MapFacts(1, "pca", 1, 1, 1, 2, legend=(BAD,)), Chosen(("a",)),
    )  # fmt: skip
    state, _ = after(state, *map(Came, values))
    shown = view(state)

    for markup in (
        shown["found"]["sides"][0]["hits"][0]["html"],
        shown["reply"]["html"],
        twin(state)["text/html"],
    ):
        assert "<img" not in markup
        assert "<script" not in markup
    assert shown["plot"]["chosen"] == 1


def test_a_map_says_how_it_was_made_and_how_far_it_can_be_trusted():
    facts = MapFacts(1, "pca", 100_000, 20_000, 250_000, 384, kept=0.081, trust=0.7, stale=True)
    lines = view(after(EMPTY, Came(facts))[0])["plot"]["lines"]

    assert lines[0] == "PCA of 100,000 vectors of 250,000, chosen at random, of 384 numbers each."
    assert "keep 8%" in lines[1]
    assert "Trustworthiness 0.70" in lines[2]
    assert "make the map again" in lines[3]


@pytest.mark.parametrize(
    "content",
    [
        None, {"do": "search"}, {"do": "search", "text": "x", "k": 0}, {"do": "search", "text": "x", "k": 201}, {"do": "search", "text": 3},
        {"do": "lasso", "polygon": [1.0, 2.0]}, {"do": "lasso", "polygon": [0.5] * 2_002}, {"do": "lasso", "polygon": ["a"] * 6},
        {"do": "rows", "table": "users", "first": 0, "last": 1}, {"do": "peek", "place": -1}, {"do": "chart", "method": "os"},
        {"do": "upload", "names": []}, {"do": "upload", "names": ["a"] * 51}, {"do": "goto", "side": 2, "rank": 1}, {"do": "look"},
        {"do": "stop", "key": "../x"}, {"do": "read", "source": "x" * 4_001}, {"do": "uploaded", "paths": ["/etc/passwd"]},
    ],
)  # fmt: skip
def test_what_a_page_says_is_checked(content):
    with pytest.raises(UsageError, match="not understood"):
        said(content, HEARD)


def test_a_new_map_has_nothing_chosen_and_a_piece_of_the_same_one_keeps_it():
    one, other = MapFacts(1, "pca", 9, 3, 9, 2), MapFacts(2, "pca", 9, 3, 9, 2)
    state, _ = after(EMPTY, Came(one), Came(Chosen(("a",))), Came(replace(one, placed=9)))
    assert view(state)["plot"]["chosen"] == 1

    assert view(after(state, Came(other))[0])["plot"]["chosen"] == 0
