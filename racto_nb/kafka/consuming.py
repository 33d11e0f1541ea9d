"""KafkaConsumerClient: records are read as messages, and committed by what was handled. Kind: threaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Self, TypeVar

from racto_nb.exceptions import UsageError
from racto_nb.flow.threads import in_thread
from racto_nb.kafka.aside import Aside
from racto_nb.kafka.coding import Deserializer, decoded, decoded_key
from racto_nb.kafka.library import commit, consumer_of, need, structs, translated
from racto_nb.kafka.owning import Owner
from racto_nb.kafka.records import KafkaMessage
from racto_nb.kafka.settings import KafkaConsumerConfig

T = TypeVar("T")


class KafkaConsumerClient:
    """Reads records of topics. It connects with the first poll; close it, or use it in `with`.

        config = KafkaConsumerConfig(topics=["agent.events"], group_id="writer-agent", auto_offset_reset="earliest")
        with KafkaConsumerClient(config=config) as consumer:
            for message in consumer.poll():
                print(message.key, message.value)
            consumer.commit()

    A group takes some seconds to share the partitions, so the first polls may find nothing. `consumer` is one that was made
    elsewhere, or a stand-in (`testing.FakeKafka`); it is closed with this client. Without deserializers a value is JSON where it
    parses, else text, and what is no text stays bytes. Threads may share a client; they take turns.

    A forked child cannot use one that was used before the fork, or that has a given `consumer`: it raises UsageError there, and
    `close` leaves the connection to the process that made it.

    Raises MissingExtraError when kafka-python is not installed and no `consumer` is given.
    """

    def __init__(
        self,
        *,
        config: KafkaConsumerConfig,
        consumer: Any | None = None,
        key_deserializer: Deserializer | None = None,
        value_deserializer: Deserializer | None = None,
    ) -> None:
        if consumer is None:
            need()
        self.config = config
        self._consumer = consumer
        self._key, self._value = key_deserializer or decoded_key, value_deserializer or decoded
        self._aside = Aside("kafka-consumer")
        self._owner = Owner("KafkaConsumerClient", later=consumer is None)
        self._closed = False
        self._given = consumer is not None

    def __repr__(self) -> str:
        return f"KafkaConsumerClient({self.config.topics!r}, group_id={self.config.group_id!r})"

    @property
    def can_commit(self) -> bool:
        """Whether there is a group that remembers what was committed, as far as that is known."""
        return self.config.group_id is not None or self._given

    def poll(self, *, timeout_ms: int | None = None, max_records: int | None = None) -> list[KafkaMessage]:
        """The next records, at most `max_records`, after at most `timeout_ms` milliseconds (both: as in the config).

        A value that its deserializer fails on stays the bytes it was. Raises BrokerError when the group refuses this consumer.
        """
        held: list[KafkaMessage] = []
        self.poll_into(held, timeout_ms=timeout_ms, max_records=max_records)
        return held

    async def apoll(self, *, timeout_ms: int | None = None, max_records: int | None = None) -> list[KafkaMessage]:
        """The next records, at most `max_records`, after at most `timeout_ms` milliseconds (both: as in the config).

        Behaves as `poll` does.
        """
        return await in_thread(self.poll, timeout_ms=timeout_ms, max_records=max_records)

    def poll_into(self, held: list[KafkaMessage], *, timeout_ms: int | None = None, max_records: int | None = None) -> int:
        """Add the next records to `held`, also when the caller is interrupted meanwhile, and return their number."""
        timeout = self.config.poll_timeout_ms if timeout_ms is None else timeout_ms
        most = self.config.max_poll_records if max_records is None else max_records

        self._owner.take()

        def polled() -> int:
            with translated("Reading", self.config):
                found = self._connected().poll(timeout_ms=timeout, max_records=most)
            messages = [self._message(record) for records in found.values() for record in records]
            held.extend(messages)
            return len(messages)

        return self._do(polled)

    async def apoll_into(self, held: list[KafkaMessage], *, timeout_ms: int | None = None, max_records: int | None = None) -> int:
        """Add the next records to `held`, also when the caller is interrupted meanwhile, and return their number."""
        return await in_thread(self.poll_into, held, timeout_ms=timeout_ms, max_records=max_records)

    def commit(self, messages: Iterable[KafkaMessage] | None = None) -> None:
        """Commit all that was polled, or only as far as `messages` go: for each partition, the offset after the last of them.

        Raises CommitError when a rebalance has given the partitions to another consumer, which then gets the records again, and
        UsageError for a consumer without a group.
        """
        if self._consumer is None:
            if self.config.group_id is None:
                raise UsageError("Committing needs a group: KafkaConsumerConfig(group_id=…).")
            return
        self._do(partial(commit, self._consumer, None if messages is None else offsets_after(messages)))

    async def acommit(self, messages: Iterable[KafkaMessage] | None = None) -> None:
        """Commit all that was polled, or only as far as `messages` go: for each partition, the offset after the last of them.

        Raises as `commit` does.
        """
        await in_thread(self.commit, messages)

    def rewind(self, messages: Iterable[KafkaMessage]) -> None:
        """Go back to the first of `messages` in each partition that is still this consumer's: the next poll begins there."""
        self._do(partial(self._seek, messages))

    async def arewind(self, messages: Iterable[KafkaMessage]) -> None:
        """Go back to the first of `messages` in each partition that is still this consumer's: the next poll begins there."""
        await in_thread(self.rewind, messages)

    def pause(self) -> None:
        """Fetch nothing more until `resume`; polls then find nothing, but tell the group that this consumer lives."""
        self._do(lambda: self._consumer and self._consumer.pause(*self._consumer.assignment()))

    async def apause(self) -> None:
        """Fetch nothing more until `resume`; polls then find nothing, but tell the group that this consumer lives."""
        await in_thread(self.pause)

    def resume(self) -> None:
        """Fetch again after `pause`."""
        self._do(lambda: self._consumer and self._consumer.resume(*self._consumer.paused()))

    async def aresume(self) -> None:
        """Fetch again after `pause`."""
        await in_thread(self.resume)

    def assignment(self) -> set[tuple[str, int]]:
        """The (topic, partition) pairs that this consumer has now."""
        return self._do(self._mine)

    def close(self) -> None:
        """Leave the group and close the connections. Nothing is committed by it, unless the config asks for automatic commits."""
        if self._owner.is_another:
            return
        self._closed = True
        if self._consumer is not None:  # what is being connected now is closed by who connects it
            with translated("Closing", self.config):
                self._aside.do(self._shut)
        self._aside.rest()

    async def aclose(self) -> None:
        """Leave the group and close the connections. Nothing is committed by it, unless the config asks for automatic commits."""
        await in_thread(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _do(self, work: Callable[[], T]) -> T:
        self._owner.refuse_others()
        return self._aside.do(work)

    def _connected(self) -> Any:
        """In its turn. Connecting takes a while, and who closes the client meanwhile does not wait for it."""
        if self._consumer is None and not self._closed:
            self._consumer = consumer_of(self.config)
        if self._closed:
            self._shut()
            raise UsageError("This KafkaConsumerClient was closed. Make a new one.")
        return self._consumer

    def _shut(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close()

    def _seek(self, messages: Iterable[KafkaMessage]) -> None:
        """In its turn, since a poll that goes on unseen may still add messages. Stand-ins without `seek` remember no place."""
        first = _offsets(messages)
        if not first or self._consumer is None or not hasattr(self._consumer, "seek"):
            return
        partition_of, _ = structs()
        mine = self._mine()
        for place, offset in first.items():
            if place in mine:
                self._consumer.seek(partition_of(*place), offset)

    def _mine(self) -> set[tuple[str, int]]:
        return {(topic, number) for topic, number in self._consumer.assignment()} if self._consumer else set()

    def _message(self, record: Any) -> KafkaMessage:
        return KafkaMessage.read(
            place=(record.topic, record.partition, record.offset),
            timestamp_ms=getattr(record, "timestamp", None),
            key=_read(self._key, record.key),
            value=_read(self._value, record.value),
            headers=getattr(record, "headers", None) or (),
            raw=(record.key, record.value),
        )


def _read(deserializer: Deserializer, raw: Any) -> Any:
    try:
        return deserializer(raw)
    except Exception:  # noqa: BLE001  (bytes that somebody else wrote: the handler sees them as they are, and may refuse them)
        return raw


def offsets_after(messages: Iterable[KafkaMessage]) -> dict[tuple[str, int], int]:
    """For each (topic, partition) of `messages`, the offset after the last one: what is committed when they were handled."""
    after: dict[tuple[str, int], int] = {}
    for message in messages:
        place = (message.topic, message.partition)
        after[place] = max(after.get(place, 0), message.offset + 1)
    return after


def _offsets(messages: Iterable[KafkaMessage]) -> dict[tuple[str, int], int]:
    """For each (topic, partition) of `messages`, the offset of the first one."""
    first: dict[tuple[str, int], int] = {}
    for message in messages:
        place = (message.topic, message.partition)
        first[place] = min(first.get(place, message.offset), message.offset)
    return first
