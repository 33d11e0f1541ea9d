"""A document as its chunks cut it: stretches of text with the chunks that hold them, borders, overlaps and gaps. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from racto_nb.notebook.controllers.explorer.state import Focus
from racto_nb.rag.documents import Chunk


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and the numbers of the `chunks` that hold it; without text, a gap of `gap` characters between chunks.

    `begins` are the chunks whose border stands before it, `marked` whether it is in the focus.
    """

    text: str
    chunks: tuple[int, ...]
    begins: tuple[int, ...] = ()
    marked: bool = False
    gap: int = 0


def pieces(chunks: Sequence[Chunk], first: int = 0, focus: Focus | None = None) -> list[Piece]:
    """The pieces of `chunks`, which are in the order of their documents and places, and are called by numbers from `first` on.

    >>> from racto_nb.rag import Chunk, ChunkMetadata
    >>> def cut(start, text):
    ...     end = start + len(text)
    ...     place = ChunkMetadata(source="s", chunk_index=0, total_chunks=2, start_char=start, end_char=end, doc_id="d")
    ...     return Chunk(doc_id="d", content=text, metadata=place)
    >>> [(piece.text, piece.chunks) for piece in pieces([cut(0, "one two"), cut(4, "two three")])]
    [('one ', (0,)), ('two', (0, 1)), (' three', (1,))]
    """
    numbered = list(enumerate(chunks, first))
    found: list[Piece] = []
    for doc_id, group in groupby(numbered, key=lambda pair: pair[1].doc_id):
        of_doc = list(group)
        own = focus if focus is not None and focus.doc_id == doc_id else None
        found += _whole(of_doc, own) if _agree(of_doc) else _apart(of_doc, own)
    return found


def in_order(chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """`chunks` document by document, each in the order of its text."""
    return tuple(sorted(chunks, key=lambda chunk: (chunk.doc_id, chunk.metadata.start_char, chunk.metadata.chunk_index)))


def _span(chunk: Chunk) -> tuple[int, int]:
    return chunk.metadata.start_char, chunk.metadata.start_char + len(chunk.content)


def _agree(numbered: Sequence[tuple[int, Chunk]]) -> bool:
    """Whether chunks that overlap by their places do so by their texts: of vectors from elsewhere nobody knows."""
    for (_, one), (_, two) in pairwise(numbered):
        (start, end), (begin, stop) = _span(one), _span(two)
        shared = min(end, stop) - begin
        if shared > 0 and one.content[begin - start : begin - start + shared] != two.content[:shared]:
            return False
    return True


def _whole(numbered: Sequence[tuple[int, Chunk]], focus: Focus | None) -> Iterator[Piece]:
    """The document put together of its chunks."""
    edges = {edge for _, chunk in numbered for edge in _span(chunk)}
    if focus is not None:
        edges |= {focus.start, focus.end}
    waiting, open_ = list(reversed(numbered)), list[tuple[int, Chunk]]()
    for start, end in pairwise(sorted(edges)):
        begun: list[int] = []
        open_ = [pair for pair in open_ if _span(pair[1])[1] > start]
        while waiting and _span(waiting[-1][1])[0] <= start:
            open_.append(waiting.pop())
            begun.append(open_[-1][0])
        if not open_:
            yield Piece("", (), gap=end - start)
            continue
        chunk = open_[0][1]
        offset = chunk.metadata.start_char
        marked = focus is not None and focus.start <= start and end <= focus.end
        numbers = tuple(number for number, _ in open_)
        yield Piece(chunk.content[start - offset : end - offset], numbers, tuple(begun), marked)


def _apart(numbered: Sequence[tuple[int, Chunk]], focus: Focus | None) -> Iterator[Piece]:
    """Each chunk by itself, where their places say nothing."""
    for number, chunk in numbered:
        marked = focus is not None and _span(chunk) == (focus.start, focus.end)
        yield Piece(chunk.content, (number,), (number,), marked)
