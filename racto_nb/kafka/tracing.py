"""The trace of a record: told in its headers where it is sent, and gone on with where it is handled."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager

from racto_nb.kafka.coding import header_pairs
from racto_nb.kafka.outputs import Outputs
from racto_nb.kafka.records import Headers, KafkaMessage
from racto_nb.telemetry.headers import continuing, with_trace

Handler = Callable[[list[KafkaMessage]], Outputs | Awaitable[Outputs]]
_TRACED = {"messaging.system": "kafka", "messaging.operation.name": "process"}


def traced_pairs(headers: Headers | None) -> list[tuple[str, bytes]]:
    """Headers as pairs, with what tells in which span the record is sent. A record that is passed on keeps its own trace."""
    pairs = header_pairs(headers)
    known = {name for name, _ in pairs}
    return [*pairs, *header_pairs({name: value for name, value in with_trace().items() if name not in known})]


def traced(handler: Handler, messages: list[KafkaMessage]) -> Callable[[], Outputs | Awaitable[Outputs]]:
    """`handler(messages)`, async where it is, in a span below that of who sent the first, and linked with those of the others."""
    if not inspect.iscoroutinefunction(handler):

        def handled() -> Outputs | Awaitable[Outputs]:
            with _work(messages):
                return handler(messages)

        return handled

    async def awaited() -> Outputs:
        with _work(messages):
            return await handler(messages)

    return awaited


def _work(messages: list[KafkaMessage]) -> AbstractContextManager[None]:
    first, *others = messages
    known = {**_TRACED, "messaging.destination.name": first.topic, "messaging.batch.message_count": len(messages)}
    return continuing(first.headers, f"process {first.topic}", known, also=[message.headers for message in others])
