"""FakeKafka does what the real one does, as far as these tests look: each runs on both."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kafka_topics import consumer_at, producer_at, topics, until

from racto_nb.exceptions import UsageError
from racto_nb.kafka import (
    DeliveryError,
    KafkaConsumerClient,
    KafkaConsumerConfig,
    KafkaMessage,
    KafkaProducerClient,
    KafkaPublishRequest,
)
from racto_nb.testing import FakeKafka

Places = tuple[str, Callable[[], KafkaProducerClient], Callable[[str | None], KafkaConsumerClient]]


@pytest.fixture(params=["fake", "real"])
def place(request: pytest.FixtureRequest) -> Places:
    if request.param == "real":
        address: str = request.getfixturevalue("kafka")
        (topic,) = topics(address, "both")
        return topic, lambda: producer_at(address), lambda group: consumer_at(address, topic, group=group, quick=True)
    broker = FakeKafka()

    def consumer(group: str | None) -> KafkaConsumerClient:
        config = KafkaConsumerConfig(topics=["both"], group_id=group)
        return KafkaConsumerClient(config=config, consumer=broker.consumer("both", group_id=group))

    return "both", lambda: KafkaProducerClient(producer=broker.producer()), consumer


def polled(consumer: KafkaConsumerClient, count: int) -> list[KafkaMessage]:
    found: list[KafkaMessage] = []
    until(lambda: len(found) >= count, each=lambda: found.extend(consumer.poll(timeout_ms=50)))
    return found


def test_what_was_sent_is_read_and_each_key_keeps_to_a_partition_and_its_order(place: Places):
    topic, producer, consumer = place
    with producer() as sending, consumer(None) as reading:
        for number in range(12):
            done = sending.publish(topic, number, key=f"k{number % 4}", headers={"h": "x"})
            assert done.offset >= 0
        found = polled(reading, 12)
        assert reading.poll(timeout_ms=10) == []
        first = found[:3]
        reading.rewind(found)
        assert polled(reading, 12)[:3] == first
        reading.pause()
        sending.publish(topic, 99)
        assert reading.poll(timeout_ms=100) == []
        reading.resume()
        assert [message.value for message in polled(reading, 1)] == [99]
    by_key = {key: [m for m in found if m.key == key] for key in ("k0", "k1", "k2", "k3")}
    assert [[m.value for m in messages] for messages in by_key.values()] == [[0, 4, 8], [1, 5, 9], [2, 6, 10], [3, 7, 11]]
    assert all(len({m.partition for m in messages}) == 1 for messages in by_key.values())
    assert {m.headers["h"] for m in found} == {b"x"}


def test_a_group_goes_on_where_it_committed(place: Places):
    topic, producer, consumer = place
    with producer() as sending:
        for number in range(6):
            sending.publish(topic, number, partition=0)
    with consumer(topic) as first:
        found = polled(first, 6)
        first.commit(found[:4])
    with consumer(topic) as second:
        assert [message.value for message in polled(second, 2)] == [4, 5]


def test_a_partition_that_a_topic_does_not_have_is_refused(place: Places):
    topic, producer, _ = place
    with producer() as sending:
        for number in (-1, 99):
            with pytest.raises(UsageError, match=r"cannot be sent: .*partition"):
                sending.publish(topic, 1, partition=number)


def test_what_is_not_acknowledged_in_an_outage_is_a_delivery_error_as_with_a_broker():
    broker = FakeKafka()
    client = KafkaProducerClient(producer=broker.producer())
    with broker.outage():
        for act in (
            lambda: client.publish("t", 1, timeout_s=0.01),
            lambda: client.publish_all([KafkaPublishRequest(topic="t", value=1)], timeout_s=0.01),
            lambda: client.flush(timeout_s=0.01),
        ):
            with pytest.raises(DeliveryError, match="not acknowledged"):
                act()
    alone = KafkaConsumerClient(config=KafkaConsumerConfig(topics=["t"]), consumer=broker.consumer("t"))
    with pytest.raises(UsageError, match="group"):
        alone.commit()


def test_in_an_outage_nothing_is_found_and_what_was_sent_arrives_after_it():
    broker = FakeKafka(partitions=1)
    client = KafkaProducerClient(producer=broker.producer())
    reading = KafkaConsumerClient(
        config=KafkaConsumerConfig(topics=["t"], group_id="g"), consumer=broker.consumer("t", group_id="g")
    )
    with broker.outage():
        client.publish("t", 1, wait=False)
        assert (reading.poll(timeout_ms=0), broker.records("t")) == ([], [])
    assert [message.value for message in reading.poll(timeout_ms=0)] == [1]
    client.flush(timeout_s=1)
    assert broker.committed("g") == {}
    reading.commit()
    assert broker.committed("g") == {("t", 0): 1}


def test_a_group_in_memory_shares_partitions_and_the_rest_takes_over():
    broker = FakeKafka(partitions=4)
    one, other = (broker.consumer("t", group_id="g") for _ in range(2))
    assert one.assignment() | other.assignment() == {("t", number) for number in range(4)}
    assert one.assignment() & other.assignment() == set()
    one.close()
    assert len(other.assignment()) == 4
