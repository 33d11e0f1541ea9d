"""An HTTP client of the user's own, for proxies, certificates and transports that the environment cannot say. Pure."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from racto_nb.exceptions import WrongTypeError


@dataclass(frozen=True, slots=True)
class GivenClients:
    """The client that was given, in its colour; None in the other, where the kit opens one itself. It is never closed here."""

    sync: Any = None
    asynchronous: Any = None


def given_clients(client: object | None) -> GivenClients:
    """What `http_client=` gave. Raises WrongTypeError for what is no client of httpx's kind."""
    if client is None:
        return GivenClients()
    send = getattr(type(client), "send", None)
    if not callable(send) or not callable(getattr(client, "build_request", None)):
        what = f"the class {client.__name__} itself" if isinstance(client, type) else type(client).__name__
        message = f"http_client is a Client or an AsyncClient of httpx2 (of httpx for Ollama), or None; not {what}."
        raise WrongTypeError(message)
    return GivenClients(asynchronous=client) if inspect.iscoroutinefunction(send) else GivenClients(sync=client)
