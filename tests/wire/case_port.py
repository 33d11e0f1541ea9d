"""A port that answers with what a case says has come, and keeps what was sent."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from racto_nb.providers import failures
from racto_nb.providers.embedded.engine import EngineRefusedError
from racto_nb.providers.wire import Request


def engine_failure(detail: Any) -> Exception:
    """What the embedded engine raises: "timeout", or its refusal."""
    return TimeoutError() if detail == "timeout" else EngineRefusedError(detail)


def http_failure(detail: dict[str, Any]) -> Exception:
    """A failure of `providers/failures.py`: `{"failure": "Dropped", "answering": true}`; with a `status` it is a refusal."""
    fields = {"text": "", "host": "api.openai.com"} | detail
    kind = getattr(failures, fields.pop("failure", "Refused"))
    return kind(fields.pop("text"), **fields)


def sse_data(event: Any) -> bytes:
    """The data of a server-sent event: a text as it stands, anything else as JSON."""
    return event.encode() if isinstance(event, str) else json.dumps(event).encode()


class CasePort:
    """Performs one case. A reply that was `received` answers whole requests; without one the list of events does."""

    def __init__(
        self, case: dict[str, Any], *, failure: Callable[[Any], Exception], event: Callable[[Any], Any] = lambda event: event
    ) -> None:
        self._case, self._failure, self._event = case, failure, event
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def send(self, request: Request) -> Any:
        self._note(request)
        return self._case["received"] if "received" in self._case else list(self._events())

    async def asend(self, request: Request) -> Any:
        return self.send(request)

    @contextmanager
    def open(self, request: Request) -> Generator[Iterator[Any]]:
        self._note(request)
        yield self._events()

    @asynccontextmanager
    async def aopen(self, request: Request) -> AsyncGenerator[AsyncIterator[Any]]:
        async def items() -> AsyncGenerator[Any]:
            for event in self._events():
                yield event

        self._note(request)
        yield items()

    def _note(self, request: Request) -> None:
        self.sent.append((request.operation, dict(request.arguments)))
        match self._case.get("received"):
            case {"raise": detail}:
                raise self._failure(detail)
            case _:
                pass

    def _events(self) -> Generator[Any]:
        for event in self._case.get("events", []):
            match event:
                case {"raise": detail}:
                    raise self._failure(detail)
                case _:
                    yield self._event(event)
