"""Small parts of a pipeline for tests: a chunker by lines, an embedder that counts, readers of texts, a store of five methods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from racto_nb.exceptions import MissingFileError, UnreadableFileError, UnsupportedFileError
from racto_nb.rag import Chunk, ChunkMetadata, Document
from racto_nb.rag.chunkers import BaseChunker
from racto_nb.rag.embedders import BaseEmbedder
from racto_nb.rag.pipeline import RactoRAG
from racto_nb.rag.processors import BaseProcessor
from racto_nb.rag.stores import BaseVectorStore, InMemoryVectorStore
from racto_nb.testing.scripted import word_vector


class Lines(BaseChunker):
    """One chunk for each line."""

    def chunk(self, document: Document) -> list[Chunk]:
        lines = document.content.splitlines(keepends=True)
        chunks, start = [], 0
        for index, line in enumerate(lines):
            place = ChunkMetadata(
                source=document.source, chunk_index=index, total_chunks=len(lines), start_char=start,
                end_char=start + len(line), doc_id=document.doc_id, extra=dict(document.metadata),
            )  # fmt: skip
            chunks.append(Chunk(doc_id=document.doc_id, content=line, metadata=place))
            start += len(line)
        return chunks


class Words(BaseEmbedder):
    """Vectors of words. `asked` has every text that was embedded; a text with "poison" fails."""

    def __init__(self, name: str = "words", dimension: int = 64, error: Exception | None = None) -> None:
        self.asked: list[str] = []
        self.rounds: list[int] = []
        self._name, self._dimension, self.error = name, dimension, error

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def identity(self) -> str:
        return self._name

    def embed(self, texts: list[str]) -> list[list[float]]:
        if self.error is not None and any("poison" in text for text in texts):
            raise self.error
        self.asked += texts
        self.rounds.append(len(texts))
        return [word_vector(text, self._dimension) for text in texts]

    async def aembed(self, texts: list[str]) -> list[list[float]]:
        return self.embed(texts)


class Texts:
    """Reads .txt files; one that begins with "broken" cannot be read."""

    def can_read(self, path: str | Path) -> bool:
        return Path(path).suffix == ".txt"

    def read(self, path: str | Path) -> Document:
        path = Path(path)
        if not self.can_read(path):
            raise UnsupportedFileError(f"No reader knows {str(path)!r}.", suffix=path.suffix)
        if not path.exists():
            raise MissingFileError(str(path))
        text = path.read_bytes().decode()
        if text.startswith("broken"):
            raise UnreadableFileError(f"{str(path)!r} cannot be read.", str(path))
        return Document(content=text, source=str(path), metadata={"size": len(text)})


class Trimmed(BaseProcessor):
    """Takes the white space off."""

    def process(self, text: str) -> str:
        return text.strip()


class FiveMethods(BaseVectorStore):
    """What the smallest store of a user's can do."""

    def __init__(self) -> None:
        self.inner = InMemoryVectorStore()

    def add(self, chunks):
        self.inner.add(chunks)

    def search(self, embedding, top_k=5, filters=None):
        return self.inner.search(embedding, top_k, filters)

    def delete(self, chunk_ids):
        self.inner.delete(chunk_ids)

    def clear(self):
        self.inner.clear()

    def count(self):
        return self.inner.count()


def small_rag(**changed: Any) -> RactoRAG:
    """A RactoRAG of these parts; each can be changed."""
    given = {
        "store": InMemoryVectorStore(),
        "embedder": Words(),
        "chunker": Lines(),
        "processors": [Trimmed()],
        "reader_registry": Texts(),
    }
    return RactoRAG(**given | changed)
