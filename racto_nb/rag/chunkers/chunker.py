"""What every chunker is. Kind: pure."""

from __future__ import annotations

from abc import ABC, abstractmethod

from racto_nb.rag.documents import Chunk, Document


class BaseChunker(ABC):
    """Cuts documents into chunks. Derive from it for a way of your own."""

    @abstractmethod
    def chunk(self, document: Document) -> list[Chunk]:
        """The chunks of `document`, in order: `document.content[start_char:end_char]` is each one's content."""
        ...
