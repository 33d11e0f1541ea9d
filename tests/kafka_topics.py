"""Topics of a test on the real broker, and clients that wait as little as it allows."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from kafka_broker import GROUP

from racto_nb.kafka import KafkaConsumerClient, KafkaConsumerConfig, KafkaMessage, KafkaProducerClient, KafkaProducerConfig
from racto_nb.kafka.library import library


def topics(address: str, *names: str, partitions: int = 3) -> list[str]:
    """New topics, each with a name of its own that begins as given."""
    made = [f"{name}-{uuid.uuid4().hex[:8]}" for name in names]
    admin = library().KafkaAdminClient(bootstrap_servers=address)
    admin.create_topics({name: {"num_partitions": partitions, "replication_factor": 1} for name in made})
    admin.close()
    return made


def producer_at(address: str, **options: Any) -> KafkaProducerClient:
    return KafkaProducerClient(config=KafkaProducerConfig(bootstrap_servers=address, **options))


def consumer_at(address: str, *names: str, group: str | None = None, quick: bool = False, **options: Any) -> KafkaConsumerClient:
    """A consumer that begins at the first record. A `quick` one is missed after a second, however busy the machine is."""
    session, heartbeat = (1000, 200) if quick else (GROUP["session_timeout_ms"], GROUP["heartbeat_interval_ms"])
    extra = {"heartbeat_interval_ms": heartbeat}
    config = KafkaConsumerConfig(
        topics=list(names), bootstrap_servers=address, group_id=group, auto_offset_reset="earliest",
        session_timeout_ms=session, extra=extra, **options,
    )  # fmt: skip
    return KafkaConsumerClient(config=config)


def read(address: str, topic: str, count: int) -> list[KafkaMessage]:
    """The first `count` records of a topic."""
    found: list[KafkaMessage] = []
    with consumer_at(address, topic) as consumer:
        until(lambda: len(found) >= count, each=lambda: found.extend(consumer.poll(timeout_ms=100)))
    return found


def until(is_so: Callable[[], object], *, each: Callable[[], object] = lambda: time.sleep(0.02), seconds: float = 30) -> None:
    """Do `each` until it is so, and fail after so many seconds."""
    late = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < late, f"not so after {seconds:g} s"
        each()
