"""What the flows of a processor share: its provider, and how a request of the batch API is made. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from racto_nb.batch.reading import lines_from
from racto_nb.exceptions import NotFoundError, RactoGatewayError
from racto_nb.flow.effects import Flow, Port, call, next_event, open_stream, send
from racto_nb.kits.calling import Surroundings
from racto_nb.kits.reaching import tried
from racto_nb.kits.resolving import KitSettings
from racto_nb.providers.batching import BatchApi, Exchange, JobReport
from racto_nb.providers.failures import Dropped, HttpFailure, OutOfTime, Refused, Unreadable
from racto_nb.providers.sse import EventTooLongError
from racto_nb.providers.wire import ModelSpec, Provider, ProviderPort, Request

T = TypeVar("T")
_NOT_FOUND = 404
_NOT_BEGUN = frozenset({409, 429, 503, 529})
"""Statuses after which a request that makes something may be sent again: the provider has not begun with it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A provider with its batch API at `host`, and the folder of job files. `around` is what stands around a call."""

    provider: Provider
    api: BatchApi
    settings: KitSettings
    host: str
    jobs: Port[Any, Any, Any]
    around: Surroundings = field(default_factory=Surroundings)

    @property
    def name(self) -> str:
        """The provider's name."""
        return self.provider.name

    @property
    def spec(self) -> ModelSpec:
        """The model."""
        return self.provider.specs.chat_spec(self.settings.model)

    def read(self, request: Request) -> Flow[Any]:
        """The reply to a request that changes nothing: it is made again also where an answer broke off."""
        return self._asked(lambda: send(self._port(), self._timed(request)), self._patient)

    def made(self, request: Request) -> Flow[Any]:
        """The reply to a request that makes something: it is made again only where it cannot have been accepted."""
        return self._asked(lambda: send(self._port(), self._timed(request)), self._careful)

    def lines(self, request: Request) -> Flow[list[Mapping[str, Any]]]:
        """The lines of a download, which are JSON objects."""
        pieces = yield from self._asked(lambda: self._downloaded(self._timed(request)), self._patient)
        try:
            lines: list[Mapping[str, Any]] = yield from call(partial(lines_from, pieces))
        except HttpFailure as failure:
            raise self.ours(failure) from None
        return lines

    def exchanged(self, exchange: Exchange[T]) -> Flow[T]:
        """What comes of an exchange."""
        request = next(exchange)
        while True:
            reply = yield from self.made(request)
            try:
                request = exchange.send(reply)
            except StopIteration as done:
                return done.value
            except HttpFailure as failure:
                raise self.ours(failure) from None

    def report(self, raw: Mapping[str, Any]) -> JobReport:
        """What a reply says of a job."""
        try:
            return self.api.report(raw)
        except HttpFailure as failure:
            raise self.ours(failure) from None

    def page(self, raw: Mapping[str, Any]) -> tuple[list[JobReport], str]:
        """The jobs of a page of the provider's list, and where it ended."""
        try:
            return self.api.page(raw)
        except HttpFailure as failure:
            raise self.ours(failure) from None

    def ours(self, failure: HttpFailure) -> Exception:
        """Our error for a failure."""
        return self.provider.wire.error_from(failure, self.spec)

    def _asked(self, operation: Callable[[], Flow[T]], advice: Callable[[Exception], float | None]) -> Flow[T]:
        try:
            return (yield from tried(self.provider, self.settings, self.spec, operation, advice))
        except RactoGatewayError as error:
            if error.status_code == _NOT_FOUND:
                raise self._not_there(error) from None
            raise

    def _not_there(self, error: RactoGatewayError) -> NotFoundError:
        said = error.body if error.body is not None else error
        message = (
            f"{self.name} at {self.host} knows no such job, file or model, or has removed it: {said}. Is it a job of this "
            "account, and does the server have a batch API?"
        )
        found = NotFoundError(message, name="")
        found.provider, found.model, found.status_code = error.provider, error.model, error.status_code
        found.request_id, found.body = error.request_id, error.body
        return found

    def _downloaded(self, request: Request) -> Flow[list[bytes]]:
        stream = yield from open_stream(self._port(), request)
        lines: list[bytes] = []
        while True:
            try:
                line = yield from next_event(stream)
            except EventTooLongError as error:
                raise Unreadable(str(error), host=self.host) from None
            if line is None:
                return lines
            lines.append(line)

    def _port(self) -> ProviderPort:
        """The provider's port for one request, through the tape where there is one."""
        tape, port = self.around.tape, self.provider.chat_port
        return port if tape is None else tape.taped(self.provider, port)

    def _timed(self, request: Request) -> Request:
        return replace(request, timeout=self.settings.timeout)

    def _patient(self, error: Exception) -> float | None:
        wait = self.provider.wire.advice(error)
        return 0.0 if wait is None and isinstance(error, Dropped | OutOfTime) else wait

    def _careful(self, error: Exception) -> float | None:
        if isinstance(error, Refused) and error.status not in _NOT_BEGUN:
            return None
        return self.provider.wire.advice(error)
