"""What every chunker is. Kind: pure, but for those that ask a model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from racto_nb.flow.threads import in_thread
from racto_nb.rag.assembling import Span, chunks_of
from racto_nb.rag.documents import Chunk, Document

P = ParamSpec("P")
T = TypeVar("T")

QUICK = 50_000
"""So many characters are cut in a few milliseconds, on the event loop: sooner than a thread is free when much goes on."""


class BaseChunker(ABC):
    """Cuts documents into chunks. Derive from it for a way of your own: `chunk` is enough."""

    @abstractmethod
    def chunk(self, document: Document) -> list[Chunk]:
        """The chunks of `document`, in order: `document.content[start_char:end_char]` is each one's content."""
        ...

    async def achunk(self, document: Document) -> list[Chunk]:
        """The chunks of `document`, in order. Here `chunk` does the work, in a thread."""
        return await in_thread(self.chunk, document)


class SpanChunker(BaseChunker):
    """Cuts texts at places that follow from the text alone. Derive from it for a way of your own: `split` is enough.

    The chunkers that come with racto_nb lose nothing: the first span begins where the text begins, each next one at the end of
    the one before or inside it, and the last ends where the text ends. No span is empty, and none is longer than the limit.
    """

    @abstractmethod
    def split(self, text: str) -> list[Span]:
        """The places of the chunks of `text`, in order, as (start, end). None for an empty text."""
        ...

    def chunk(self, document: Document) -> list[Chunk]:
        """The chunks of `document`, in order, each with its page and headings. None for an empty document."""
        return chunks_of(document, self.split(document.content))

    async def achunk(self, document: Document) -> list[Chunk]:
        """The chunks of `document`, in order, each with its page and headings. None for an empty document."""
        return await unblocked(len(document.content), self.chunk, document)


async def unblocked(size: int, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` makes of a text of `size` characters: at once where it is short, else in a thread."""
    if size <= QUICK:
        return work(*args, **kwargs)
    return await in_thread(work, *args, **kwargs)
