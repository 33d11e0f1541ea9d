"""KafkaProducerClient: records are sent, and a failed delivery is never lost from sight. Kind: threaded."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Self

from racto_nb.exceptions import UsageError
from racto_nb.flow.threads import in_thread
from racto_nb.kafka.coding import Serializer, encoded
from racto_nb.kafka.errors import DeliveryError
from racto_nb.kafka.library import need, producer_of, said, translated
from racto_nb.kafka.records import Headers, KafkaProduceResult, KafkaPublishRequest, RawBytes, unchecked
from racto_nb.kafka.settings import KafkaProducerConfig
from racto_nb.kafka.tracing import traced_pairs

_REMEMBERED = 100


class KafkaProducerClient:
    """Sends records to Kafka. It connects when the first one is sent; close it, or use it in `with`.

        with KafkaProducerClient(config=KafkaProducerConfig(bootstrap_servers="localhost:9092")) as producer:
            producer.publish("agent.events", {"agent": "research", "status": "ready"}, key="research")

    `producer` is one that was made elsewhere, or a stand-in (`testing.FakeKafka`); it is closed with this client. The serializers
    make bytes of keys and values; without them bytes stay as they are, text is UTF-8, anything else compact JSON. None stays
    None: records without a key are spread over the partitions, one without a value is a tombstone. Threads may share a client.

    Raises MissingExtraError when kafka-python is not installed and no `producer` is given.
    """

    def __init__(
        self,
        *,
        config: KafkaProducerConfig | None = None,
        producer: Any | None = None,
        key_serializer: Serializer | None = None,
        value_serializer: Serializer | None = None,
    ) -> None:
        if producer is None:
            need()
        self.config = config or KafkaProducerConfig()
        self._producer = producer
        self._key, self._value = key_serializer or encoded, value_serializer or encoded
        self._turn = threading.Lock()
        self._failed: deque[str] = deque(maxlen=_REMEMBERED)
        self._failures = 0
        self._closed = False

    def __repr__(self) -> str:
        return f"KafkaProducerClient({self.config.bootstrap_servers!r}, failures={self._failures})"

    @property
    def failures(self) -> int:
        """How many records that nobody waited for were not delivered, since the last `flush` that told of them."""
        return self._failures

    def publish(
        self,
        topic: str,
        value: Any,
        *,
        key: str | bytes | None = None,
        headers: Headers | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        wait: bool = True,
        timeout_s: float = 10.0,
    ) -> KafkaProduceResult | None:
        """Send one record. With `wait`, where the broker has put it; else None at once, and `flush` tells of failures.

        Raises DeliveryError when it is not acknowledged within `timeout_s` seconds (it may still arrive), and UsageError for a
        record with neither key nor value.
        """
        request = unchecked(topic, value, key=key, headers=headers, partition=partition, timestamp_ms=timestamp_ms)
        sending = self.begun(request)
        if not wait:
            self._watch(topic, sending)
            return None
        return self.awaited(topic, sending, timeout_s)

    async def apublish(
        self,
        topic: str,
        value: Any,
        *,
        key: str | bytes | None = None,
        headers: Headers | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        wait: bool = True,
        timeout_s: float = 10.0,
    ) -> KafkaProduceResult | None:
        """Send one record. With `wait`, where the broker has put it; else None at once, and `flush` tells of failures.

        Raises as `publish` does.
        """
        return await in_thread(
            self.publish, topic, value, key=key, headers=headers, partition=partition, timestamp_ms=timestamp_ms, wait=wait,
            timeout_s=timeout_s,
        )  # fmt: skip

    def publish_json(
        self,
        topic: str,
        payload: dict[str, Any],
        *,
        key: str | bytes | None = None,
        headers: Headers | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        wait: bool = True,
        timeout_s: float = 10.0,
    ) -> KafkaProduceResult | None:
        """Send a dict as JSON: `publish` by another name."""
        return self.publish(
            topic,
            payload,
            key=key,
            headers=headers,
            partition=partition,
            timestamp_ms=timestamp_ms,
            wait=wait,
            timeout_s=timeout_s,
        )

    async def apublish_json(
        self,
        topic: str,
        payload: dict[str, Any],
        *,
        key: str | bytes | None = None,
        headers: Headers | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        wait: bool = True,
        timeout_s: float = 10.0,
    ) -> KafkaProduceResult | None:
        """Send a dict as JSON: `publish` by another name."""
        return await self.apublish(
            topic,
            payload,
            key=key,
            headers=headers,
            partition=partition,
            timestamp_ms=timestamp_ms,
            wait=wait,
            timeout_s=timeout_s,
        )

    def publish_all(
        self, requests: Iterable[KafkaPublishRequest], *, wait: bool = True, timeout_s: float = 10.0
    ) -> list[KafkaProduceResult]:
        """Send records together. With `wait`, where the broker has put each; else an empty list at once.

        Raises DeliveryError when one of them is not acknowledged within `timeout_s` seconds; the others may have arrived.
        """
        begun = [(request.topic, self.begun(request)) for request in requests]
        if not wait:
            for topic, sending in begun:
                self._watch(topic, sending)
            return []
        late = time.monotonic() + timeout_s
        with translated("Sending", self.config, topic=""):
            self._connected().flush(timeout=timeout_s)
        return [self.awaited(topic, sending, max(0.0, late - time.monotonic())) for topic, sending in begun]

    async def apublish_all(
        self, requests: Iterable[KafkaPublishRequest], *, wait: bool = True, timeout_s: float = 10.0
    ) -> list[KafkaProduceResult]:
        """Send records together. With `wait`, where the broker has put each; else an empty list at once.

        Raises as `publish_all` does.
        """
        return await in_thread(self.publish_all, requests, wait=wait, timeout_s=timeout_s)

    def tombstone(self, topic: str, key: str | bytes, *, wait: bool = True, timeout_s: float = 10.0) -> KafkaProduceResult | None:
        """Delete `key` from a compacted topic: a record with this key and no value. Raises as `publish` does."""
        return self.publish(topic, None, key=key, wait=wait, timeout_s=timeout_s)

    async def atombstone(
        self, topic: str, key: str | bytes, *, wait: bool = True, timeout_s: float = 10.0
    ) -> KafkaProduceResult | None:
        """Delete `key` from a compacted topic: a record with this key and no value. Raises as `publish` does."""
        return await self.apublish(topic, None, key=key, wait=wait, timeout_s=timeout_s)

    def flush(self, *, timeout_s: float | None = None) -> None:
        """Send all that waits, and wait until the broker has it.

        Raises DeliveryError when that takes longer than `timeout_s` seconds, and when records that nobody waited for were not
        delivered; each failure is told once.
        """
        if self._producer is not None:
            with translated("Flushing", self.config, topic=""):
                self._producer.flush(timeout=timeout_s)
        if self._failures:
            count, failures = self._failures, list(self._failed)
            self._failures = 0
            self._failed.clear()
            raise DeliveryError(f"{count} records were not delivered; the last one: {failures[-1]}", failures=failures)

    async def aflush(self, *, timeout_s: float | None = None) -> None:
        """Send all that waits, and wait until the broker has it.

        Raises as `flush` does.
        """
        await in_thread(self.flush, timeout_s=timeout_s)

    def close(self, *, timeout_s: float = 5.0) -> None:
        """Send what waits, for at most `timeout_s` seconds, and close the connections. Raises DeliveryError as `flush` does."""
        self._closed = True
        try:
            self.flush(timeout_s=timeout_s)
        finally:
            producer, self._producer = self._producer, None
            if producer is not None:
                _shut(producer)

    async def aclose(self, *, timeout_s: float = 5.0) -> None:
        """Send what waits, for at most `timeout_s` seconds, and close the connections. Raises DeliveryError as `flush` does."""
        await in_thread(self.close, timeout_s=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def begun(self, request: KafkaPublishRequest) -> Any:
        """Hand the record of a request to the library, whose future is returned."""
        key, value = _serialized(self._key, request.key), _serialized(self._value, request.value)
        if key is None and value is None:
            raise UsageError(f"A record for {request.topic!r} has neither a key nor a value. A tombstone needs its key.")
        send = partial(
            self._connected().send, request.topic, value=value, key=key, headers=traced_pairs(request.headers),
            partition=request.partition, timestamp_ms=request.timestamp_ms,
        )  # fmt: skip
        with translated(f"Sending a record to {request.topic!r}", self.config, topic=request.topic):
            return send()

    def hasten(self, timeout_s: float) -> None:
        """Let what waits for other records go now, and wait for it a little; whether it arrived its future says."""
        if self._producer is not None:
            with suppress(Exception):
                self._producer.flush(timeout=timeout_s)

    def awaited(self, topic: str, sending: Any, timeout_s: float) -> KafkaProduceResult:
        """Where the broker has put what was begun. Raises DeliveryError when it is not acknowledged within `timeout_s`."""
        with translated(f"The delivery of a record to {topic!r}", self.config, topic=topic):
            done = sending.get(timeout=timeout_s)
        stamp = done.timestamp if done.timestamp is None or done.timestamp >= 0 else None
        return KafkaProduceResult(topic=done.topic, partition=done.partition, offset=done.offset, timestamp_ms=stamp)

    def _watch(self, topic: str, sending: Any) -> None:
        def failed(error: BaseException) -> None:
            with self._turn:
                self._failures += 1
                self._failed.append(f"{topic!r}: {said(error, self.config)}")

        sending.add_errback(failed)

    def _connected(self) -> Any:
        with self._turn:
            if self._closed:
                raise UsageError("This KafkaProducerClient was closed. Make a new one.")
            if self._producer is None:
                self._producer = producer_of(self.config)
            return self._producer


def _serialized(serializer: Serializer, value: object) -> bytes | None:
    if isinstance(value, RawBytes):
        return bytes(value)
    return None if value is None else serializer(value)


def _shut(producer: Any) -> None:
    """Close without waiting: what could be sent was. The library leaves its thread running where records are left over."""
    try:
        producer.close(timeout=0)
    except Exception:  # noqa: BLE001  (records that no broker took: `flush` has told of them)
        sender = getattr(producer, "_sender", None)
        if sender is not None:
            sender.force_close()
