"""Requests to a provider's other endpoints (batches, files, tuning): their tries, and their errors in our words. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar

from racto_nb.exceptions import NotFoundError, RactoGatewayError
from racto_nb.flow.effects import Flow, send
from racto_nb.kits.calling import Surroundings
from racto_nb.kits.reaching import tried
from racto_nb.kits.resolving import KitSettings
from racto_nb.providers.batching import Exchange
from racto_nb.providers.failures import Dropped, HttpFailure, OutOfTime, Refused
from racto_nb.providers.wire import ModelSpec, Provider, ProviderPort, Request

T = TypeVar("T")
_NOT_FOUND = 404
_NOT_BEGUN = frozenset({409, 429, 503, 529})
"""Statuses after which a request that makes something may be sent again: the provider has not begun with it."""


@dataclass(frozen=True, slots=True)
class Exchanging:
    """A provider at `host`, asked for other things than answers. `around` is what stands around a call."""

    provider: Provider
    settings: KitSettings
    host: str
    around: Surroundings = field(default_factory=Surroundings, kw_only=True)

    api_name: ClassVar[str] = "such an API"

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
        return self.asked(lambda: send(self.port(), self.timed(request)), self.patient)

    def made(self, request: Request) -> Flow[Any]:
        """The reply to a request that makes something: it is made again only where it cannot have been accepted."""
        return self.asked(lambda: send(self.port(), self.timed(request)), self._careful)

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

    def told(self, read: Callable[[Any], T], raw: Any) -> T:
        """What `read`, a translation of the provider's, makes of a reply."""
        try:
            return read(raw)
        except HttpFailure as failure:
            raise self.ours(failure) from None

    def ours(self, failure: HttpFailure) -> Exception:
        """Our error for a failure."""
        return self.provider.wire.error_from(failure, self.spec)

    def asked(self, operation: Callable[[], Flow[T]], advice: Callable[[Exception], float | None]) -> Flow[T]:
        """`operation`, tried again by `advice`, its errors turned into ours."""
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
            f"account, and does the server have {self.api_name}?"
        )
        found = NotFoundError(message, name="")
        found.provider, found.model, found.status_code = error.provider, error.model, error.status_code
        found.request_id, found.body = error.request_id, error.body
        return found

    def port(self) -> ProviderPort:
        """The provider's port for one request, through the tape where there is one."""
        tape, port = self.around.tape, self.provider.chat_port
        return port if tape is None else tape.taped(self.provider, port)

    def timed(self, request: Request) -> Request:
        """`request` with the time that it may take."""
        return replace(request, timeout=self.settings.timeout)

    def patient(self, error: Exception) -> float | None:
        """When to try again what changes nothing."""
        wait = self.provider.wire.advice(error)
        return 0.0 if wait is None and isinstance(error, Dropped | OutOfTime) else wait

    def _careful(self, error: Exception) -> float | None:
        if isinstance(error, Refused) and error.status not in _NOT_BEGUN:
            return None
        return self.provider.wire.advice(error)
