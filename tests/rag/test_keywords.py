"""Chunks by their words: BM25."""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter

import pytest
from colours import run_unblocked
from fruit_chunks import chunk, filled
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import NotFoundError, UnsupportedError
from racto_nb.rag import Chunk, field
from racto_nb.rag.keywords import KeywordIndex, stop_words
from racto_nb.rag.stores import BaseVectorStore, InMemoryVectorStore
from racto_nb.rag.words import words_of

FRUIT = (
    chunk("apple", "Apples grow on trees. Apples are red."),
    chunk("pear", "Pears grow on trees too."),
    chunk("berry", "Berries grow on bushes."),
)


class Watched(InMemoryVectorStore):
    """Writes down what is fetched."""

    def __init__(self, *, tells=True):
        super().__init__()
        self.fetched = []
        self.tells = tells

    def get(self, chunk_ids):
        self.fetched.append(list(chunk_ids))
        return super().get(chunk_ids)

    def revision(self):
        return super().revision() if self.tells else None


def names(hits):
    return [hit.chunk_id for hit in hits]


def test_rare_words_count_more():
    assert names(KeywordIndex(filled(*FRUIT)).search("red trees")) == ["apple", "pear"]


def test_a_chunk_without_a_word_of_the_question_is_no_hit():
    assert KeywordIndex(filled(*FRUIT)).search("submarine") == []
    assert KeywordIndex(filled(*FRUIT)).search("?!") == []
    assert KeywordIndex(InMemoryVectorStore()).search("apples") == []
    assert KeywordIndex(filled(chunk("mute", "…"))).search("apples") == []


def test_the_points_of_the_words_are_the_score():
    best, *_ = KeywordIndex(filled(*FRUIT)).search("apples on trees")
    assert list(best.points) == ["apples", "trees", "on"]
    assert sum(best.points.values()) == pytest.approx(best.score)


def test_a_filter_leaves_the_hits_that_fit_and_never_too_few():
    store = filled(*(chunk(f"c{n}", "grow " * (n + 1), colour="red" if n < 3 else "green") for n in range(40)))
    hits = KeywordIndex(store).search("grow", 3, field("colour") == "red")
    assert sorted(names(hits)) == ["c0", "c1", "c2"]
    assert KeywordIndex(store).search("grow", 3, {"colour": "blue"}) == []


def test_equal_scores_stand_in_one_order_whatever_order_they_came_in():
    same = [chunk(f"c{n}", "grow") for n in range(9)]
    assert names(KeywordIndex(filled(*same)).search("grow", 4)) == names(KeywordIndex(filled(*same[::-1])).search("grow", 4))


def test_stop_words_do_not_count_unless_there_are_no_others():
    index, english = KeywordIndex(filled(*FRUIT, chunk("on", "on on on"))), stop_words("english")
    assert "on" not in names(index.search("apples on trees", stop_words=english))
    assert names(index.search("on the", stop_words=english))[0] == "on"


def test_unknown_languages_name_the_nearest():
    assert "le" in stop_words("French")
    with pytest.raises(NotFoundError, match=r"'germn'.*german"):
        stop_words("germn")


@pytest.mark.parametrize("tells", [True, False])
def test_what_comes_and_goes_is_found_and_not_found(tells):
    store = Watched(tells=tells)
    store.add(list(FRUIT))
    index = KeywordIndex(store)
    assert names(index.search("bushes")) == ["berry"]
    store.add([chunk("hedge", "Bushes.")])
    assert names(index.search("bushes")) == ["hedge", "berry"]
    store.delete(["berry"])
    assert names(index.search("bushes")) == ["hedge"]
    store.clear()
    assert index.search("bushes") == []


def test_a_chunk_that_is_replaced_under_a_name_of_its_own_is_read_again():
    store = filled(*FRUIT)
    index = KeywordIndex(store)
    assert names(index.search("red")) == ["apple"]
    store.add([chunk("apple", "Green now.")])
    assert index.search("red") == []


@pytest.mark.parametrize("tells", [True, False])
def test_chunks_named_by_their_content_are_fetched_once(tells):
    store = Watched(tells=tells)
    store.add([made := Chunk(**FRUIT[0].model_dump(exclude={"chunk_id"}))])
    index = KeywordIndex(store)
    index.search("apples")
    index.search("apples")
    store.add([new := Chunk(**FRUIT[1].model_dump(exclude={"chunk_id"}))])
    index.search("apples")
    assert store.fetched == [[made.chunk_id], [new.chunk_id]]


def test_a_store_that_cannot_list_its_chunks_says_so():
    class Blind(BaseVectorStore):
        add = search = delete = clear = count = None  # type: ignore[assignment]

    with pytest.raises(UnsupportedError, match="list its chunks"):
        KeywordIndex(Blind()).search("apples")


def test_the_async_twin_finds_the_same_and_blocks_nothing():
    index = KeywordIndex(filled(*FRUIT))
    assert run_unblocked(index.asearch("red trees", 2)) == index.search("red trees", 2)


def test_the_library_writes_nothing_into_the_logs():
    program = (
        "import logging; logging.basicConfig()\n"
        "from fruit_chunks import chunk, filled; from racto_nb.rag.keywords import KeywordIndex\n"
        "print(len(KeywordIndex(filled(chunk('a', 'Apples'))).search('apples')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": ".:tests"}, capture_output=True, text=True, check=True
    )
    assert (done.stdout.strip(), done.stderr) == ("1", "")


WORDS = st.lists(st.sampled_from(["apple", "pear", "plum", "fig", "kiwi", "lime"]), max_size=8).map(" ".join)


def plainly_scored(texts, query):
    """BM25 as Lucene counts it, one text at a time."""
    split = [words_of(text) for text in texts]
    mean = sum(map(len, split)) / len(split) or 1
    scores = []
    for words in split:
        score = 0.0
        for word in words_of(query):
            has, times = sum(word in other for other in split), Counter(words)[word]
            rarity = math.log(1 + (len(split) - has + 0.5) / (has + 0.5))
            score += rarity * times / (times + 1.5 * (1 - 0.75 + 0.75 * len(words) / mean))
        scores.append(score)
    return scores


@given(st.lists(WORDS, min_size=1, max_size=8), WORDS)
def test_scores_are_those_of_the_formula(texts, query):
    hits = KeywordIndex(filled(*(chunk(f"c{n}", text) for n, text in enumerate(texts)))).search(query, 100)
    expected = {f"c{n}": score for n, score in enumerate(plainly_scored(texts, query)) if score}
    assert {hit.chunk_id: hit.score for hit in hits} == pytest.approx(expected, rel=1e-4)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
