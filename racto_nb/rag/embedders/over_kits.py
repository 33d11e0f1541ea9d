"""Embedders whose vectors come from a kit: its keys, retries, budgets, ledger and recordings are theirs. Kind: flow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, call
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.flow.twins import either
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.rag.embedders.batching import in_batches
from racto_nb.rag.embedders.checking import checked_count, checked_texts
from racto_nb.rag.embedders.embedder import BaseEmbedder


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of the kit: its `model` (None: the kit's own for embeddings) and how long the vectors shall be.

    `of_texts` and `of_queries` are the `extra` of a config for texts that shall be found, and for questions.
    """

    model: str | None = None
    dimensions: int | None = None
    of_texts: dict[str, Any] = field(default_factory=dict[str, Any])
    of_queries: dict[str, Any] = field(default_factory=dict[str, Any])


class OverKit(BaseEmbedder):
    """An embedder over the kit that `opened` makes, at the first call.

    `name` says which model of whom it is, `dimension` the length of its vectors (-1: not known before the first call).
    """

    def __init__(
        self,
        opened: Callable[[], DeveloperKit],
        wishes: Wishes,
        *,
        name: str,
        dimension: int = -1,
        batch_size: int,
        concurrency: int,
    ) -> None:
        self._opened, self._wishes, self._name = opened, wishes, name
        self._dimension = wishes.dimensions or dimension
        self.batch_size = checked_count("batch_size", batch_size)
        self.concurrency = checked_count("concurrency", concurrency)
        self._turn = threading.Lock()
        self._kit: DeveloperKit | None = None

    @property
    def kit(self) -> DeveloperKit:
        """The kit that is asked. Raises what making it raises, such as RactoGatewayAuthError without a key."""
        with self._turn:
            if self._kit is None:
                self._kit = self._opened()
            return self._kit

    @property
    def dimension(self) -> int:
        """The number of dimensions of the vectors; -1 until it is known."""
        return self._dimension

    @property
    def identity(self) -> str:
        """Names the model and what else decides about the vectors: those of one identity can be compared, and kept for later."""
        extra = "".join(f" {key}={value}" for key, value in sorted(self._wishes.of_texts.items()))
        size = f" dimensions={self._wishes.dimensions}" if self._wishes.dimensions else ""
        return f"{self._name}{size}{extra}"

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each of `texts`, in their order: texts that shall be found."""
        return SyncDriver().run(self._vectors(checked_texts(texts), self._wishes.of_texts))

    async def aembed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each of `texts`, in their order: texts that shall be found."""
        return await AsyncDriver().run(self._vectors(checked_texts(texts), self._wishes.of_texts))

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question. Some models embed it differently from the texts that answer it."""
        return SyncDriver().run(self._vectors(checked_texts([text]), self._wishes.of_queries))[0]

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a question. Some models embed it differently from the texts that answer it."""
        return (await AsyncDriver().run(self._vectors(checked_texts([text]), self._wishes.of_queries)))[0]

    def _vectors(self, texts: list[str], extra: dict[str, Any]) -> Flow[list[list[float]]]:
        kit: DeveloperKit = self._kit or (yield from call(lambda: self.kit))  # making one looks at files
        wishes = self._wishes

        def asked(batch: list[str]) -> Flow[list[list[float]]]:
            config = EmbeddingConfig(texts=batch, model=wishes.model, dimensions=wishes.dimensions, extra=dict(extra))
            response = yield from either(kit.embed, kit.aembed, config)
            return [vector.embedding for vector in response.vectors]

        vectors = yield from in_batches(asked, texts, size=self.batch_size, limit=self.concurrency)
        if vectors:
            self._dimension = len(vectors[0])
        return vectors

    def close(self) -> None:
        """Give back connections, or a model that was loaded. The next use opens them again, where there is anything to open."""
        if self._kit is not None:
            self._kit.close()

    async def aclose(self) -> None:
        """Give back connections, or a model that was loaded. The next use opens them again, where there is anything to open."""
        if self._kit is not None:
            await self._kit.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.identity!r})"


class KitEmbedder(OverKit):
    """Embeds by any kit that offers embeddings: `kit.embed` and `kit.aembed`.

    `model` is one of the kit's provider (None: the kit's `embedding_model`), `dimensions` the wanted length of the vectors where
    the model lets it be chosen. Texts go out in requests of `batch_size`, `concurrency` of them at once.

    Raises here: WrongTypeError for what is no kit, UsageError for a kit that has no model for embeddings. An error of a call
    carries a note that says how many texts had been embedded before it.

    >>> from racto_nb.testing import FakeKit
    >>> embedder = KitEmbedder(FakeKit(dimensions=8))
    >>> len(embedder.embed(["cat", "dog"])), embedder.dimension
    (2, 8)
    """

    def __init__(
        self,
        kit: DeveloperKit,
        *,
        model: str | None = None,
        dimensions: int | None = None,
        batch_size: int = 256,
        concurrency: int = 4,
    ) -> None:
        if not isinstance(kit, DeveloperKit):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
            msg = f"KitEmbedder takes a kit, such as embedded_developer_kit.Chat(), not {kit!r:.80}."
            raise WrongTypeError(msg)
        facts = kit.embedding
        if facts is None:
            msg = f"{kit!r} offers no embeddings. Take a kit that does, or give model=."
            raise UsageError(msg)
        facts = facts if model is None else replace(facts, model=model)
        super().__init__(
            lambda: kit,
            Wishes(model, dimensions),
            name=facts.name,
            dimension=facts.dimension,
            batch_size=batch_size,
            concurrency=concurrency,
        )
