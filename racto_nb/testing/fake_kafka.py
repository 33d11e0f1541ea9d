"""FakeKafka: topics in memory, for tests and notebooks without a broker. It stands in for kafka-python's clients, not a wire."""

from __future__ import annotations

import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from racto_nb.exceptions import UsageError
from racto_nb.kafka.errors import CommitError, DeliveryError

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class FakeRecord:
    """A record of a topic, with the attributes that kafka-python's have. `timestamp` is in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])


class Topics:
    """What the clients of one FakeKafka share: records, groups and what they have committed, and who waits."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.news = threading.Condition(threading.RLock())
        self.records: dict[Place, list[FakeRecord]] = defaultdict(list)
        self.waiting: list[tuple[FakeRecord, FakeSending]] = []
        self.groups: dict[str, list[FakeConsumer]] = defaultdict(list)
        self.committed: dict[tuple[str, Place], int] = {}
        self.is_down = False
        self._dealt = 0

    def send(self, record: FakeRecord) -> FakeSending:
        """Put a record into its topic, or let it wait for the end of the outage."""
        if record.partition >= self.partitions:
            raise ValueError(f"Unrecognized partition {record.partition} for topic {record.topic}")
        sending = FakeSending(self.news, record.topic)
        with self.news:
            if self.is_down:
                self.waiting.append((record, sending))
            else:
                self.put(record, sending)
        return sending

    def put(self, record: FakeRecord, sending: FakeSending) -> None:
        """Put a record into its topic; a partition below 0 is chosen."""
        place = self._place(record.topic, record.key) if record.partition < 0 else (record.topic, record.partition)
        held = self.records[place]
        done = FakeRecord(*place, len(held), record.timestamp, record.key, record.value, record.headers)
        held.append(done)
        sending.done = done
        self.news.notify_all()

    def _place(self, topic: str, key: bytes | None) -> Place:
        if key is not None:
            return topic, zlib.crc32(key) % self.partitions
        self._dealt += 1
        return topic, self._dealt % self.partitions


class FakeKafka:
    """Topics in memory, with producers and consumers that KafkaProducerClient and KafkaConsumerClient take.

        broker = FakeKafka()
        producer = KafkaProducerClient(producer=broker.producer())
        producer.publish("events", {"n": 1}, key="a")
        [record.value for record in broker.records("events")]   # [b'{"n":1}']

    Every topic exists, with `partitions` partitions. Records with a key keep to one partition, the others are dealt out in turn.
    Consumers of a group share the partitions at once, without the seconds that a real group takes. In `with broker.outage():`
    what is sent waits, polls find nothing, and commits fail.
    """

    def __init__(self, *, partitions: int = 3) -> None:
        self._topics = Topics(partitions)

    def producer(self) -> FakeProducer:
        """What `KafkaProducerClient(producer=…)` takes."""
        return FakeProducer(self._topics)

    def consumer(self, *topics: str, group_id: str | None = None, auto_offset_reset: str = "earliest") -> FakeConsumer:
        """What `KafkaConsumerClient(consumer=…)` takes."""
        consumer = FakeConsumer(self._topics, topics, group_id, from_end=auto_offset_reset == "latest")
        if group_id is not None:
            with self._topics.news:
                self._topics.groups[group_id].append(consumer)
        return consumer

    def records(self, topic: str) -> list[FakeRecord]:
        """What the topic has, partition after partition."""
        with self._topics.news:
            return [record for number in range(self._topics.partitions) for record in self._topics.records[topic, number]]

    def committed(self, group_id: str) -> dict[Place, int]:
        """The next offsets of a group, by (topic, partition)."""
        return {place: offset for (group, place), offset in self._topics.committed.items() if group == group_id}

    @contextmanager
    def outage(self) -> Generator[None]:
        """No broker answers within the block; what was sent meanwhile arrives after it."""
        topics = self._topics
        with topics.news:
            topics.is_down = True
        try:
            yield
        finally:
            with topics.news:
                topics.is_down = False
                waiting, topics.waiting = topics.waiting, []
                for record, sending in waiting:
                    topics.put(record, sending)


class FakeSending:
    """What `send` gives: the record that was put, as soon as it was."""

    def __init__(self, news: threading.Condition, topic: str) -> None:
        self._news, self._topic = news, topic
        self.done: FakeRecord | None = None

    @property
    def is_done(self) -> bool:
        """Whether the record has arrived."""
        return self.done is not None

    def get(self, timeout: float | None = None) -> FakeRecord:
        """The record as it was put. DeliveryError when that takes longer than `timeout` seconds."""
        with self._news:
            self._news.wait_for(lambda: self.done is not None, timeout)
        if self.done is None:
            message = f"The record was not acknowledged within {timeout} s: FakeKafka is in an outage."
            raise DeliveryError(message, topic=self._topic)
        return self.done

    def add_errback(self, function: Callable[[BaseException], None]) -> None:
        """Nothing fails for good here."""


class FakeProducer:
    """The part of `kafka.KafkaProducer` that KafkaProducerClient uses."""

    def __init__(self, broker: Topics) -> None:
        self._broker = broker
        self._sent: list[FakeSending] = []

    def send(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        headers: list[tuple[str, bytes]] | None = None,
        *,
        partition: int | None = None,
        timestamp_ms: int | None = None,
    ) -> FakeSending:
        """Put a record into a topic. ValueError for a partition that it does not have."""
        if partition is not None and partition < 0:
            raise ValueError("partition must be >= 0")
        stamp = int(time.time() * 1000) if timestamp_ms is None else timestamp_ms
        record = FakeRecord(topic, -1 if partition is None else partition, -1, stamp, key, value, list(headers or ()))
        sending = self._broker.send(record)
        self._sent = [*(each for each in self._sent if not each.is_done), sending]
        return sending

    def flush(self, timeout: float | None = None) -> None:
        """Wait for what was sent. DeliveryError when that takes longer than `timeout` seconds."""
        late = None if timeout is None else time.monotonic() + timeout
        for sending in self._sent:
            sending.get(None if late is None else max(0.0, late - time.monotonic()))
        self._sent = []

    def close(self, timeout: float | None = None) -> None:
        """Nothing is left open."""


class FakeConsumer:
    """The part of `kafka.KafkaConsumer` that KafkaConsumerClient uses."""

    def __init__(self, broker: Topics, topics: Iterable[str], group_id: str | None, *, from_end: bool) -> None:
        self._broker, self._topics, self._group = broker, tuple(topics), group_id
        self._positions: dict[Place, int] = {}
        self._begins = {place: self._end(place) if from_end else 0 for place in self._all()}
        self._paused: set[Place] = set()

    def assignment(self) -> set[Place]:
        """The partitions that are this consumer's now: all of them, or its part of those of its group."""
        members = self._broker.groups[self._group] if self._group is not None else [self]
        if self not in members:
            return set()
        mine = set(self._all()[members.index(self) :: len(members)])
        self._positions = {place: offset for place, offset in self._positions.items() if place in mine}
        return mine

    def poll(self, timeout_ms: int = 0, max_records: int | None = None) -> dict[Place, list[FakeRecord]]:
        """The next records by partition, after at most `timeout_ms` milliseconds."""
        news = self._broker.news
        with news:
            news.wait_for(lambda: self._found(1), timeout_ms / 1000)
            found = self._found(500 if max_records is None else max_records)
            for place, records in found.items():
                self._positions[place] = records[-1].offset + 1
            return found

    def commit(self, offsets: Mapping[Place, tuple[int, str, int]] | None = None) -> None:
        """Remember offsets for the group: those given, or those after what was polled."""
        broker = self._broker
        if self._group is None:
            raise UsageError("Committing needs a group: FakeKafka().consumer(…, group_id=…).")
        if broker.is_down:
            raise CommitError("Offsets were not committed: FakeKafka is in an outage.")
        chosen = self._positions if offsets is None else {place: offset[0] for place, offset in offsets.items()}
        for place, offset in chosen.items():
            broker.committed[self._group, (place[0], place[1])] = offset

    def seek(self, place: Place, offset: int) -> None:
        """Let the next poll of a partition begin at `offset`."""
        self._positions[place[0], place[1]] = offset

    def pause(self, *places: Place) -> None:
        """Find nothing in these partitions until they are resumed."""
        self._paused |= set(places)

    def paused(self) -> set[Place]:
        """The partitions that are paused."""
        return set(self._paused)

    def resume(self, *places: Place) -> None:
        """Find records in these partitions again."""
        self._paused -= set(places)

    def close(self) -> None:
        """Leave the group: the others get the partitions."""
        if self._group is not None:
            self._broker.groups[self._group].remove(self)

    def _all(self) -> list[Place]:
        return [(topic, number) for topic in self._topics for number in range(self._broker.partitions)]

    def _end(self, place: Place) -> int:
        return len(self._broker.records[place])

    def _begin(self, place: Place) -> int:
        committed = None if self._group is None else self._broker.committed.get((self._group, place))
        return self._begins[place] if committed is None else committed

    def _found(self, most: int) -> dict[Place, list[FakeRecord]]:
        found: dict[Place, list[FakeRecord]] = {}
        if self._broker.is_down:
            return found
        for place in sorted(self.assignment() - self._paused):
            position = self._positions.setdefault(place, self._begin(place))
            records = self._broker.records[place][position : position + most]
            if records:
                found[place] = records
                most -= len(records)
            if not most:
                break
        return found
