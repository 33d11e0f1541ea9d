"""What holds of the chunks of every chunker, and the texts on which it is tried."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from racto_nb.rag import Chunk, Document, Mark
from racto_nb.rag.assembling import Span

PIECES = [
    "word", "a", "Long sentences go on. ", "Is it? ", "No! ", "\n", "\n\n", "\r\n", "  ", "\t", "e\u0301", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1e9\U0001f1ea", "日本語の文。", "Dr. Who. ", "3.14", "# Title\n", "```\ncode\n```\n", "| a | b |\n", "- item\n", "\ud83d", "\ude00", "\x00", "ü",
]  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.text(max_size=200),
    st.lists(st.text(alphabet="ab .\n", max_size=40), max_size=10).map(" ".join),
)


def assert_lossless(text: str, spans: list[Span], limit: int | None = None, overlap: int | None = None) -> None:
    """The spans cover `text` in its order, without an empty one or one that is inside another."""
    if not text:
        assert spans == []
        return
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    for (start, end), (following, its_end) in pairwise(spans):
        assert start < following <= end < its_end
        if overlap is not None:
            assert end - following <= overlap
    assert all(start < end for start, end in spans)
    if limit is not None:
        assert max(end - start for start, end in spans) <= limit


def assert_placed(document: Document, chunks: list[Chunk]) -> None:
    """Every chunk says truly where it stands."""
    for index, chunk in enumerate(chunks):
        place = chunk.metadata
        assert document.content[place.start_char : place.end_char] == chunk.content
        assert (place.chunk_index, place.total_chunks) == (index, len(chunks))
        assert (place.source, place.doc_id, chunk.doc_id) == (document.source, document.doc_id, document.doc_id)
        assert place.extra == document.metadata
        assert chunk == Chunk.model_validate(chunk.model_dump())
    assert len({chunk.chunk_id for chunk in chunks}) == len(chunks)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document of some pages, with headings."""
    pages = draw(st.lists(TEXTS, min_size=1, max_size=4))
    marks, place = [], 0
    for number, page in enumerate(pages, 1):
        marks.append(Mark("page", place, place + len(page), number))
        if draw(st.booleans()):
            marks.append(Mark("heading", place, place + len(page), draw(st.integers(1, 3)), f"Heading {number}"))
        place += len(page) + 2
    return Document(content="\n\n".join(pages), source="made.txt", metadata={"year": 2020}, marks=marks)
