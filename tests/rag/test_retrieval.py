"""From a question to the chunks that fit it."""

from __future__ import annotations

import warnings

import pytest
from colours import COLOURS
from fruit_chunks import TableEmbedder, chunk, filled

from racto_nb.exceptions import HybridSearchWarning, MissingExtraError, UsageError
from racto_nb.rag import field
from racto_nb.rag.keywords import KeywordIndex
from racto_nb.rag.retrieval import RetrievalOptions, Searched, choosing_mode, retrieving
from racto_nb.rag.stores import DuckDBStore, InMemoryVectorStore

both_colours = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)

QUESTION = "red apples"
PILE = (
    chunk("near", "Fruit that shines.", (1.0, 0.0), kind="a"),
    chunk("both", "Red apples shine.", (0.8, 0.6), kind="b"),
    chunk("word", "Apples, apples, red apples.", (-1.0, 0.0), kind="b"),
    chunk("far", "Something else.", (0.0, 1.0), kind="b"),
)


class NoRevision(InMemoryVectorStore):
    def revision(self):
        return None


def searched(store=None):
    store = store or filled(*PILE)
    return Searched(store, TableEmbedder({QUESTION: (1.0, 0.0)}), KeywordIndex(store))


def found(colour, *, top_k=5, filters=None, store=None, **options):
    return colour.run(retrieving(searched(store), QUESTION, top_k, filters, RetrievalOptions(**options)))


def names(hits):
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    return [hit.chunk.chunk_id for hit in hits]


class Scores:
    """A reranker that gives the numbers it was made with, by the first word of the passage."""

    def __init__(self, **scores):
        self.scores, self.seen = scores, []

    def rerank(self, query, passages):
        self.seen.append((query, list(passages)))
        return [self.scores.get(passage.split()[0].strip(","), 0.0) for passage in passages]

    async def arerank(self, query, passages):
        return self.rerank(query, passages)


@both_colours
def test_by_meaning_the_score_is_the_cosine(colour):
    hits = found(colour, mode="vector")
    assert names(hits) == ["near", "both", "far", "word"]
    assert [round(hit.score, 3) for hit in hits] == [1.0, 0.8, 0.0, -1.0]
    assert hits[1].parts["vector"].rank == 2
    assert not hits[1].matches


@both_colours
def test_by_words_only_what_has_them_is_found_and_nothing_is_embedded(colour):
    parts = searched()
    hits = colour.run(retrieving(parts, QUESTION, 5, None, RetrievalOptions(mode="keyword")))
    assert names(hits) == ["word", "both"]
    assert parts.embedder.asked == []
    assert hits[0].score == hits[0].parts["bm25"].score > hits[1].score


@both_colours
def test_both_together_prefer_what_both_found(colour):
    hits = found(colour, mode="hybrid")
    assert names(hits)[0] == "both"
    assert set(hits[0].parts) == {"vector", "bm25", "fused"}
    assert hits[0].score == hits[0].parts["fused"].score == pytest.approx((1 / 62 + 1 / 62) / (2 / 61))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@both_colours
def test_a_chunk_that_only_the_words_found_comes_with_its_text(colour):
    hits = found(colour, top_k=2, mode="hybrid", fetch_k=2, weights=(1, 2))
    word = next(hit for hit in hits if hit.chunk.chunk_id == "word")
    assert "vector" not in word.parts
    assert "Only the search by words found it" in word.explain().text
    assert [word.chunk.content[match.start : match.end] for match in word.matches] == ["Apples", "apples", "red", "apples"]


def test_weights_and_the_constant_shift_the_balance():
    colour = COLOURS[0]
    assert names(found(colour, mode="hybrid", weights=(1, 0)))[0] == "near"
    assert names(found(colour, mode="hybrid", weights=(0, 1)))[0] == "word"
    first = found(colour, mode="hybrid", weights=(3, 1), rrf_k=0)[0]
    assert (first.chunk.chunk_id, first.score) == ("near", pytest.approx(3 / 4))


@both_colours
@pytest.mark.parametrize("mode", ["vector", "keyword", "hybrid"])
def test_filters_hold_in_every_mode_and_leave_enough(colour, mode):
    many = [chunk(f"c{n}", "red apples " + "pie " * (n + 1), (1.0, n / 100), kind="a" if n < 60 else "b") for n in range(90)]
    hits = found(colour, top_k=30, filters=field("kind") == "b", store=filled(*many), mode=mode)
    assert len(names(hits)) == 30
    assert {hit.chunk.metadata.extra["kind"] for hit in hits} == {"b"}


@both_colours
def test_a_reranker_decides_over_all_that_was_fetched(colour):
    reranker = Scores(Something=9.0, Fruit=4.0)
    hits = found(colour, top_k=2, mode="vector", reranker=reranker)
    assert names(hits) == ["far", "near"]
    assert [hit.score for hit in hits] == [9.0, 4.0]
    assert hits[0].parts["vector"].rank == 3
    assert hits[0].parts["rerank"].rank == 1
    assert [(query, len(passages)) for query, passages in reranker.seen] == [(QUESTION, 4)]


@both_colours
def test_a_reranker_is_not_asked_about_nothing(colour):
    reranker = Scores()
    assert found(colour, store=InMemoryVectorStore(), mode="vector", reranker=reranker) == []
    assert reranker.seen == []


@pytest.mark.parametrize("scores", [[1.0], [1.0, 2.0, 3.0, float("nan")]])
def test_scores_that_are_not_one_number_a_passage_are_refused(scores):
    class Odd(Scores):
        def rerank(self, query, passages):
            return scores

    with pytest.raises(UsageError, match=r"one finite number for each passage\. Odd gave"):
        found(COLOURS[0], mode="vector", reranker=Odd())


@both_colours
def test_unlike_hits_are_chosen_and_keep_their_scores(colour):
    store = filled(
        chunk("first", "Apples.", (1.0, 0.0)), chunk("same", "Apples!", (1.0, 0.001)), chunk("other", "Pears.", (0.7, 0.7))
    )
    assert names(found(colour, top_k=2, store=store, mode="vector")) == ["first", "same"]
    hits = found(colour, top_k=2, store=store, mode="vector", mmr=0.4)
    assert names(hits) == ["first", "other"]
    assert hits[1].score == hits[1].parts["vector"].score == pytest.approx(0.707, abs=1e-3)
    assert hits[1].parts["mmr"].rank == 2


@both_colours
def test_unlike_hits_are_chosen_after_a_reranker_too(colour):
    hits = found(colour, top_k=2, mode="hybrid", reranker=Scores(Apples=1.0, Red=0.9, Fruit=0.8), mmr=0.3)
    assert names(hits)[0] == "word"
    assert {"fused", "rerank", "mmr"} <= hits[0].parts.keys()


def test_a_store_that_finds_without_vectors_is_asked_for_them():
    class Bare(InMemoryVectorStore):
        def search(self, embedding, top_k=5, filters=None):
            hits = super().search(embedding, top_k, filters)
            return [hit.model_copy(update={"chunk": hit.chunk.model_copy(update={"embedding": None})}) for hit in hits]

    store = Bare()
    store.add(list(PILE))
    assert names(found(COLOURS[0], store=store, top_k=2, mode="vector", mmr=1.0)) == ["near", "both"]


def test_a_chunk_that_is_removed_meanwhile_is_left_out():
    class Leaking(InMemoryVectorStore):
        def get(self, chunk_ids):
            return [] if chunk_ids == ["word"] else super().get(chunk_ids)

    store = Leaking()
    store.add(list(PILE))
    assert "word" not in names(found(COLOURS[0], store=store, top_k=2, mode="hybrid", fetch_k=2))


@pytest.mark.parametrize("question", ["", " \n"])
def test_a_blank_question_is_refused(question):
    with pytest.raises(UsageError, match="blank"):
        COLOURS[0].run(retrieving(searched(), question, 5, None, RetrievalOptions()))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mode": "fuzzy"}, "mode is one of 'auto', 'hybrid', 'vector', 'keyword', not 'fuzzy'"),
        ({"fetch_k": 0}, "1 or more"),
        ({"rrf_k": -1}, "rrf_k is 0 or more"),
        ({"weights": (0, 0)}, "not both 0"),
        ({"weights": (1,)}, "two numbers"),
        ({"mmr": 1.5}, "mmr is between 0"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options, said):
    with pytest.raises(UsageError, match=said):
        RetrievalOptions(**options)


@both_colours
def test_on_its_own_it_is_hybrid_where_the_store_tells_of_changes(colour):
    def chosen(store, **options):
        return colour.run(choosing_mode(RetrievalOptions(**options), store))

    assert chosen(filled(*PILE)) == "hybrid"
    assert chosen(NoRevision()) == "vector"
    assert chosen(NoRevision(), mode="keyword") == "keyword"


@both_colours
def test_the_first_question_to_a_store_on_disk_does_not_block_the_loop(colour, tmp_path):
    with DuckDBStore(str(tmp_path / "store")) as store:
        store.add(list(PILE))
    with DuckDBStore(str(tmp_path / "store")) as store:
        assert names(found(colour, store=store))[0] == "both"


def test_without_the_library_of_words_it_says_so_and_searches_by_meaning(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.warns(HybridSearchWarning, match=r"pip install 'racto-nb\[rag-bm25\]'.*by meaning only"):
        hits = found(COLOURS[0])
    assert set(hits[0].parts) == {"vector"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found(COLOURS[0], mode="vector")


def test_asked_for_words_without_the_library_it_is_an_error(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "bm25s", None)
    with pytest.raises(MissingExtraError, match="rag-bm25"):
        found(COLOURS[0], mode="hybrid")
