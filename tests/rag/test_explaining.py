"""Why a hit stands where it stands, in words."""

from __future__ import annotations

from fruit_chunks import chunk

from racto_nb.rag import RetrievalResult
from racto_nb.rag.explaining import StageScore, WordMatch

APPLE = chunk("apple", "Apples & <b>apples</b>.", source="<i>fruit</i>.md", page=3, heading="Fruit > Red")
MATCHES = [WordMatch("apples", 0, 6, 1.25), WordMatch("apples", 12, 18, 1.25), WordMatch("b", 10, 11, 2.0)]
PARTS = {"fused": StageScore(1, 0.984), "bm25": StageScore(1, 3.25), "vector": StageScore(2, 0.71)}


def explained(parts, matches=()):
    return RetrievalResult(chunk=APPLE, score=0.984, rank=1, parts=parts, matches=list(matches)).explain()


def test_the_text_says_the_place_the_stages_in_their_order_and_the_words():
    assert explained(PARTS, MATCHES).text.splitlines() == [
        "Rank 1: <i>fruit</i>.md, page 3, Fruit > Red, characters 0 to 23",
        "Both searches found it: its meaning is near the question, and it has words of it.",
        "By meaning: rank 2, cosine 0.710.",
        "By words: rank 1, BM25 3.25: b (2.00), apples 2 times (1.25).",
        "Together: rank 1, 0.984 of 1, which is the first place in both.",
        "",
        "Apples & <b>apples</b>.",
    ]


def test_the_html_marks_the_words_and_escapes_what_others_wrote():
    html = explained(PARTS, MATCHES)._repr_html_()
    assert "<mark>Apples</mark> &amp; &lt;<mark>b</mark>&gt;<mark>apples</mark>&lt;/b&gt;." in html
    assert "<strong>Rank 1: &lt;i&gt;fruit&lt;/i&gt;.md, page 3, Fruit &gt; Red" in html
    assert "<i>" not in html
    assert "<b>" not in html


def test_the_html_says_what_the_text_says():
    explanation = explained(PARTS, MATCHES)
    html = explanation._repr_html_()
    assert all(line in html for line in explanation.text.splitlines()[1:5])
    assert str(explanation) == repr(explanation) == explanation.text


def test_what_only_one_search_found_says_so():
    fused = {"fused": StageScore(1, 0.016)}
    assert "Only the search by words found it" in explained({**fused, "bm25": StageScore(1, 3.0)}).text
    assert "Only the search by meaning found it" in explained({**fused, "vector": StageScore(1, 0.9)}).text
    assert "It has words of the question" in explained({"bm25": StageScore(1, 3.0)}).text


def test_a_hit_of_a_store_alone_is_explained_by_its_cosine():
    assert "By meaning: rank 1, cosine 0.984." in explained({}).text


def test_what_came_last_is_named_first():
    assert "The reranker has read it" in explained({**PARTS, "rerank": StageScore(1, 9.0)}).text
    assert "says something that those before do not" in explained({**PARTS, "mmr": StageScore(1, 0.4)}).text


def test_a_long_chunk_is_shown_by_its_beginning():
    long = RetrievalResult(chunk=chunk("long", "word " * 200), score=0.5, rank=1).explain()
    assert long.text.endswith("word …")
    assert len(long.text) < 600


def test_hits_survive_being_written_down():
    hit = RetrievalResult(chunk=APPLE, score=0.984, rank=1, parts=PARTS, matches=MATCHES)
    assert RetrievalResult.model_validate_json(hit.model_dump_json()) == hit
