"""Vertex AI through Google's library, for tuning: it knows the logins of Google Cloud. The one file that imports it.

Kind: threaded. The library's calls block, so that an event loop has them done in a thread.
"""

from __future__ import annotations

import inspect
import math
import os
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Never
from urllib.parse import urlsplit, urlunsplit

from racto_nb._extras import imported, refuse_missing
from racto_nb.exceptions import RactoGatewayAuthError, UsageError
from racto_nb.flow.threads import in_thread, no_streams
from racto_nb.providers.connecting import failure_of
from racto_nb.providers.failures import HttpFailure, Unreachable
from racto_nb.providers.google.facts import MODEL_CODES, NAME
from racto_nb.providers.google.opening import GoogleSpecs
from racto_nb.providers.google.refusing import refused
from racto_nb.providers.google.wire import GoogleWire
from racto_nb.providers.serving import Account
from racto_nb.providers.wire import Provider, Request

KEY_ADVICE = (
    "The login is the one of Google Cloud: run `gcloud auth application-default login`, or give credentials= . The account needs "
    "the role Vertex AI User in the project."
)

_LIMIT = 300.0
"""So many seconds a request may take where nothing else is said: the library alone would wait for ever."""


@dataclass(slots=True)
class VertexPort:
    """Performs requests through Google's library, in the project and the region of `place`. Opened at the first call."""

    place: Mapping[str, Any] = field(repr=False)
    address: str = field(repr=False)
    _client: Any = field(default=None, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def host(self) -> str:
        """Where requests go."""
        return urlsplit(self.address).netloc.rpartition("@")[2]

    def send(self, request: Request) -> Any:
        """What a method of the library answers, as a dict; a page of a list as its `data` and where it ended, `next`."""
        part, _, method = request.operation.partition(".")
        try:
            module: object = getattr(self._opened(), part)
            # Unwrapped: once in a process the library warns that tuning is an experiment of its own, which the docs say.
            answer = inspect.unwrap(getattr(type(module), method))(module, **_timed(request))
            return _page(answer) if method == "list" else _dumped(answer)
        except RactoGatewayAuthError:
            raise
        except Exception as error:  # noqa: BLE001  (translated, or raised as it is)
            raise self._failure(error) from None

    async def asend(self, request: Request) -> Any:
        """The same, in a thread."""
        return await in_thread(self.send, request)

    def open(self, request: Request) -> AbstractContextManager[Iterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

    def aopen(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

    def close(self) -> None:
        """Close the connections. The next call opens others."""
        with self._turn:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the connections, in a thread."""
        await in_thread(self.close)

    def _opened(self) -> Any:
        with self._turn:
            if self._client is None:
                library = imported("google.genai", extra="google")
                try:
                    self._client = library.Client(vertexai=True, **self.place)
                except Exception as error:  # noqa: BLE001  (whatever it raises, it found no login)
                    message = f"No login for Vertex AI was found ({type(error).__name__}: {error}). {KEY_ADVICE}"
                    raise RactoGatewayAuthError(message) from None
            return self._client

    def _failure(self, error: Exception) -> Exception:
        """The failure that an error of the library, or of one below it, stands for; else the error itself."""
        if isinstance(error, HttpFailure):
            return error
        module, kind = type(error).__module__, type(error).__name__
        if module.startswith("google.auth"):
            return RactoGatewayAuthError(f"Google Cloud refused the login ({kind}: {error}). {KEY_ADVICE}")
        if module.startswith("google.genai") and hasattr(error, "details"):
            return self._refused(error)
        return failure_of(error, host=self.host, answering=False) or (
            Unreachable(f"{kind}: {error}", host=self.host) if isinstance(error, OSError) else error
        )

    def _refused(self, error: Any) -> HttpFailure:
        import msgspec

        headers: Mapping[str, str] = getattr(error.response, "headers", None) or {}
        details: object = error.details
        body = details if isinstance(details, dict) else {"error": {"message": str(error.message)}}  # pyright: ignore[reportUnknownVariableType]
        content = msgspec.json.encode(body, enc_hook=str)
        return refused(int(error.code or 0), dict(headers), content, key="", address=without_login(self.address))


def open_vertex(*, project: str, location: str, credentials: object, base_url: str | None) -> tuple[Provider, VertexPort]:
    """The provider for tuning in a project and a region. Nothing is sent, nor the library imported, before the first call."""
    refuse_missing("google.genai", extra=NAME)
    told = base_url or os.environ.get("GOOGLE_VERTEX_BASE_URL")
    address = told or f"https://{location}-aiplatform.googleapis.com"
    options: dict[str, Any] = {"http_options": {"base_url": told}} if told else {}
    port = VertexPort({"project": project, "location": location, "credentials": credentials, **options}, address)
    specs = GoogleSpecs()
    account = Account(key_advice=KEY_ADVICE, nearest=lambda _: [], model_codes=MODEL_CODES)
    return Provider(NAME, GoogleWire(account, "v1"), port, None, specs, address=port.host), port


def without_login(address: str) -> str:
    """An address without the name and the password that may stand in it.

    >>> without_login("https://me:secret@gateway.example:8443/vertex")
    'https://gateway.example:8443/vertex'
    """
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def refuse_odd_options(config: Mapping[str, Any]) -> None:
    """Raise UsageError where the library does not take the configuration of a job. Its import may take a second."""
    kept = {name: value for name, value in config.items() if value is not None}
    types = imported("google.genai.types", extra=NAME)
    try:
        types.CreateTuningJobConfig.model_validate(kept)
    except ValueError as error:
        found: Any = error
        said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found.errors(include_url=False))
        message = f"Google's library takes no such options of a job: {said}. Nothing was sent."
        raise UsageError(message) from None


def _timed(request: Request) -> dict[str, Any]:
    """The arguments of a method, with the time that it may take."""
    # In whole milliseconds, of which the library reads 0 as without a limit.
    limit = max(1, math.ceil((_LIMIT if request.timeout is None else request.timeout) * 1000))
    config = {**request.arguments.get("config", {}), "http_options": {"timeout": limit}}
    return {**request.arguments, "config": config}


def _dumped(answer: Any) -> dict[str, Any]:
    return {} if answer is None else answer.model_dump(mode="json", exclude_none=True, exclude={"sdk_http_response"})


def _page(pager: Any) -> dict[str, Any]:
    token = pager.config.get("page_token")
    return {"data": [_dumped(item) for item in pager.page], "next": token or ""}
