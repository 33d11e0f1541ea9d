"""Chunks that are put together are what pydantic would have made."""

import copy
import pickle

import pytest

from racto_nb.rag import Chunk, ChunkMetadata, Document, Mark
from racto_nb.rag.assembling import Places, chunks_of


@pytest.fixture
def both() -> tuple[Chunk, Chunk]:
    document = Document(content="Hello there", source="notes.txt", metadata={"tags": ["a"], "year": 2020})
    quick = chunks_of(document, [(0, 6), (6, 11)])[1]
    place = ChunkMetadata(
        source="notes.txt", page=None, chunk_index=1, total_chunks=2, start_char=6, end_char=11, doc_id=document.doc_id,
        heading=None, extra={"tags": ["a"], "year": 2020},
    )  # fmt: skip
    return quick, Chunk(chunk_id=quick.chunk_id, doc_id=document.doc_id, content="there", metadata=place)


def test_they_equal_checked_ones_in_all_that_pydantic_compares_and_writes(both):
    quick, checked = both

    assert quick == checked
    assert repr(quick) == repr(checked)
    assert quick.model_dump() == checked.model_dump()
    assert quick.model_dump_json(exclude_unset=True) == checked.model_dump_json(exclude_unset=True)
    assert quick.model_fields_set == checked.model_fields_set
    assert quick.metadata.model_fields_set == checked.metadata.model_fields_set
    assert vars(quick).keys() == vars(checked).keys()


def test_their_names_are_those_that_checked_ones_give_themselves(both):
    quick, checked = both

    assert Chunk(doc_id=checked.doc_id, content=checked.content, metadata=checked.metadata).chunk_id == quick.chunk_id


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda chunk: chunk.model_copy(deep=True), lambda chunk: pickle.loads(pickle.dumps(chunk))],
)
def test_they_can_be_copied_and_pickled(both, copied):
    made = copied(both[0])

    assert made == both[1]
    made.embedding = [1.0]
    assert both[0].embedding is None
    assert "embedding" in made.model_fields_set


def test_each_has_metadata_of_its_own():
    document = Document(content="Hello there", source="notes.txt", metadata={"year": 2020})

    one, other = chunks_of(document, [(0, 6), (6, 11)])
    one.metadata.extra["year"] = 1

    assert (other.metadata.extra, document.metadata) == ({"year": 2020}, {"year": 2020})


def test_page_and_headings_are_those_of_the_first_word():
    marks = [
        Mark("page", 0, 10, 1), Mark("page", 12, 30, 2), Mark("heading", 12, 18, 1, "Terms"), Mark("heading", 20, 24, 3, "Refunds"),
        Mark("heading", 26, 30, 2, "Dates"), Mark("table", 0, 3),
    ]  # fmt: skip
    document = Document(content="x" * 10 + "\n\n" + "Terms\n" + "y" * 12, source="a.pdf", marks=marks)

    def told(*span):
        place = chunks_of(document, [span])[0].metadata
        return place.page, place.heading

    assert told(0, 5) == (1, None)
    assert told(8, 30) == (1, None)
    assert told(10, 30) == (2, "Terms")  # begins with the blank line before it
    assert told(10, 12) == (1, None)  # nothing but blanks
    assert told(22, 30) == (2, "Terms > Refunds")
    assert told(26, 30) == (2, "Terms > Dates")


def test_slides_are_pages_and_sheets_stand_above_headings():
    marks = [
        Mark("slide", 0, 5, 1),
        Mark("sheet", 0, 9, title="Costs"),
        Mark("heading", 3, 5, 1, "May"),
        Mark("sheet", 9, 12, title="Gains"),
    ]
    places = Places.of(reversed(marks))

    assert [places.at(place) for place in (0, 4, 10)] == [(1, "Costs"), (1, "Costs > May"), (1, "Gains")]


def test_a_document_without_marks_has_no_places():
    assert not Places.of([])
    assert Places.of([]).at(3) == (None, None)
