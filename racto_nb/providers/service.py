"""What a provider behind HTTP is to the port that all share: a library that opens clients, posts, and says who refused."""

from __future__ import annotations

from typing import Any, Protocol

from racto_nb.providers.failures import Refused
from racto_nb.providers.wire import Request


class Service(Protocol):
    """A provider's library, as far as a port needs it. Clients and responses are the library's own objects.

    A response is handed over with its body unread; it has `headers`, `iter_bytes`, `close` and the asynchronous twins of httpx.
    """

    @property
    def base_url(self) -> str: ...

    @property
    def key(self) -> str: ...

    def client(self, http_client: Any) -> Any:
        """A new synchronous client, over the `http_client` of the user's where that is not None."""
        ...

    def async_client(self, http_client: Any) -> Any:
        """A new asynchronous client, over the `http_client` of the user's where that is not None."""
        ...

    def posted(self, client: Any, request: Request) -> Any:
        """The response to `request`."""
        ...

    async def aposted(self, client: Any, request: Request) -> Any:
        """The response to `request`."""
        ...

    async def aclosed(self, client: Any) -> None:
        """Close an asynchronous client."""
        ...

    def refusal(self, error: Exception) -> Refused | None:
        """What the provider said, where `error` is its answer with an HTTP status that is one; else None."""
        ...
