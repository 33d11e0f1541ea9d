"""What a handler returns, as records to send; and records that no handler takes, as dead letters. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.kafka.records import KafkaMessage, KafkaPublishRequest, RawBytes, unchecked

Outputs: TypeAlias = Sequence[Any] | None
"""What a handler returns: nothing, or an output for each message."""

_LONGEST_REASON = 1000


def requests_of(outputs: Outputs, messages: Sequence[KafkaMessage], topic: str | None) -> list[KafkaPublishRequest]:
    """The records to send. Plain values go to `topic`, with the key of the message in the same place.

    Raises WrongTypeError for an output that is no sequence, and UsageError for plain values without a topic.
    """
    if outputs is None:
        return []
    if isinstance(outputs, str | bytes | bytearray) or not isinstance(outputs, Sequence):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise WrongTypeError(f"A handler returns None or a list with an output for each message, not {type(outputs).__name__}.")
    keys = [_key(message) for message in messages]
    keys += [None] * (len(outputs) - len(keys))
    return [_request(output, key, topic) for output, key in zip(outputs, keys, strict=False) if output is not None]


def _request(output: object, key: str | bytes | None, topic: str | None) -> KafkaPublishRequest:
    if isinstance(output, KafkaPublishRequest):
        return output
    if topic is None:
        raise UsageError("The handler returned plain values: say where they go (output_topic=…), or return KafkaPublishRequests.")
    return unchecked(topic, output, key=key)


def _key(message: KafkaMessage) -> str | bytes | None:
    return message.key if message.raw_key is None else RawBytes(message.raw_key)


def buried(
    message: KafkaMessage, topic: str, error: Exception, tried: int, *, refusal: Exception | None = None
) -> KafkaPublishRequest:
    """The dead letter of `message`: its bytes and headers as they were, and the reason behind them.

    After a `refusal` of all that, as for its size: no bytes and no headers of it, only where it is and both reasons.
    """
    reason: dict[str, str | bytes | None] = {
        "racto-dead-topic": message.topic,
        "racto-dead-partition": str(message.partition),
        "racto-dead-offset": str(message.offset),
        "racto-dead-tries": str(tried),
        "racto-dead-error": type(error).__name__,
        "racto-dead-reason": _short(error),
    }
    if refusal is not None:
        return unchecked(topic, RawBytes(b""), headers={**reason, "racto-dead-left-out": _short(refusal)})
    value = message.value if message.raw_value is None else RawBytes(message.raw_value)
    if value is None and message.key is None:  # nothing at all: no broker is sent that
        value = b""
    headers: list[tuple[str, str | bytes | None]] = [*message.header_list, *reason.items()]
    return unchecked(topic, value, key=_key(message), headers=headers)


def _short(error: Exception) -> str:
    """Its words, as far as a header has them; what is no Unicode in them is escaped."""
    return str(error)[:_LONGEST_REASON].encode(errors="backslashreplace").decode()
