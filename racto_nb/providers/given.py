"""HTTP clients of the user's own, for proxies, certificates and transports that the environment cannot say. Pure."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any, cast

from racto_nb.exceptions import UsageError, WrongTypeError


@dataclass(frozen=True, slots=True)
class GivenClients:
    """The clients that were given. They are never closed here.

    Who gives one of one colour wants nothing to go past it: calls of the other colour are refused and not sent another way.
    """

    sync: Any = None
    asynchronous: Any = None

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self.sync is not None or self.asynchronous is not None

    def for_sync(self) -> Any:
        """The synchronous one, None where none at all was given."""
        return self._usable(self.sync, "a Client", "chat, stream and embed")

    def for_async(self) -> Any:
        """The asynchronous one, None where none at all was given."""
        return self._usable(self.asynchronous, "an AsyncClient", "achat, astream and aembed")

    def _usable(self, client: Any, kind: str, methods: str) -> Any:
        if client is None and self.any:
            message = f"The http_client of this kit is of the other colour: {methods} need {kind}. Give (Client, AsyncClient)."
            raise UsageError(message)
        if client is not None and client.is_closed:
            message = f"What was given as http_client ({kind}) is closed. Open another one, and another kit with it."
            raise UsageError(message)
        return client


def given_clients(given: object | None, *, library: str = "httpx2") -> GivenClients:
    """What `http_client=` gave: a Client, an AsyncClient, or a tuple of both. Raises WrongTypeError for what is neither."""
    clients = GivenClients()
    for client in cast("tuple[object, ...]", given) if isinstance(given, tuple) else () if given is None else (given,):
        send = getattr(type(client), "send", None)
        known = any(kind.__module__.partition(".")[0] == library for kind in type(client).__mro__)
        if not callable(send) or not known:
            what = f"the class {client.__name__} itself" if isinstance(client, type) else repr(type(client))
            message = f"http_client is a Client or an AsyncClient of {library}, or a tuple of both; not {what}."
            raise WrongTypeError(message)
        is_async = inspect.iscoroutinefunction(send)
        clients = replace(clients, asynchronous=client) if is_async else replace(clients, sync=client)
    return clients
