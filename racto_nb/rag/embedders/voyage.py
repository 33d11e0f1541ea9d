"""Voyage AI's embeddings, through its own library. Kind: flow over a threaded port; the calls are not in the ledger."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Any, Never

from racto_nb._extras import imported
from racto_nb._secrecy import without_secret
from racto_nb.exceptions import (
    RactoGatewayAPIError,
    RactoGatewayAuthError,
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayError,
    RactoGatewayRateLimitError,
    RactoGatewayServerError,
    RactoGatewayTimeoutError,
)
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, send
from racto_nb.flow.retrying import RetryPolicy, retrying
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.flow.threads import in_thread, no_streams
from racto_nb.rag.embedders.batching import Vectors, in_batches
from racto_nb.rag.embedders.checking import checked_count, checked_texts
from racto_nb.rag.embedders.embedder import BaseEmbedder

KEY_VARIABLE = "VOYAGE_API_KEY"
_KNOWN = {"voyage-3-lite": 512, "voyage-code-2": 1536, "voyage-large-2": 1536} | dict.fromkeys(
    ("voyage-3", "voyage-3-large", "voyage-3.5", "voyage-3.5-lite", "voyage-code-3", "voyage-finance-2", "voyage-law-2"), 1024
)
_KINDS: dict[str, type[RactoGatewayAPIError]] = {
    "InvalidRequestError": RactoGatewayBadRequestError,
    "MalformedRequestError": RactoGatewayBadRequestError,
    "APIConnectionError": RactoGatewayConnectionError,
    "ServerError": RactoGatewayServerError,
    "ServiceUnavailableError": RactoGatewayServerError,
}


@dataclass(frozen=True, slots=True)
class _Asked:
    texts: list[str]
    input_type: str | None


class VoyageEmbedder(BaseEmbedder):
    """Embeds by a model of Voyage AI, through its library (`pip install 'racto-nb[rag-voyage]'`).

    `api_key` defaults to VOYAGE_API_KEY; it is looked for at the first call. With `input_type="document"` texts are embedded as
    documents and questions as queries; another one, or None, holds for both. `dimensions` asks for another length where the model
    has several. A text that is longer than the model reads is an error, and never cut. `timeout` in seconds limits each try,
    `max_retries` are the tries after the first one.

    Calls raise RactoGatewayAuthError for a key that is missing or refused, MissingExtraError without the library, and the errors
    that kits raise, with a note that says how many texts had been embedded before.

    >>> VoyageEmbedder().dimension
    1024
    """

    def __init__(
        self,
        model: str = "voyage-3",
        *,
        api_key: str | None = None,
        input_type: str | None = "document",
        batch_size: int = 128,
        dimensions: int | None = None,
        base_url: str | None = None,
        concurrency: int = 4,
        timeout: float | None = None,
        max_retries: int = 2,
    ) -> None:
        self.batch_size = checked_count("batch_size", batch_size)
        self.concurrency = checked_count("concurrency", concurrency)
        self._model, self._input_type, self._dimensions = model, input_type, dimensions
        self._dimension = dimensions or _KNOWN.get(model, -1)
        self._port = _VoyagePort(model, api_key, base_url, dimensions, timeout)
        self._policy = RetryPolicy(retries=max_retries)

    @property
    def dimension(self) -> int:
        """The number of dimensions of the vectors; -1 until it is known."""
        return self._dimension

    @property
    def identity(self) -> str:
        """Names the model and what else decides about the vectors: those of one identity can be compared, and kept for later."""
        size = f" dimensions={self._dimensions}" if self._dimensions else ""
        return f"voyage:{self._model}{size} input_type={self._input_type}"

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each of `texts`, in their order: texts that shall be found."""
        return SyncDriver().run(self._vectors(checked_texts(texts), self._input_type))

    async def aembed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each of `texts`, in their order: texts that shall be found."""
        return await AsyncDriver().run(self._vectors(checked_texts(texts), self._input_type))

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question. Some models embed it differently from the texts that answer it."""
        return SyncDriver().run(self._vectors(checked_texts([text]), self._type_of_queries))[0]

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a question. Some models embed it differently from the texts that answer it."""
        return (await AsyncDriver().run(self._vectors(checked_texts([text]), self._type_of_queries)))[0]

    @property
    def _type_of_queries(self) -> str | None:
        return "query" if self._input_type == "document" else self._input_type

    def _vectors(self, texts: list[str], input_type: str | None) -> Flow[Vectors]:
        def asked(batch: list[str]) -> Flow[Vectors]:
            request = _Asked(batch, input_type)
            return (yield from retrying(lambda: send(self._port, request), advice=_advice, policy=self._policy))

        vectors = yield from in_batches(asked, texts, size=self.batch_size, limit=self.concurrency)
        if vectors:
            self._dimension = len(vectors[0])
        return vectors

    def __repr__(self) -> str:
        return f"VoyageEmbedder({self.identity!r})"


class _VoyagePort:
    """The library's client. For an event loop it works in a thread."""

    def __init__(
        self, model: str, api_key: str | None, base_url: str | None, dimensions: int | None, timeout: float | None
    ) -> None:
        self._model, self._api_key, self._base_url = model, api_key, base_url
        self._dimensions, self._timeout = dimensions, timeout

    def send(self, request: _Asked) -> Vectors:
        key = self._api_key or os.environ.get(KEY_VARIABLE, "").strip()
        if not key:
            msg = f"voyage: no key was found. Set {KEY_VARIABLE}, or pass api_key=."
            raise RactoGatewayAuthError(msg)
        voyageai: Any = imported("voyageai", extra="rag-voyage")
        client = voyageai.Client(api_key=key, timeout=self._timeout, base_url=self._base_url)
        try:
            answer = client.embed(
                request.texts, self._model, request.input_type, truncation=False, output_dimension=self._dimensions
            )
        except voyageai.error.VoyageError as error:
            raise _ours(error, self._model, key) from None  # theirs holds the request with its key
        return answer.embeddings

    async def asend(self, request: _Asked) -> Vectors:
        return await in_thread(self.send, request)

    def open(self, request: _Asked) -> AbstractContextManager[Iterator[Never]]:
        raise no_streams(self, request)

    def aopen(self, request: _Asked) -> AbstractAsyncContextManager[AsyncIterator[Never]]:
        raise no_streams(self, request)


def _ours(error: Any, model: str, key: str) -> RactoGatewayError:
    said = without_secret(str(error), key, "[key]")
    kind, status = type(error).__name__, error.http_status
    if kind == "AuthenticationError":
        return RactoGatewayAuthError(f"voyage: the key was refused (HTTP {status}). Check {KEY_VARIABLE} or api_key=.")
    if kind == "Timeout":
        return RactoGatewayTimeoutError(f"voyage:{model} gave no answer in time.")
    message = f"voyage:{model} did not answer: {said}"
    if kind == "RateLimitError":
        return RactoGatewayRateLimitError(message, status_code=status, retry_after=_seconds(error.headers))
    return _KINDS.get(kind, RactoGatewayAPIError)(message, status_code=status)


def _seconds(headers: Any) -> float | None:
    told = {str(name).lower(): str(value) for name, value in dict(headers or {}).items()}.get("retry-after", "")
    return float(told) if told.replace(".", "", 1).isdigit() else None


def _advice(error: Exception) -> float | None:
    if isinstance(error, RactoGatewayRateLimitError):
        return error.retry_after or 0.0
    may_help = (RactoGatewayConnectionError, RactoGatewayServerError, RactoGatewayTimeoutError)
    return 0.0 if isinstance(error, may_help) else None
