"""Chunks of one size, and chunks that end where the text does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rag.chunkers.losing_nothing import TEXTS, assert_lossless, assert_placed, documents

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag import Document
from racto_nb.rag.chunkers import FixedChunker, RecursiveChunker

SIZES = st.integers(1, 60).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1)))


@given(TEXTS, SIZES)
def test_fixed_chunks_lose_nothing_and_keep_to_their_size(text, sizes):
    size, overlap = sizes
    assert_lossless(text, FixedChunker(size, overlap).split(text), size, overlap)


@given(TEXTS, SIZES, st.sampled_from([None, [], [" "], ["\n", ""], ["", "\n"], ["\r"], ["sentences"], [". ", "a"]]))
def test_recursive_chunks_lose_nothing_and_keep_to_their_size(text, sizes, separators):
    size, overlap = sizes
    assert_lossless(text, RecursiveChunker(size, overlap, separators).split(text), size, overlap)


@given(documents(), st.sampled_from([FixedChunker(20, 5), RecursiveChunker(20, 5)]))
def test_chunks_say_where_they_stand(document, chunker):
    chunks = chunker.chunk(document)

    assert_lossless(document.content, [(chunk.metadata.start_char, chunk.metadata.end_char) for chunk in chunks], 20)
    assert_placed(document, chunks)


def test_fixed_chunks_are_of_exactly_their_size():
    spans = FixedChunker().split("x" * 1000)

    assert spans[:2] == [(0, 256), (224, 480)]
    assert {end - start for start, end in spans[:-1]} == {256}


@pytest.mark.parametrize(
    "whole",
    ["e\u0301", "\r\n", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea", "\u1112\u1161\u11ab", "\ud83d\ude00", "\u2764\ufe0f"],
)  # fmt: skip
@pytest.mark.parametrize("chunker", [FixedChunker(20, 0), FixedChunker(20, 9), RecursiveChunker(20, 0), RecursiveChunker(20, 9)])
def test_what_is_read_as_one_character_is_not_cut(whole, chunker):
    for before in range(20):
        text = "x" * before + whole * 12
        for start, end in chunker.split(text):
            assert (start - before) % len(whole) == 0 or start < before
            assert (end - before) % len(whole) == 0 or end < before


def test_a_letter_with_very_many_accents_is_cut_all_the_same():
    text = "a" + "\u0301" * 200

    assert_lossless(text, RecursiveChunker(20, 5).split(text), 20)


def test_recursive_chunks_end_with_paragraphs_else_lines_else_sentences_else_words():
    cut = RecursiveChunker(chunk_size=40, overlap=0)

    def first(text):
        start, end = cut.split(text)[0]
        return text[start:end]

    assert first("One two. Three four five.\n\nSix.\nSeven eight nine ten eleven.") == "One two. Three four five.\n\n"
    assert first("One two. Three four five.\nSix. Seven eight nine ten eleven.") == "One two. Three four five.\n"
    assert first("One two. Three four five. Six seven eight nine ten eleven.") == "One two. Three four five. "
    assert first("One two three four five six seven eight nine ten eleven.") == "One two three four five six seven eight "
    assert first("short " + "x" * 80) == "short "
    assert first("x" * 80) == "x" * 40


def test_the_overlap_begins_with_a_word():
    text = "The quick brown fox jumps over the lazy dog and goes home again."

    (_, end), (start, _) = RecursiveChunker(chunk_size=40, overlap=12).split(text)[:2]

    assert text[start:end] == "the lazy "


def test_separators_of_ones_own_are_tried_in_their_order():
    text = "a;b,c;d,e;f,g"

    assert [text[start:end] for start, end in RecursiveChunker(6, 0, [";", ","]).split(text)] == ["a;b,c;", "d,e;", "f,g"]
    assert [text[start:end] for start, end in RecursiveChunker(6, 0, ["", ";"]).split(text)] == ["a;b,c;", "d,e;f,", "g"]


@pytest.mark.parametrize("chunker", [FixedChunker(), RecursiveChunker()])
def test_an_empty_document_has_no_chunks_and_a_blank_one_keeps_its_blanks(chunker):
    assert chunker.chunk(Document(content="", source="a")) == []
    assert [chunk.content for chunk in chunker.chunk(Document(content=" \n", source="a"))] == [" \n"]


@pytest.mark.parametrize("kind", [FixedChunker, RecursiveChunker])
@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ((0, 0), "chunk_size is a number of characters above 0"),
        ((True, 0), "chunk_size is a number of characters, such as 512, not True"),
        ((100.0, 0), "chunk_size is a number of characters, such as 512, not 100.0"),
        ((100, 100), "from 0 to below chunk_size=100, not 100"),
        ((100, -1), "from 0 to below chunk_size=100, not -1"),
        ((100, None), "overlap is a number of characters, such as 50, or 0 for none, not None"),
    ],
)
def test_wrong_sizes_are_refused_with_what_to_write(kind, sizes, said):
    with pytest.raises(UsageError, match=said):
        kind(*sizes)


@pytest.mark.parametrize("separators", ["\n", [1], [None]])
def test_separators_are_a_list_of_texts(separators):
    with pytest.raises(WrongTypeError, match="separators is a list of texts"):
        RecursiveChunker(separators=separators)


def test_chunkers_show_their_settings():
    assert repr(FixedChunker()) == "FixedChunker(chunk_size=256, overlap=32)"
    assert repr(RecursiveChunker(9, 1, [" "])) == "RecursiveChunker(chunk_size=9, overlap=1, separators=[' '])"
