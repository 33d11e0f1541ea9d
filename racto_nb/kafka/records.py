"""What is sent to Kafka and what comes from it, as values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, PrivateAttr

Headers: TypeAlias = Mapping[str, str | bytes | None] | Sequence[tuple[str, str | bytes | None]]
"""Headers of a record: a mapping, or pairs where a name may come twice."""


class RawBytes(bytes):
    """Bytes that are sent as they are, whatever serializer a producer has."""


class KafkaProduceResult(BaseModel):
    """Where a broker has put a record. `offset` is -1 where the broker was not asked for an acknowledgement (`acks="0"`)."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int | None = None


class KafkaPublishRequest(BaseModel):
    """A record that a handler wants to be sent. `value=None` is a tombstone: it deletes its key in a compacted topic."""

    model_config = ConfigDict(extra="forbid")

    topic: str
    value: Any
    key: str | bytes | None = None
    headers: dict[str, str | bytes | None] | list[tuple[str, str | bytes | None]] | None = None
    partition: int | None = None
    timestamp_ms: int | None = None


def unchecked(
    topic: str,
    value: object,
    *,
    key: str | bytes | None = None,
    headers: Headers | None = None,
    partition: int | None = None,
    timestamp_ms: int | None = None,
) -> KafkaPublishRequest:
    """A request made without validation, which takes time for each record and would make plain bytes of a RawBytes key."""
    return KafkaPublishRequest.model_construct(
        topic=topic, value=value, key=key, headers=headers, partition=partition, timestamp_ms=timestamp_ms
    )


class KafkaMessage(BaseModel):
    """A record as it was read.

    `key` and `value` are decoded: JSON where it parses, else text, and bytes that are no text stay bytes. None is None: a
    record without a key, a tombstone. `headers` has one value for each name, the last; `header_list` has all, in order.
    `raw_key` and `raw_value` are the bytes of the record.

    >>> KafkaMessage(topic="events", partition=0, offset=7, value={"n": 1}).value
    {'n': 1}
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int | None = None
    key: str | bytes | None = None
    value: Any = None
    headers: dict[str, bytes | None] = {}
    _header_list: tuple[tuple[str, bytes | None], ...] | None = PrivateAttr(default=None)
    _raw: tuple[bytes | None, bytes | None] | None = PrivateAttr(default=None)

    @property
    def header_list(self) -> tuple[tuple[str, bytes | None], ...]:
        """All headers in their order; a name may come several times."""
        return tuple(self.headers.items()) if self._header_list is None else self._header_list

    @property
    def raw_key(self) -> bytes | None:
        """The key's bytes, None where the record has no key, or was not read from Kafka."""
        return None if self._raw is None else self._raw[0]

    @property
    def raw_value(self) -> bytes | None:
        """The value's bytes, None for a tombstone, or where the record was not read from Kafka."""
        return None if self._raw is None else self._raw[1]

    @property
    def is_tombstone(self) -> bool:
        """Whether the record deletes its key."""
        return self._raw is not None and self._raw[1] is None

    @classmethod
    def read(
        cls,
        *,
        place: tuple[str, int, int],
        timestamp_ms: int | None,
        key: str | bytes | None,
        value: object,
        headers: Iterable[tuple[str, bytes | None]],
        raw: tuple[bytes | None, bytes | None],
    ) -> KafkaMessage:
        """The message of a record at `place` (topic, partition, offset), with its bytes `raw` (key, value)."""
        topic, partition, offset = place
        pairs = tuple((name, None if value is None else bytes(value)) for name, value in headers)
        message = cls.model_construct(
            topic=topic, partition=partition, offset=offset, timestamp_ms=timestamp_ms, key=key, value=value, headers=dict(pairs)
        )
        message._header_list, message._raw = pairs, raw  # noqa: SLF001  (its own)
        return message
