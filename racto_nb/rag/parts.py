"""What a RactoRAG is put together from, and what stands in for a part that was not given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.rag.chunkers.chunker import BaseChunker
from racto_nb.rag.documents import Document
from racto_nb.rag.embedders.embedder import BaseEmbedder
from racto_nb.rag.processors.processor import BaseProcessor
from racto_nb.rag.stores.vector_store import BaseVectorStore

if TYPE_CHECKING:
    from racto_nb.rag.embedders.cache import EmbeddingCache


@runtime_checkable
class FileReading(Protocol):
    """What reads files: a FileReaderRegistry."""

    def can_read(self, path: str | Path) -> bool:
        """Whether some reader knows files of this ending."""
        ...

    def read(self, path: str | Path) -> Document:
        """The text of the file. Raises UnsupportedFileError, MissingFileError or UnreadableFileError."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a pipeline. `concurrency` is how many files are read at once."""

    store: BaseVectorStore
    embedder: BaseEmbedder
    chunker: BaseChunker
    processors: tuple[BaseProcessor, ...]
    registry: FileReading
    concurrency: int = 4


def chosen_store(vector_store: BaseVectorStore | None, store: BaseVectorStore | None) -> BaseVectorStore:
    """The one store that was given under either name, or one in memory. UsageError for two, WrongTypeError for no store."""
    if vector_store is not None and store is not None and vector_store is not store:
        msg = "vector_store and store are two names of one argument. Give one of them."
        raise UsageError(msg)
    chosen = store if vector_store is None else vector_store
    if chosen is None:
        from racto_nb.rag.stores.in_memory import InMemoryVectorStore

        return InMemoryVectorStore()
    if not isinstance(chosen, BaseVectorStore):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
        msg = f"vector_store is a store such as InMemoryVectorStore(), not {chosen!r:.80}. Derive your own from BaseVectorStore."
        raise WrongTypeError(msg)
    return chosen


def chosen_embedder(embedder: BaseEmbedder | DeveloperKit | None) -> BaseEmbedder:
    """The embedder, one over the kit that was given in its place, or the embedded one. WrongTypeError for something else."""
    if embedder is None:
        from racto_nb.rag.embedders.named import EmbeddedEmbedder

        return EmbeddedEmbedder()
    if isinstance(embedder, DeveloperKit):
        from racto_nb.rag.embedders.over_kits import KitEmbedder

        return KitEmbedder(embedder)
    if not isinstance(embedder, BaseEmbedder):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
        msg = f"embedder is an embedder such as EmbeddedEmbedder(), or a kit, not {embedder!r:.80}."
        raise WrongTypeError(msg)
    return embedder


def remembered(embedder: BaseEmbedder, cache: EmbeddingCache | str | Path | None) -> BaseEmbedder:
    """The embedder with a cache before it, where one was given."""
    if cache is None:
        return embedder
    from racto_nb.rag.embedders.cached import CachedEmbedder

    return CachedEmbedder(embedder, cache)


def chosen_chunker(chunker: BaseChunker | None) -> BaseChunker:
    """The chunker, or RecursiveChunker(512, 50)."""
    if chunker is not None:
        if not isinstance(chunker, BaseChunker):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
            msg = (
                f"chunker is a chunker such as RecursiveChunker(512, 50), not {chunker!r:.80}. Derive your own from BaseChunker."
            )
            raise WrongTypeError(msg)
        return chunker
    from racto_nb.rag.chunkers import RecursiveChunker

    return RecursiveChunker(512, 50)


def chosen_processors(processors: list[BaseProcessor] | None) -> tuple[BaseProcessor, ...]:
    """The processors in their order, or a TextCleaner."""
    if processors is not None:
        if not isinstance(processors, list | tuple) or not all(isinstance(each, BaseProcessor) for each in processors):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"processors are a list such as [TextCleaner()], not {processors!r:.80}."
            raise WrongTypeError(msg)
        return tuple(processors)
    from racto_nb.rag.processors import TextCleaner

    return (TextCleaner(),)


def chosen_registry(registry: FileReading | None) -> FileReading:
    """The registry, or one of all readers."""
    if registry is not None:
        if not isinstance(registry, FileReading):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
            msg = f"reader_registry is a FileReaderRegistry, or has read and can_read as one, not {registry!r:.80}."
            raise WrongTypeError(msg)
        return registry
    from racto_nb.rag.readers import FileReaderRegistry

    return FileReaderRegistry()
