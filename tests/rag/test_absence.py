"""Why a passage is not among the hits."""

import pytest
from colours import run_unblocked

from racto_nb.exceptions import UsageError
from racto_nb.rag import Document, absence, field
from racto_nb.rag.chunkers import FixedChunker, SentenceChunker
from racto_nb.rag.evaluation import awhy_not, why_not
from racto_nb.rag.stores import InMemoryVectorStore

WORDS = ["cat", "dog", "rain", "sun", "tea"]
STORY = "The cat sleeps. A dog barks at the dog next door. Rain falls on\n  the house. The sun is out. We drink tea."


class Library:
    """A store with an embedder that counts words."""

    def __init__(self, chunker=None, text=STORY):
        self.store = InMemoryVectorStore()
        for source, year in (("new.txt", 2024), ("old.txt", 1990)):
            document = Document(content=text, source=source, metadata={"year": year})
            for chunk in (chunker or SentenceChunker(1, 0)).chunk(document):
                chunk.embedding = self.embedded(chunk.content)
                self.store.add([chunk])

    def embedded(self, text):
        return [text.lower().count(word) + 0.01 * (number + 1) for number, word in enumerate(WORDS)]

    def retrieve(self, query, top_k=5, filters=None):
        return self.store.search(self.embedded(query), top_k, filters)

    async def aretrieve(self, query, top_k=5, filters=None):
        return await self.store.asearch(self.embedded(query), top_k, filters)


def told(library, query, passage, **named):
    plain, awaited = why_not(library, query, passage, **named), run_unblocked(awhy_not(library, query, passage, **named))
    assert plain == awaited
    return plain


def test_a_passage_that_is_found_has_its_rank():
    found = told(Library(), "cat", "The cat sleeps.", k=2)

    assert (found.reason, found.rank) == ("found", 1)
    assert str(found).startswith("The passage is hit 1 of 2: chunk 0 of 'new.txt' (0-16)")


def test_a_passage_further_down_has_its_rank_and_how_much_is_missing():
    found = told(Library(), "cat", "We drink tea.", k=2)

    assert found.reason == "further down"
    assert found.rank > 2
    assert found.gap == pytest.approx(found.last_score - found.score)
    assert found.gap > 0
    assert f"is hit {found.rank}, with a score of" in str(found)


def test_white_space_may_differ():
    assert told(Library(), "rain", "Rain falls on the house.").reason == "found"
    assert told(Library(), "rain", "Rain  falls\non the house.").reason == "found"


def test_a_filter_that_removes_it_is_named():
    found = told(Library(), "cat", "The cat sleeps.", filters={"year": {"ge": 2030}, "source": "new.txt"})

    assert (found.reason, found.conditions) == ("filtered", [field("year") >= 2030])
    assert "does not fit year >= 2030" in str(found)


def test_conditions_that_only_together_fit_nothing_are_all_named():
    found = told(Library(), "cat", "The cat sleeps.", filters={"year": 2024, "source": "old.txt"})

    assert (found.reason, len(found.conditions)) == ("filtered", 2)


def test_a_passage_that_fits_the_filter_somewhere_is_looked_for_there():
    found = told(Library(), "cat", "The cat sleeps.", filters={"year": 1990})

    assert (found.reason, found.chunks[0].metadata.source) == ("found", "old.txt")


@pytest.mark.parametrize("overlap", [0, 5])
def test_a_border_that_parts_it_is_shown(overlap):
    found = told(Library(FixedChunker(40, overlap)), "dog", "A dog barks at the dog next door.", k=1)

    assert found.reason == "split"
    parts = [(chunk.metadata.start_char, chunk.metadata.end_char) for chunk in found.chunks]
    assert len(parts) == 2
    assert parts[0][0] <= STORY.index("A dog") < parts[0][1] < STORY.index(" Rain") <= parts[1][1]
    assert found.rank is not None
    assert "No chunk holds the whole passage: 2 hold parts of it" in str(found)
    assert "The best of them is hit" in str(found)


def test_a_single_word_can_be_parted_too():
    found = told(Library(FixedChunker(30, 0), text="x" * 25 + "Donaudampfschiff and more text here"), "dog", "Donaudampfschiff")

    assert (found.reason, len(found.chunks)) == ("split", 2)


def test_parts_that_a_filter_removes_are_told_as_such():
    found = told(Library(FixedChunker(40, 0)), "dog", "A dog barks at the dog next door.", filters={"year": 1})

    assert (found.reason, found.rank) == ("split", None)
    assert "They do not fit year == 1" in str(found)


def test_a_passage_that_nobody_stored_is_told():
    found = told(Library(), "cat", "The parrot talks at the dog next door.")

    assert (found.reason, found.chunks, found.gap) == ("not stored", [], None)
    assert "not in the store" in str(found)


def test_a_passage_deeper_than_is_looked_is_told(monkeypatch):
    monkeypatch.setattr(absence, "DEPTH", 2)

    found = told(Library(), "cat", "We drink tea.", k=2)

    assert found.reason == "not searched"
    assert "not among the first 2 hits" in str(found)


def test_a_small_store_is_asked_once():
    assert told(Library(), "cat", "We drink tea.", k=50).reason == "found"


class Elsewhere:
    """A retriever that does not show its store."""

    def __init__(self):
        self.library = Library()
        self.retrieve, self.aretrieve = self.library.retrieve, self.library.aretrieve


def test_a_store_can_be_given_and_has_to_be_where_the_retriever_shows_none():
    assert told(Elsewhere(), "cat", "The cat sleeps.", store=Library().store).reason == "found"
    with pytest.raises(UsageError, match="Elsewhere does not say where its chunks are"):
        why_not(Elsewhere(), "cat", "The cat sleeps.")


def test_a_blank_passage_is_refused():
    with pytest.raises(UsageError, match="The passage is blank"):
        why_not(Library(), "cat", " \n")
