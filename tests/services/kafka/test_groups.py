"""Groups on a real broker: consumers that share, fail, stop and die; no record is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka_topics import consumer_at, producer_at, read, topics, until

from racto_nb.exceptions import UsageError
from racto_nb.kafka import (
    CommitError,
    KafkaConsumerClient,
    KafkaConsumerConfig,
    KafkaMessage,
    KafkaStreamConfig,
    KafkaStreamProcessor,
    StreamHandler,
)
from racto_nb.kafka.library import library

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:A batch was handled:racto_nb.exceptions.PipelineWarning")]

QUICK = {"max_wait_ms": 100, "poll_timeout_ms": 50, "retry_delay_ms": 0}

DIES = """
import sys, time
sys.path.insert(0, {tests!r})
from kafka_topics import consumer_at
from racto_nb.kafka import KafkaStreamConfig, KafkaStreamProcessor

def handle(messages):
    print(",".join(str(message.value) for message in messages), flush=True)
    if any(message.value >= 10 for message in messages):
        time.sleep(600)  # handled, and not committed

config = KafkaStreamConfig(batch_size=5, max_wait_ms=100, poll_timeout_ms=50)
KafkaStreamProcessor(consumer=consumer_at({address!r}, {topic!r}, group={topic!r}, quick=True), config=config).run(handle)
"""


def test_what_a_killed_consumer_handled_and_did_not_commit_is_handled_again_and_nothing_is_lost(kafka: str):
    (topic,) = topics(kafka, "killed", partitions=1)
    with producer_at(kafka) as producer:
        for number in range(30):
            producer.publish(topic, number, key="k", wait=False)
        producer.flush(timeout_s=10)
    program = DIES.format(tests=str(Path(__file__).parents[2]), address=kafka, topic=topic)
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", program], stdout=subprocess.PIPE, text=True) as dying:
        first: list[int] = []
        while not first or max(first) < 10:
            first += [int(number) for number in dying.stdout.readline().split(",")]
        dying.send_signal(signal.SIGKILL)

    again: list[int] = []
    with consumer_at(kafka, topic, group=topic, quick=True) as consumer:
        processor = KafkaStreamProcessor(consumer=consumer, config=KafkaStreamConfig(**QUICK))
        until(lambda: 29 in again, each=lambda: processor.process_once(lambda messages: again.extend(m.value for m in messages)))

    handled = Counter(first) + Counter(again)
    assert set(handled) == set(range(30))
    twice = {number for number, times in handled.items() if times > 1}
    assert {number for number in first if number >= 10} <= twice  # more, where a busy machine let the first one seem dead before


@contextmanager
def side_by_side(*processors: tuple[KafkaStreamProcessor, StreamHandler]) -> Iterator[None]:
    """Each processor runs in a thread of its own until the block ends."""
    running = [threading.Thread(target=each.run, args=(handler,)) for each, handler in processors]
    for thread in running:
        thread.start()
    yield
    for each, _ in processors:
        each.stop()
    for thread in running:
        thread.join(30)


def test_two_consumers_of_a_group_share_the_work_and_a_poison_message_is_parked(kafka: str):
    topic, dead = topics(kafka, "shared", "dead", partitions=4)
    handled: dict[str, list[int]] = {"one": [], "other": []}
    producer = producer_at(kafka)
    config = KafkaStreamConfig(**QUICK, dead_letter_topic=dead, max_tries=2)
    consumers = {name: consumer_at(kafka, topic, group=topic) for name in handled}
    processors = {name: KafkaStreamProcessor(consumer=each, producer=producer, config=config) for name, each in consumers.items()}

    def handler(name: str):
        def handle(messages: list[KafkaMessage]) -> None:
            numbers = [message.value["number"] for message in messages]
            if 13 in numbers:
                raise LookupError("thirteen")
            handled[name] += numbers

        return handle

    with side_by_side(*((each, handler(name)) for name, each in processors.items())):
        until(lambda: [len(each.assignment()) for each in consumers.values()] == [2, 2])
        for number in range(80):
            producer.publish(topic, {"number": number}, partition=number % 4, wait=False)
        producer.tombstone(dead, "a-tombstone", wait=False)
        producer.flush(timeout_s=10)
        until(lambda: len({*handled["one"], *handled["other"]}) == 79)
    for each in (*consumers.values(), producer):
        each.close()

    assert {*handled["one"], *handled["other"]} == set(range(80)) - {13}
    assert handled["one"] != []
    assert handled["other"] != []
    parked = {message.key: message for message in read(kafka, dead, 2)}
    assert parked["a-tombstone"].is_tombstone
    assert parked[None].value == {"number": 13}
    assert parked[None].headers["racto-dead-topic"] == topic.encode()
    assert parked[None].headers["racto-dead-reason"] == b"thirteen"
    assert committed(kafka, topic) == {0: 20, 1: 20, 2: 20, 3: 20}


def committed(address: str, group: str) -> dict[int, int]:
    """The next offset of each partition, as the broker knows it."""
    admin = library().KafkaAdminClient(bootstrap_servers=address)
    found = admin.list_group_offsets(group)
    admin.close()
    return {place.partition: offset.offset for place, offset in found[group].items()}


def test_a_commit_after_a_rebalance_is_a_commit_error_and_one_without_a_group_a_wrong_use():
    errors = library("kafka.errors")

    class Moved:
        def commit(self, offsets: object = None) -> None:
            raise errors.CommitFailedError

    config = KafkaConsumerConfig(topics=["t"], group_id="g")
    message = KafkaMessage(topic="t", partition=0, offset=0)
    with pytest.raises(CommitError, match=r"CommitFailedError.*handled again"):
        KafkaConsumerClient(config=config, consumer=Moved()).commit([message])
    with pytest.raises(UsageError, match="group_id"):
        KafkaConsumerClient(config=KafkaConsumerConfig(topics=["t"])).commit()


def test_offsets_are_committed_by_partition_up_to_the_last_message_given(kafka: str):
    given: dict[str, int] = {}

    class Noting:
        def commit(self, offsets: dict) -> None:
            given.update({json.dumps(list(place)): offset.offset for place, offset in offsets.items()})

    messages = [KafkaMessage(topic="t", partition=number % 2, offset=number) for number in range(5)]
    KafkaConsumerClient(config=KafkaConsumerConfig(topics=["t"], group_id="g"), consumer=Noting()).commit(messages)
    assert given == {'["t", 0]': 5, '["t", 1]': 4}
