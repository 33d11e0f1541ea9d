"""What a forked child inherits: it can neither use nor end it, and is told so at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.kafka import KafkaAuditLogger, KafkaConsumerClient, KafkaConsumerConfig, KafkaProducerClient
from racto_nb.kafka.owning import Owner
from racto_nb.testing import FakeKafka
from racto_nb.testing.fake_kafka import FakeProducer

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def refused(work: Callable[[], object]) -> bool:
    """Whether this is a UsageError that tells of the fork."""
    try:
        work()
    except UsageError as error:
        return "forked from" in str(error)
    return False


def true_in_a_child(work: Callable[[], bool]) -> bool:
    child = os.fork()
    if not child:
        signal.alarm(20)  # one that waits for ever is ended
        fine = False
        try:
            fine = work()
        finally:
            os._exit(0 if fine else 1)
    return os.waitpid(child, 0)[1] == 0


def test_a_child_that_closes_an_audit_log_takes_no_file_away(tmp_path: Path):
    broker = FakeKafka()
    audit = KafkaAuditLogger(KafkaProducerClient(producer=broker.producer()), spill=tmp_path)
    said = {"user_id": "u", "model": "m", "response": "r"}
    audit.log(**said, prompt="first", wait=True)
    audit.flush(timeout_s=10)

    def child() -> bool:
        told = refused(lambda: audit.log(**said, prompt="child")) and refused(audit.flush)
        audit.close()
        return told

    assert true_in_a_child(child)
    with broker.outage():
        audit.log(**said, prompt="second")
        assert [len(path.read_bytes().splitlines()) for path in tmp_path.iterdir()] == [1]
    audit.close()
    assert len(broker.records("ractogateway.audit")) == 2
    assert list(tmp_path.iterdir()) == []


class Hanging(FakeProducer):
    """A producer whose thread stayed behind: in a child, nothing that it waits for ever comes."""

    def __init__(self, broker: FakeKafka) -> None:
        super().__init__(broker._topics)
        self.process = os.getpid()

    def flush(self, timeout: float | None = None) -> None:
        assert self.process == os.getpid()
        super().flush(timeout)


def test_a_child_cannot_use_a_producer_that_was_used_and_closes_it_at_once():
    broker = FakeKafka()
    producer = KafkaProducerClient(producer=Hanging(broker))
    producer.publish("t", 1)

    def child() -> bool:
        works = (lambda: producer.publish("t", 2, wait=False), producer.flush, lambda: KafkaAuditLogger(producer, spill=False))
        told = [refused(work) for work in works]
        producer.close()
        return all(told)

    assert true_in_a_child(child)
    assert producer.publish("t", 3).topic == "t"


def test_nor_a_consumer():
    broker = FakeKafka()
    broker.producer().send("t", b"1")
    config = KafkaConsumerConfig(topics=["t"], group_id="g")
    consumer = KafkaConsumerClient(config=config, consumer=broker.consumer("t", group_id="g"))
    messages = consumer.poll()

    def child() -> bool:
        with consumer._aside.turn:  # as a thread of the parent may hold it, which is not here
            works = (consumer.poll, lambda: consumer.commit(messages), lambda: consumer.rewind(messages), consumer.assignment)
            told = [refused(work) for work in works]
            consumer.close()
        return all(told) and consumer._consumer is not None

    assert true_in_a_child(child)
    consumer.commit(messages)
    assert sum(broker.committed("g").values()) == 1


def test_clients_that_were_not_used_before_the_fork_are_the_childs_own():
    owner = Owner("thing", later=True)

    def child() -> bool:
        owner.take()
        return not owner.is_another

    assert true_in_a_child(child)
    owner.take()
    assert true_in_a_child(lambda: owner.is_another and refused(owner.take))
