"""An embedder that embeds nothing twice. Kind: flow."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import cast

from racto_nb.exceptions import RactoGatewayAPIError, UnreadableFileError, WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, send
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.flow.twins import either
from racto_nb.kits.warning import warn_of_a_cache
from racto_nb.rag.embedders.batching import Vectors, in_batches, refuse_missing_vectors
from racto_nb.rag.embedders.cache import EmbeddingCache, Found, KeepAll, LookUp, bytes_of, key_of, numbers_in
from racto_nb.rag.embedders.checking import checked_texts
from racto_nb.rag.embedders.embedder import BaseEmbedder

_BATCH = 256
"""Texts that an embedder gets at once that says nothing of what it takes."""


class CachedEmbedder(BaseEmbedder):
    """Gives the known vector of a text that was embedded before by the same model, and asks `embedder` for the others.

    `cache` is an EmbeddingCache or the path of its file (None: the one in the user's cache directory). Each batch is kept as soon
    as it is there, so that who is interrupted pays for nothing twice. Texts that are equal are embedded once. Numbers come as
    float32, the first time as later. A cache that fails costs requests, and one CacheWarning; never the call.

    What is kept goes by `embedder.identity`: an embedder of your own must say there which model it is.

    >>> import tempfile
    >>> from racto_nb.testing import FakeKit
    >>> from racto_nb.rag.embedders import KitEmbedder
    >>> kit = FakeKit(dimensions=4)
    >>> with tempfile.TemporaryDirectory() as folder, EmbeddingCache(f"{folder}/vectors.sqlite3") as cache:
    ...     embedder = CachedEmbedder(KitEmbedder(kit), cache)
    ...     embedder.embed(["cat", "dog"]) == embedder.embed(["cat", "dog"]), len(kit.embed_calls)
    (True, 1)
    """

    def __init__(self, embedder: BaseEmbedder, cache: EmbeddingCache | str | Path | None = None) -> None:
        if not isinstance(embedder, BaseEmbedder):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
            msg = f"CachedEmbedder takes an embedder, such as KitEmbedder(kit), not {embedder!r:.80}."
            raise WrongTypeError(msg)
        self.inner = embedder
        self.cache = cache if isinstance(cache, EmbeddingCache) else EmbeddingCache(cache)
        self.batch_size: int = getattr(embedder, "batch_size", _BATCH)
        self.concurrency: int = getattr(embedder, "concurrency", 1)
        self._has_warned = False

    @property
    def dimension(self) -> int:
        """The number of dimensions of the vectors; -1 until it is known."""
        return self.inner.dimension

    @property
    def identity(self) -> str:
        """That of the embedder behind it."""
        return self.inner.identity

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each of `texts`, in their order: texts that shall be found."""
        return SyncDriver().run(self._vectors(checked_texts(texts), "text"))

    async def aembed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each of `texts`, in their order: texts that shall be found."""
        return await AsyncDriver().run(self._vectors(checked_texts(texts), "text"))

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question. Some models embed it differently from the texts that answer it."""
        return SyncDriver().run(self._vectors(checked_texts([text]), "query"))[0]

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a question. Some models embed it differently from the texts that answer it."""
        return (await AsyncDriver().run(self._vectors(checked_texts([text]), "query")))[0]

    def _vectors(self, texts: list[str], kind: str) -> Flow[Vectors]:
        identity = self.identity
        keys = {text: key_of(identity, kind, text) for text in texts}
        known = yield from self._looked_up(list(keys.values()))
        found = {text: known[key] for text, key in keys.items() if key in known}

        def asked(batch: list[str]) -> Flow[Vectors]:
            vectors = yield from self._fresh(batch, kind)
            yield from self._keep([(keys[text], vector) for text, vector in zip(batch, vectors, strict=True)])
            return vectors

        missing = [text for text in keys if text not in found]
        new = yield from in_batches(asked, missing, size=self.batch_size, limit=self.concurrency)
        found.update(zip(missing, new, strict=True))
        lengths = sorted({len(vector) for vector in found.values()})
        if len(lengths) > 1:
            msg = f"{identity!r} gives vectors of another length than it did: {lengths}. Clear {self.cache!r}, and embed again."
            raise RactoGatewayAPIError(msg)
        return [found[text] for text in texts]

    def _fresh(self, batch: list[str], kind: str) -> Flow[Vectors]:
        inner = self.inner
        if kind == "query":
            vectors = [(yield from either(inner.embed_query, inner.aembed_query, batch[0]))]
        else:
            vectors = yield from either(inner.embed, inner.aembed, batch)
        refuse_missing_vectors(vectors, batch)
        return [numbers_in(bytes_of(vector)) for vector in vectors]

    def _looked_up(self, keys: list[bytes]) -> Flow[Found]:
        try:
            return cast("Found", (yield from send(self.cache.port, LookUp(keys))))
        except (sqlite3.Error, UnreadableFileError) as error:
            self._warn(error)
            return {}

    def _keep(self, rows: list[tuple[bytes, list[float]]]) -> Flow[None]:
        try:
            yield from send(self.cache.port, KeepAll(rows))
        except (sqlite3.Error, UnreadableFileError) as error:
            self._warn(error)

    def _warn(self, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            warn_of_a_cache(f"{self.cache!r} failed: {error}. Texts are embedded without it.")

    def close(self) -> None:
        """Give back connections, or a model that was loaded. The next use opens them again, where there is anything to open."""
        SyncDriver().run(self._closing())

    async def aclose(self) -> None:
        """Give back connections, or a model that was loaded. The next use opens them again, where there is anything to open."""
        await AsyncDriver().run(self._closing())

    def _closing(self) -> Flow[None]:
        yield from either(self.cache.close, self.cache.aclose)
        yield from either(self.inner.close, self.inner.aclose)

    def __repr__(self) -> str:
        return f"CachedEmbedder({self.inner!r}, {self.cache!r})"
