"""What every embedder is. Kind: flow for those over kits; a class of your own has both colours by hand."""

from __future__ import annotations

from abc import ABC, abstractmethod


class BaseEmbedder(ABC):
    """Turns texts into vectors. Derive from it for a model of your own: `dimension`, `embed` and `aembed` are enough."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """The number of dimensions of the vectors; -1 until it is known."""
        ...

    @abstractmethod
    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each of `texts`, in their order: texts that shall be found."""
        ...

    @abstractmethod
    async def aembed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each of `texts`, in their order: texts that shall be found."""
        ...

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question. Some models embed it differently from the texts that answer it."""
        return self.embed([text])[0]

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a question. Some models embed it differently from the texts that answer it."""
        return (await self.aembed([text]))[0]

    def close(self) -> None:  # noqa: B027  (many embedders hold nothing)
        """Give back connections, or a model that was loaded. The next use opens them again, where there is anything to open."""

    async def aclose(self) -> None:  # noqa: B027  (as close)
        """Give back connections, or a model that was loaded. The next use opens them again, where there is anything to open."""

    @property
    def identity(self) -> str:
        """Names the model and what else decides about the vectors: those of one identity can be compared, and kept for later."""
        return f"{type(self).__module__}.{type(self).__qualname__}"
