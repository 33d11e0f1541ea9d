"""The row of a call in the ledger, written when it has ended, however it ended. Flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from blake3 import blake3

from racto_nb._place import session_id
from racto_nb.exceptions import RactoGatewayError
from racto_nb.flow.effects import Flow, Moment, Stream, now, send
from racto_nb.kits.calling import Calling
from racto_nb.kits.fingerprint import fingerprint
from racto_nb.kits.middleware import Answer, Ask
from racto_nb.kits.warning import warn_of_ledger
from racto_nb.ledger.entries import LEFT, Entry
from racto_nb.ledger.port import LedgerPort
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.response import FRESH
from racto_nb.models.stream import StreamChunk
from racto_nb.models.usage import Spent
from racto_nb.providers.wire import ModelSpec

T = TypeVar("T")
Item = TypeVar("Item")
Describe = Callable[[T | None], dict[str, Any]]


def recorded(calling: Calling, ask: Ask, work: Stream[StreamChunk, Answer]) -> Stream[StreamChunk, Answer]:
    """What comes of `work`, the answer to `ask`; its row goes to the ledger of the call, where there is one."""

    def told(answer: Answer | None) -> dict[str, Any]:
        said: dict[str, Any] = {"question": ask.config.user_message, "prompt_hash": _name_of(ask)}
        if answer is None:
            return said
        response = answer.response
        if answer.origin != FRESH and not calling.tally.exchanges:  # known already, so that no request tells what it had used
            spent = _spent(calling, response.model or ask.model, calling.provider.specs.chat_spec, response.usage, answer.origin)
            said["spent"] = (spent,)
        ended = str(response.finish_reason)
        return said | {"answered": response.model, "finish_reason": ended, "answer": response.content, "origin": answer.origin}

    return (yield from _written("stream" if ask.streamed else "chat", calling, ask.model, work, told))


def recorded_embedding(
    calling: Calling, config: EmbeddingConfig, model: str, work: Flow[EmbeddingResponse]
) -> Flow[EmbeddingResponse]:
    """The vectors that come of `work`; its row goes to the ledger of the call, where there is one."""

    def told(response: EmbeddingResponse | None) -> dict[str, Any]:
        asked = [calling.provider.name, calling.provider.address, model, config.dimensions, config.texts]
        said: dict[str, Any] = {"prompt_hash": blake3(msgspec.json.encode(asked)).hexdigest()}
        return said if response is None else said | {"answered": response.model, "origin": calling.tally.origin}

    return (yield from _written("embed", calling, model, work, told))  # pyright: ignore[reportReturnType]


def _written(kind: str, calling: Calling, model: str, work: Stream[Item, T], told: Describe[T]) -> Stream[Item, T]:
    """What comes of `work`. A caller who leaves is not kept waiting: his row is begun, and written by the ledger's own thread."""
    ledger = calling.around.ledger
    if ledger is None:
        return (yield from work)
    call = _Call(kind, calling, model, (yield from now()))
    try:
        result = yield from work
    except GeneratorExit:
        ledger.hand_over(call.entry(told(None) | {"error": LEFT, "spent": call.left()}))
        raise
    except Exception as error:
        yield from _sent(ledger, call, told(None) | {"error": type(error).__name__})
        raise
    yield from _sent(ledger, call, told(result))
    return result


def _sent(ledger: LedgerPort, call: _Call, said: dict[str, Any]) -> Flow[None]:
    ended = yield from now()
    trouble = yield from send(ledger, call.entry(said, ended))
    if trouble is not None:
        warn_of_ledger(trouble)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that began at a moment, and what is known of it whatever comes."""

    kind: str
    calling: Calling
    model: str
    began: Moment

    def entry(self, said: dict[str, Any], ended: Moment | None = None) -> Entry:
        """What the ledger is told, with what else is `said`. One that nobody waits for has ended when it is written."""
        calling, began, tally = self.calling, self.began, self.calling.tally
        known: dict[str, Any] = {
            "seconds": None if ended is None else ended.clock - began.clock,
            "first": None if tally.first is None else tally.first - began.clock,
            "spent": tally.spent,
            "requests": tally.requests,
            "place": calling.around.place,
            "session": session_id(),
            "redacted": calling.provider.redacted,
        }
        return Entry(self.kind, calling.provider.name, self.model, began.wall, began.clock, **(known | said))

    def left(self) -> tuple[Spent, ...]:
        """What was spent on a call that its caller left: of a request that is still out, nobody has told."""
        spent = self.calling.tally.spent
        if self.calling.tally.requests <= len(spent):
            return spent
        specs = self.calling.provider.specs
        return (*spent, _spent(self.calling, self.model, specs.embedding_spec if self.kind == "embed" else specs.chat_spec, {}))


def _spent(
    calling: Calling, model: str, spec_of: Callable[[str], ModelSpec], usage: Mapping[str, int], origin: str = FRESH
) -> Spent:
    """What an answer of `model` used that no request of this call tells of."""
    try:
        spec = spec_of(model)
    except RactoGatewayError:  # the model that answered once is none of the provider's any more
        spec = ModelSpec(calling.provider.name, model)
    return Spent(spec.provider, spec.name, spec.name, usage, origin=origin, free=spec.free, official=spec.official)


def _name_of(ask: Ask) -> str | None:
    """The hash of a question; None for one that holds what has no name in other processes. It fails no call."""
    try:
        return fingerprint(ask)
    except Exception:  # noqa: BLE001  (what is in `extra` and in classes may raise anything)
        return None
