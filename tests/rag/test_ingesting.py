"""What ingesting a file or a text does to a store: once, in place of what was, and without embedding anything twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from colours import run_unblocked
from rag.small_parts import FiveMethods, Lines, Words, small_rag

from racto_nb.exceptions import MissingFileError, UsageError, WrongTypeError
from racto_nb.rag import field
from racto_nb.rag.pipeline import RactoRAG
from racto_nb.rag.processors import BaseProcessor
from racto_nb.rag.stores import DuckDBStore, InMemoryVectorStore
from racto_nb.testing import FakeKit


class Plain:
    """The methods of a pipeline, called."""

    def __getattr__(self, name):
        return lambda rag, *args, **kwargs: getattr(rag, name)(*args, **kwargs)


class Awaited:
    """Their twins, awaited."""

    def __getattr__(self, name):
        return lambda rag, *args, **kwargs: run_unblocked(getattr(rag, f"a{name}")(*args, **kwargs))


@pytest.fixture(params=[Plain(), Awaited()], ids=["sync", "async"])
def each(request):
    return request.param


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    path = tmp_path / "terms.txt"
    path.write_text("Refunds take 14 days.\nShipping is free.\n")
    return path


def contents(rag: RactoRAG) -> list[str]:
    return sorted(chunk.content for chunk in rag.store.get(rag.store.chunk_ids()))


def test_a_file_becomes_chunks_with_vectors_in_the_store(each, terms):
    rag = small_rag()

    chunks = each.ingest(rag, terms, category="legal")

    assert [chunk.content for chunk in chunks] == ["Refunds take 14 days.\n", "Shipping is free.\n"]
    assert [chunk.embedded_text for chunk in chunks] == ["Refunds take 14 days.", "Shipping is free."]
    assert all(chunk.embedding and len(chunk.embedding) == 64 for chunk in chunks)
    assert chunks[0].metadata.extra == {"size": 40, "category": "legal"}
    assert chunks[0].metadata.source == terms.as_posix()
    assert each.count(rag) == 2


def test_the_same_file_again_changes_nothing_and_embeds_nothing(each, terms):
    embedder = Words()
    rag = small_rag(embedder=embedder)
    first = each.ingest(rag, terms)
    asked = len(embedder.asked)

    again = each.ingest(rag, terms)

    assert [chunk.chunk_id for chunk in again] == [chunk.chunk_id for chunk in first]
    assert [chunk.embedding for chunk in again] == [chunk.embedding for chunk in first]
    assert (len(embedder.asked), rag.count()) == (asked, 2)


@pytest.mark.parametrize("kind", [InMemoryVectorStore, DuckDBStore])
def test_a_changed_file_takes_the_place_of_what_it_was_and_only_new_texts_are_embedded(each, terms, kind):
    embedder = Words()
    rag = small_rag(embedder=embedder, store=kind())
    each.ingest(rag, terms, tags=["a", "b"], day=date(2026, 11, 29), weight=0.1, more={"x": [1, None, True]})
    embedder.asked.clear()
    terms.write_text("Refunds take 30 days.\nShipping is free.\n")

    each.ingest(rag, terms, tags=["a", "b"], day=date(2026, 11, 29), weight=0.1, more={"x": [1, None, True]})

    assert contents(rag) == ["Refunds take 30 days.\n", "Shipping is free.\n"]
    assert embedder.asked == ["Refunds take 30 days."]
    (hit,) = each.retrieve(rag, "Shipping is free", top_k=1)
    assert (hit.chunk.content, round(hit.score, 3)) == ("Shipping is free.\n", 1.0)


def test_changed_metadata_replaces_without_embedding(each, terms):
    embedder = Words()
    rag = small_rag(embedder=embedder)
    each.ingest(rag, terms, year=2024)
    embedder.asked.clear()

    each.ingest(rag, terms, year=2025)

    assert rag.count() == len(rag.store.chunk_ids(field("year") == 2025)) == 2
    assert embedder.asked == []


def test_another_embedder_of_the_same_length_embeds_anew(each, terms):
    store = InMemoryVectorStore()
    each.ingest(small_rag(store=store, embedder=Words("first")), terms)
    other = Words("second")

    each.ingest(small_rag(store=store, embedder=other), terms)

    assert len(other.asked) == store.count() == 2


def test_a_file_is_the_same_however_its_path_is_written(each, terms, monkeypatch):
    monkeypatch.chdir(terms.parent)
    rag = small_rag()
    for spelling in ("terms.txt", "./terms.txt", Path("terms.txt"), ".//terms.txt"):
        each.ingest(rag, spelling)

    assert rag.count() == 2
    assert {chunk.metadata.source for chunk in rag.store.get(rag.store.chunk_ids())} == {"terms.txt"}


def test_a_file_that_became_empty_has_no_chunks_any_more(each, terms):
    rag = small_rag()
    each.ingest(rag, terms)
    terms.write_text("")

    assert each.ingest(rag, terms) == []
    assert rag.count() == 0


def test_texts_of_one_source_stand_beside_each_other(each):
    rag = small_rag()
    each.ingest_text(rag, "The fox jumps.", category="test")
    each.ingest_text(rag, "The dog sleeps.")
    each.ingest_text(rag, "The dog sleeps.")

    assert contents(rag) == ["The dog sleeps.", "The fox jumps."]
    (hit,) = each.retrieve(rag, "fox", filters={"category": "test"})
    assert (hit.chunk.content, hit.chunk.metadata.source, hit.rank) == ("The fox jumps.", "manual", 1)


def test_the_same_text_with_other_metadata_takes_the_place_of_the_first(each):
    rag = small_rag()
    each.ingest_text(rag, "The fox jumps.", year=1)
    each.ingest_text(rag, "The fox jumps.", year=2)

    assert [chunk.metadata.extra for chunk in rag.store.get(rag.store.chunk_ids())] == [{"year": 2}]


def test_a_source_is_removed_with_all_its_chunks(each, terms):
    rag = small_rag()
    each.ingest(rag, terms)
    each.ingest_text(rag, "a", source="https://example.org//a")
    each.ingest_text(rag, "b", source="https://example.org//a")

    assert each.remove(rag, "https://example.org//a") == 2
    assert each.remove(rag, terms) == 2
    assert each.remove(rag, terms) == rag.count() == 0


def test_a_store_of_five_methods_gets_every_chunk_once(each, terms):
    rag = small_rag(store=FiveMethods())
    each.ingest(rag, terms)
    each.ingest(rag, terms)

    assert each.count(rag) == 2


def test_clear_empties_the_store(each, terms):
    rag = small_rag()
    each.ingest(rag, terms)
    each.clear(rag)
    assert each.count(rag) == 0


def test_what_is_wrong_with_a_search_is_told_before_anything_is_embedded(each):
    embedder = Words()
    rag = small_rag(embedder=embedder)
    with pytest.raises(UsageError, match="top_k"):
        each.retrieve(rag, "fox", top_k=0)
    with pytest.raises(UsageError, match="operator"):
        each.retrieve(rag, "fox", filters={"year": {"over": 1}})
    assert embedder.asked == []


def test_a_missing_file_is_named(each, tmp_path):
    with pytest.raises(MissingFileError, match=r"nothing\.txt"):
        each.ingest(small_rag(), tmp_path / "nothing.txt")


def test_an_embedder_that_fails_leaves_the_store_as_it_was(each, terms):
    embedder = Words(error=ConnectionError("gone"))
    rag = small_rag(embedder=embedder)
    each.ingest(rag, terms)
    before = contents(rag)
    terms.write_text("poison\n")

    with pytest.raises(ConnectionError):
        each.ingest(rag, terms)

    assert contents(rag) == before


def test_a_kit_may_be_the_embedder(each, terms):
    kit = FakeKit(dimensions=8)
    rag = small_rag(embedder=kit)
    each.ingest(rag, terms)
    assert [call["texts"] for call in kit.embed_calls] == [["Refunds take 14 days.", "Shipping is free."]]
    assert each.retrieve(rag, "Shipping is free.")[0].chunk.content == "Shipping is free.\n"


def test_wrong_parts_are_refused():
    with pytest.raises(UsageError, match="two names"):
        small_rag(vector_store=InMemoryVectorStore())
    with pytest.raises(WrongTypeError, match="BaseVectorStore"):
        small_rag(store=[])
    with pytest.raises(WrongTypeError, match="or a kit"):
        small_rag(embedder=len)
    with pytest.raises(UsageError, match="source"):
        small_rag().ingest_text("a", source="")


def test_a_pipeline_is_closed_with_its_parts(each):
    closed = []

    class Closing(Words):
        def close(self):
            closed.append("plain")

        async def aclose(self):
            closed.append("awaited")

    with small_rag(embedder=Closing(), chunker=Lines()):
        pass
    each.close(small_rag(embedder=Closing()))
    assert closed[0] == "plain"
    assert len(closed) == 2


def test_chunks_without_a_word_are_left_out_and_what_a_processor_empties_is_embedded_as_written(each):
    class Nothing(BaseProcessor):
        def process(self, text):
            return text.replace("dog", "").strip()

    embedder = Words()
    rag = small_rag(embedder=embedder, processors=[Nothing()])
    chunks = each.ingest_text(rag, "fox\n\n  \ndog\n")
    assert [chunk.content for chunk in chunks] == ["fox\n", "dog\n"]
    assert embedder.asked == ["fox", "dog\n"]


def test_progress_of_one_file_is_told(each, terms):
    heard = []
    embedder = Words()
    embedder.batch_size = 1
    each.ingest(small_rag(embedder=embedder), terms, on_progress=heard.append)
    assert [(step.texts, step.embedded, step.done) for step in heard] == [(2, 1, 0), (2, 2, 0), (2, 2, 1)]


def test_vectors_of_an_array_library_become_lists(each, terms):
    import numpy as np

    class Arrays(Words):
        def embed(self, texts):
            return list(np.asarray(super().embed(texts), dtype=np.float32))

    chunks = each.ingest(small_rag(embedder=Arrays()), terms)
    assert all(type(chunk.embedding) is list and type(chunk.embedding[0]) is float for chunk in chunks)
