"""Chunks of Markdown: sections, and code and tables whole."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rag.chunkers.losing_nothing import TEXTS, assert_lossless, assert_placed, documents

from racto_nb.exceptions import UsageError
from racto_nb.rag import Document, Mark
from racto_nb.rag.chunkers import MarkdownChunker
from racto_nb.rag.chunkers.markdown_blocks import blocks_of

GUIDE = """---
title: Guide
---
# Guide

## Install

Run this:

```sh
# no heading
pip install it
```

| option | default |
|---|---|
| size | 512 |

Setext
------

Last words.
"""

LINES = st.lists(
    st.sampled_from(["# One", "## Two ##", "Title", "===", "---", "```", "~~~~", "| a | b |", "|---|---|", "text text text", "", "- item", "    code", "####### no"]),
    max_size=30,
).map("\n".join)  # fmt: skip


def shown(text, **settings):
    return [text[start:end] for start, end in MarkdownChunker(**settings).split(text)]


def test_the_headings_and_what_should_stay_whole_are_found():
    blocks = blocks_of(GUIDE)

    assert [(mark.number, mark.title) for mark in blocks.headings] == [(1, "Guide"), (2, "Install"), (2, "Setext")]
    assert [GUIDE[mark.start : mark.end] for mark in blocks.headings] == ["# Guide\n", "## Install\n", "Setext\n------\n"]
    assert [GUIDE[start:end].partition("\n")[0] for start, end in blocks.wholes] == ["---", "```sh", "| option | default |"]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("# A\n", ["A"]),
        ("#A\n", []),
        ("# A # \n", ["A"]),
        ("#\n", [""]),
        ("    # code\n", []),
        ("A\n=\n", ["A"]),
        ("One\nline\n---\n", []),
        ("- item\n---\n", []),
        ("~~~\n# A\n```\n~~~\n# B", ["B"]),
        ("````\n```\n# A\n````\n# B", ["B"]),
        ("```\n# never closed", []),
        ("a\r\n\r\n# A\r\n\r\nb", ["A"]),
    ],
)
def test_headings_are_what_markdown_takes_for_them(text, titles):
    assert [mark.title for mark in blocks_of(text).headings] == titles


def test_each_section_is_a_chunk_with_the_headings_above_it():
    chunks = MarkdownChunker().chunk(Document(content=GUIDE, source="guide.md"))

    assert [chunk.metadata.heading for chunk in chunks] == [None, "Guide", "Guide > Setext"]
    assert [chunk.content.partition("\n")[0] for chunk in chunks] == ["---", "# Guide", "Setext"]


def test_the_readers_headings_are_kept_where_it_found_some():
    document = Document(
        content="# A\ntext\n# B\ntext", source="a", marks=[Mark("heading", 0, 4, 1, "The reader's"), Mark("page", 0, 17, 3)]
    )

    assert [(chunk.metadata.page, chunk.metadata.heading) for chunk in MarkdownChunker().chunk(document)] == [
        (3, "The reader's")
    ] * 2


def test_code_and_tables_that_fit_stay_whole():
    code = "```python\n" + "x = 1\n\n" * 6 + "```\n"
    table = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 5
    text = "Some words before the code.\n\n" + code + "\n" + table + "\nSome words after the table."

    chunks = shown(text, chunk_size=90, overlap=20)

    assert any(code in chunk for chunk in chunks)
    assert any(table in chunk for chunk in chunks)
    assert max(map(len, chunks)) <= 90


def test_code_that_does_not_fit_is_cut_between_lines():
    code = "```\n" + "some = line\n" * 20 + "```\n"

    assert all(chunk.endswith("\n") for chunk in shown(code, chunk_size=50, overlap=0))


def test_a_chunk_repeats_the_end_of_the_paragraph_before_where_there_is_room():
    text = "# Title\n\n" + "Some words of the first paragraph.\n\n" + "And some words of the second one.\n\n"

    assert shown(text, chunk_size=60, overlap=20) == [
        "# Title\n\nSome words of the first paragraph.\n\n",
        "first paragraph.\n\nAnd some words of the second one.\n\n",
    ]


def test_nothing_is_repeated_across_a_heading():
    assert shown("# A\n\nwords here\n\n# B\n\nmore words", chunk_size=20, overlap=10) == [
        "# A\n\nwords here\n\n",
        "# B\n\nmore words",
    ]


@given(st.one_of(TEXTS, LINES), st.integers(1, 60).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_they_lose_nothing_and_keep_to_their_size(text, sizes):
    size, overlap = sizes
    assert_lossless(text, MarkdownChunker(size, overlap).split(text), size, overlap)


@given(documents())
def test_they_say_where_they_stand(document):
    assert_placed(document, MarkdownChunker(40, 10).chunk(document))


@given(LINES)
def test_blocks_lie_in_the_text_in_their_order(text):
    blocks = blocks_of(text)
    places = sorted([*blocks.wholes, *((mark.start, mark.end) for mark in blocks.headings)])

    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(end <= start for (_, end), (start, _) in pairwise(places))


def test_wrong_sizes_are_refused():
    with pytest.raises(UsageError, match="from 0 to below chunk_size=10, not 10"):
        MarkdownChunker(10, 10)
    assert repr(MarkdownChunker()) == "MarkdownChunker(chunk_size=512, overlap=50)"
