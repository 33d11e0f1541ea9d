"""Chunks that end where the meaning changes, in both colours."""

import asyncio
from itertools import pairwise

import pytest
from colours import run_unblocked
from hypothesis import given
from hypothesis import strategies as st
from rag.chunkers.losing_nothing import TEXTS, assert_lossless, assert_placed, documents

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag import Document
from racto_nb.rag.chunkers import SemanticChunker
from racto_nb.rag.chunkers.semantic import BATCH, grouped

SUBJECTS = {"Cat": [1.0, 0.0], "Dog": [0.0, 1.0], "Pet": [1.0, 1.0]}


class BySubject:
    """Embeds a sentence by its first word, and remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.colours = set()

    def embed(self, texts):
        self.asked.append(list(texts))
        self.colours.add("sync")
        return [SUBJECTS.get(text[:3], [0.0, 0.0]) for text in texts]

    async def aembed(self, texts):
        await asyncio.sleep(0)
        vectors = self.embed(texts)
        self.colours = {"async"}
        return vectors


class ByHash(BySubject):
    def embed(self, texts):
        return [[float(hash(text) % 7), 1.0] for text in texts]


def shown(text, *settings, **named):
    return [text[start:end] for start, end in SemanticChunker(BySubject(), *settings, **named).split(text)]


def test_a_chunk_ends_between_two_sentences_that_are_less_alike_than_the_threshold():
    text = "Cats purr. Cats eat. Dogs bark. Dogs run. Cats sleep. Cats go."

    assert shown(text) == ["Cats purr. Cats eat. ", "Dogs bark. Dogs run. ", "Cats sleep. Cats go."]
    assert shown(text, -1) == [text]


def test_a_cosine_at_the_threshold_belongs_together():
    text = "Cats purr. Pets eat. Dogs bark."  # 0.707 each

    assert shown(text, 0.7, 1) == [text]
    assert shown(text, 0.71, 1) == ["Cats purr. ", "Pets eat. ", "Dogs bark."]


def test_a_chunk_has_at_least_so_many_sentences():
    text = "Cats a. Dogs b. Cats c. Dogs d. Cats e."

    assert shown(text, 0.8, 2) == ["Cats a. Dogs b. ", "Cats c. Dogs d. Cats e."]
    assert shown(text, 0.8, 9) == [text]


def test_a_chunk_has_at_most_so_many_characters():
    text = "Cats a. Cats b. Cats c. " + "Cats " * 8 + "."

    assert shown(text, max_characters=20) == ["Cats a. Cats b. ", "Cats c. ", "Cats Cats Cats Cats ", "Cats Cats Cats Cats ", "."]


def test_the_sentences_are_embedded_in_batches_once_each_without_the_blanks_around_them():
    embedder = BySubject()
    text = "Cats purr. \n\n" * (BATCH + 1)

    assert SemanticChunker(embedder, max_characters=None).split(text) == [(0, len(text))]
    assert [len(batch) for batch in embedder.asked] == [BATCH, 1]
    assert {sentence for batch in embedder.asked for sentence in batch} == {"Cats purr."}


def test_what_lies_on_both_sides_of_a_batch_is_compared_too():
    text = "Cats a. " * BATCH + "Dogs b. Dogs c."

    assert len(shown(text, max_characters=None)) == 2


@pytest.mark.parametrize("text", ["Cats purr. Cats eat. Dogs bark. Dogs run.", "Cats purr. " * 9_000, "", "Cats"])
def test_both_colours_cut_alike_and_ask_the_embedder_in_their_own_colour(text):
    document, embedder = Document(content=text, source="a"), BySubject()
    chunker = SemanticChunker(embedder)

    plain, colour = chunker.chunk(document), set(embedder.colours)
    awaited = run_unblocked(chunker.achunk(document))

    assert plain == awaited
    assert run_unblocked(chunker.asplit(text)) == chunker.split(text)
    assert (colour, bool(colour)) == ({"sync"} if colour else set(), len(plain) > 1 or text.count(".") > 1)


@given(TEXTS, st.floats(-1, 1), st.integers(1, 4), st.sampled_from([7, 50, None]))
def test_they_lose_nothing_and_keep_to_their_limit(text, threshold, least, limit):
    assert_lossless(text, SemanticChunker(ByHash(), threshold, least, max_characters=limit).split(text), limit)


@given(documents())
def test_they_say_where_they_stand(document):
    assert_placed(document, SemanticChunker(ByHash(), max_characters=50).chunk(document))


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1), st.integers(1, 4), st.integers(9, 60))
def test_groups_end_only_where_they_may(given_parts, least, limit):
    parts, place = [], 0
    for size, _ in given_parts:
        parts.append((place, place + size))
        place += size
    stays = [stay for _, stay in given_parts[:-1]]

    spans = grouped(parts, stays, least, limit)

    assert_lossless("x" * place, spans, limit)
    ends = {end: index for index, (_, end) in enumerate(parts)}
    for (start, end), (_, following) in pairwise(spans):
        index = ends[end]
        next_part_fits = parts[index + 1][1] - start <= limit
        assert not next_part_fits or (not stays[index] and index - [begin for begin, _ in parts].index(start) + 1 >= least)
        assert following > end


class TooFew(BySubject):
    def embed(self, texts):
        return super().embed(texts)[:-1]


def test_an_embedder_that_gives_too_few_vectors_is_told():
    with pytest.raises(WrongTypeError, match="gave 1 vectors for 2 texts"):
        SemanticChunker(TooFew()).split("Cats purr. Dogs bark.")


class Failing(BySubject):
    def embed(self, texts):
        raise ConnectionError("no embedder today")


def test_what_the_embedder_raises_arrives():
    with pytest.raises(ConnectionError, match="no embedder today"):
        SemanticChunker(Failing()).split("Cats purr. Dogs bark.")


@pytest.mark.parametrize(
    ("settings", "kind", "said"),
    [
        ({"embedder": len}, WrongTypeError, "embedder has embed"),
        ({"threshold": 1.5}, UsageError, "from -1 to 1, not 1.5"),
        ({"threshold": float("nan")}, UsageError, "from -1 to 1, not nan"),
        ({"threshold": True}, WrongTypeError, "threshold is the cosine below which a chunk ends"),
        ({"min_chunk_size": 0}, UsageError, "min_chunk_size is a number of sentences above 0"),
        ({"language": "klingon"}, UsageError, "language is the English name of a language"),
        ({"max_characters": -1}, UsageError, "max_characters is a number of characters above 0"),
    ],
)
def test_wrong_settings_are_refused_with_what_to_write(settings, kind, said):
    with pytest.raises(kind, match=said):
        SemanticChunker(**{"embedder": BySubject(), **settings})


def test_the_documents_default_is_the_threshold():
    chunker = SemanticChunker(BySubject())

    assert (chunker.threshold, chunker.min_chunk_size) == (0.8, 2)
    assert "threshold=0.8, min_chunk_size=2" in repr(chunker)
