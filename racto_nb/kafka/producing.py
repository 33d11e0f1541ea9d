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
from racto_nb.kafka.coding import Serializer, encoded, header_pairs
from racto_nb.kafka.errors import DeliveryError
from racto_nb.kafka.library import need, said, translated
from racto_nb.kafka.lines import ProducerLine
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
    None: records without a key are spread over the partitions, one without a value is a tombstone. Threads may share a client. A
    forked child cannot use one that was used before the fork, or that has a given `producer`: it raises UsageError there.

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
        self._line = ProducerLine(self.config, producer)
        self.owner = self._line.owner
        self._key, self._value = key_serializer or encoded, value_serializer or encoded
        self._turn = threading.Lock()
        self._failed: deque[str] = deque(maxlen=_REMEMBERED)
        self._failures = 0

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

        Raises DeliveryError when it is not acknowledged within `timeout_s` seconds (it may still arrive), or without `wait` when
        no broker could be asked where the topic is by then, which the first record of a topic needs; and UsageError for a record
        with neither key nor value, or for a partition that the topic does not have. WrongTypeError for what cannot be encoded.
        """
        late = time.monotonic() + timeout_s
        request = unchecked(topic, value, key=key, headers=headers, partition=partition, timestamp_ms=timestamp_ms)
        sending = self.begun(request, within_s=timeout_s)
        if not wait:
            self._watch(topic, sending)
            return None
        return self.awaited(topic, sending, max(0.0, late - time.monotonic()))

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
        late = time.monotonic() + timeout_s
        begun = [(request.topic, self.begun(request, within_s=late - time.monotonic())) for request in requests]
        if not wait:
            for topic, sending in begun:
                self._watch(topic, sending)
            return []
        self.hasten(max(0.0, late - time.monotonic()))
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
        self.owner.refuse_others()
        producer = self._line.producer
        if producer is not None:
            with translated("Flushing", self.config, topic=""):
                producer.flush(timeout=timeout_s)
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
        if self.owner.is_another:
            return
        self._line.end()
        try:
            self.flush(timeout_s=timeout_s)
        finally:
            self._line.shut()

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

    def begun(self, request: KafkaPublishRequest, *, within_s: float = 10.0) -> Any:
        """Hand the record of a request to the library, whose future is returned. DeliveryError without a broker `within_s`."""
        key, value = self._pair(request)
        headers = traced_pairs(request.headers)
        producer = self._line.ready(request.topic, within_s)
        send = partial(
            producer.send, request.topic, value=value, key=key, headers=headers, partition=request.partition,
            timestamp_ms=request.timestamp_ms,
        )  # fmt: skip
        with translated(f"Sending a record to {request.topic!r}", self.config, topic=request.topic):
            try:
                return send()
            except ValueError as error:  # what the library says of a partition, or of a topic's name
                raise UsageError(f"A record for {request.topic!r} cannot be sent: {said(error, self.config)}") from None

    def as_bytes(self, request: KafkaPublishRequest) -> KafkaPublishRequest:
        """The same record with its key, value and headers as bytes. What cannot be encoded is told here, before it is sent."""
        key, value = (None if each is None else RawBytes(each) for each in self._pair(request))
        return request.model_copy(update={"key": key, "value": value, "headers": header_pairs(request.headers)})

    def hasten(self, timeout_s: float) -> None:
        """Let what waits for other records go now, and wait for it a little; whether it arrived its future says."""
        producer = self._line.producer
        if producer is not None:
            with suppress(Exception):
                producer.flush(timeout=timeout_s)

    def awaited(self, topic: str, sending: Any, timeout_s: float) -> KafkaProduceResult:
        """Where the broker has put what was begun. Raises DeliveryError when it is not acknowledged within `timeout_s`."""
        with translated(f"The delivery of a record to {topic!r}", self.config, topic=topic):
            done = sending.get(timeout=timeout_s)
        stamp = done.timestamp if done.timestamp is None or done.timestamp >= 0 else None
        offset = -1 if str(self.config.extra.get("acks", self.config.acks)) == "0" else done.offset
        return KafkaProduceResult(topic=done.topic, partition=done.partition, offset=offset, timestamp_ms=stamp)

    def _pair(self, request: KafkaPublishRequest) -> tuple[bytes | None, bytes | None]:
        """The bytes of key and value. Raises as their serializers do, and UsageError where there are none."""
        key, value = _serialized(self._key, request.key), _serialized(self._value, request.value)
        if key is None and value is None:
            raise UsageError(f"A record for {request.topic!r} has neither a key nor a value. A tombstone needs its key.")
        return key, value

    def _watch(self, topic: str, sending: Any) -> None:
        def failed(error: BaseException) -> None:
            with self._turn:
                self._failures += 1
                self._failed.append(f"{topic!r}: {said(error, self.config)}")

        sending.add_errback(failed)


def _serialized(serializer: Serializer, value: object) -> bytes | None:
    if isinstance(value, RawBytes):
        return bytes(value)
    return None if value is None else serializer(value)
