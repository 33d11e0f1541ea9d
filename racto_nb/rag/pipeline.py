"""RactoRAG: files and texts in, the passages that answer a question out. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.flow.twins import either
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.asking import AnsweringKit
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.rag.answering import Answerer
from racto_nb.rag.chunkers.chunker import BaseChunker
from racto_nb.rag.documents import Chunk
from racto_nb.rag.embedders.embedder import BaseEmbedder
from racto_nb.rag.folders import Wish, ingesting_folder
from racto_nb.rag.ingesting import ingesting_file, ingesting_text, removing
from racto_nb.rag.keywords import KeywordIndex
from racto_nb.rag.parts import (
    FileReading,
    Parts,
    chosen_chunker,
    chosen_embedder,
    chosen_processors,
    chosen_registry,
    chosen_store,
    remembered,
)
from racto_nb.rag.passages import checked_template
from racto_nb.rag.preparing import place_of
from racto_nb.rag.processors.processor import BaseProcessor
from racto_nb.rag.questions import Questions
from racto_nb.rag.reports import IngestedChunks, Progress
from racto_nb.rag.retrieval import RetrievalOptions, Searched
from racto_nb.rag.stores.vector_store import BaseVectorStore

if TYPE_CHECKING:
    from racto_nb.rag.embedders.cache import EmbeddingCache
    from racto_nb.rag.ingestions import Ingestions


class RactoRAG(Questions):
    """Reads files, cuts them into chunks, embeds these, stores them, finds those that fit a question, and lets a kit answer.

    `vector_store` (or `store`) keeps the chunks, by default in memory. `embedder` makes vectors of texts: an embedder, or a kit;
    by default the embedded model, which needs no key. `chunker` is RecursiveChunker(512, 50), `processors` are [TextCleaner()],
    `reader_registry` knows all readers. `llm_kit` answers; `default_prompt` is its prompt, and `context_template` how the
    passages and the question are put together, with `{context}` and `{question}`. `retrieval` says how passages are found.
    `embedding_cache` is an EmbeddingCache or its file, so that nothing is embedded twice in any session. `concurrency` files are
    read at once.

    May be used from several threads and event loops. Close it (`close`, or as a context manager) to give back what its store and
    its embedder hold; the next use opens it again.
    """

    def __init__(
        self,
        vector_store: BaseVectorStore | None = None,
        embedder: BaseEmbedder | DeveloperKit | None = None,
        *,
        store: BaseVectorStore | None = None,
        chunker: BaseChunker | None = None,
        processors: list[BaseProcessor] | None = None,
        llm_kit: AnsweringKit | None = None,
        context_template: str | None = None,
        reader_registry: FileReading | None = None,
        default_prompt: RactoPrompt | None = None,
        retrieval: RetrievalOptions | None = None,
        embedding_cache: EmbeddingCache | str | Path | None = None,
        concurrency: int = 4,
    ) -> None:
        self._parts = Parts(
            chosen_store(vector_store, store),
            remembered(chosen_embedder(embedder), embedding_cache),
            chosen_chunker(chunker),
            chosen_processors(processors),
            chosen_registry(reader_registry),
            concurrency,
        )
        answerer = Answerer(llm_kit, default_prompt, checked_template(context_template))
        super().__init__(Searched(self.store, self.embedder, KeywordIndex(self.store)), answerer, retrieval)

    def ingest(self, path: str | Path, *, on_progress: Callable[[Progress], None] | None = None, **metadata: Any) -> list[Chunk]:
        """Read a file, cut it, embed its chunks and store them: its chunks, with their vectors.

        They take the place of those that were stored of this file before. What has not changed is not embedded again, and a file
        that has not changed changes nothing. `metadata` goes to `chunk.metadata.extra`, beside what the reader found.
        `on_progress` hears how many of its texts are embedded, on the caller's thread.

        Raises MissingFileError, UnsupportedFileError or UnreadableFileError for the file, and what embedder and store raise.
        """
        return SyncDriver().run(ingesting_file(self._parts, path, metadata, on_progress))

    async def aingest(
        self, path: str | Path, *, on_progress: Callable[[Progress], None] | None = None, **metadata: Any
    ) -> list[Chunk]:
        """Read a file, cut it, embed its chunks and store them: its chunks, with their vectors."""
        return await AsyncDriver().run(ingesting_file(self._parts, path, metadata, on_progress))

    def ingest_dir(
        self,
        directory: str | Path,
        pattern: str = "**/*",
        *,
        on_error: Literal["collect", "raise"] = "collect",
        remove_missing: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
        **metadata: Any,
    ) -> IngestedChunks:
        """Ingest all files of a folder that fit `pattern` and that a reader knows: their chunks, with a `report` of each file.

        Each file is in the store whole or not at all, so a run that was interrupted is simply run again. A file that cannot be
        read is in `report.failed` with its error, and an IngestWarning tells of it; with `on_error="raise"` it ends the run.
        Files that no reader knows and hidden ones are in `report.of("skipped")`. `remove_missing` takes out the chunks of files
        below the folder that are not there any more. `on_progress` hears how far it is, on the caller's thread.

        Memory stays bounded: a few files are held at once, and the chunks of the result are read from the store when they are
        looked at. Raises MissingFileError or UsageError for the folder, and what embedder and store raise.
        """
        wish = Wish(place_of(directory), pattern, metadata, on_error, remove_missing, on_progress)
        return SyncDriver().run(ingesting_folder(self._parts, wish))

    async def aingest_dir(
        self,
        directory: str | Path,
        pattern: str = "**/*",
        *,
        on_error: Literal["collect", "raise"] = "collect",
        remove_missing: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
        **metadata: Any,
    ) -> IngestedChunks:
        """Ingest all files of a folder that fit `pattern` and that a reader knows: their chunks, with a `report` of each file."""
        wish = Wish(place_of(directory), pattern, metadata, on_error, remove_missing, on_progress)
        return await AsyncDriver().run(ingesting_folder(self._parts, wish))

    def ingest_text(self, text: str, source: str = "manual", **metadata: Any) -> list[Chunk]:
        """Cut a text, embed its chunks and store them: its chunks, with their vectors.

        Texts of one `source` stand beside each other; the same text again changes nothing. `remove(source)` takes all out.
        """
        return SyncDriver().run(ingesting_text(self._parts, text, source, metadata))

    async def aingest_text(self, text: str, source: str = "manual", **metadata: Any) -> list[Chunk]:
        """Cut a text, embed its chunks and store them: its chunks, with their vectors."""
        return await AsyncDriver().run(ingesting_text(self._parts, text, source, metadata))

    def remove(self, source: str | Path) -> int:
        """Take all chunks of a file or of a source of texts out of the store. How many there were.

        Raises UnsupportedError where the store cannot list its chunks.
        """
        return SyncDriver().run(removing(self._parts, source))

    async def aremove(self, source: str | Path) -> int:
        """Take all chunks of a file or of a source of texts out of the store. How many there were."""
        return await AsyncDriver().run(removing(self._parts, source))

    def count(self) -> int:
        """The number of chunks in the store."""
        return self.store.count()

    async def acount(self) -> int:
        """The number of chunks in the store."""
        return await self.store.acount()

    def clear(self) -> None:
        """Remove all chunks from the store."""
        self.store.clear()

    async def aclear(self) -> None:
        """Remove all chunks from the store."""
        await self.store.aclear()

    @property
    def store(self) -> BaseVectorStore:
        """What keeps the chunks."""
        return self._parts.store

    @property
    def embedder(self) -> BaseEmbedder:
        """What makes vectors of texts; with an `embedding_cache`, the CachedEmbedder."""
        return self._parts.embedder

    @cached_property
    def ingestions(self) -> Ingestions:
        """Ingestions that run beside your cells: `rag.ingestions.begin(FOLDER)`, known in later sessions too."""
        from racto_nb.rag.ingestions import Ingestions

        return Ingestions(self)

    def close(self) -> None:
        """Give back what the store and the embedder hold. The next use opens it again."""
        SyncDriver().run(self._closing())

    async def aclose(self) -> None:
        """Give back what the store and the embedder hold. The next use opens it again."""
        await AsyncDriver().run(self._closing())

    def _closing(self) -> Flow[None]:
        if (running := vars(self).get("ingestions")) is not None:
            yield from either(running.close, running.aclose)
        yield from either(self.store.close, self.store.aclose)
        yield from either(self.embedder.close, self.embedder.aclose)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"RactoRAG(store={type(self.store).__name__}, embedder={self.embedder!r})"
