"""A broker that cannot be reached for a while: every audit event arrives, each user's in order."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import kafka_broker
import pytest
from cut_line import CutLine
from kafka_topics import producer_at, read, topics, until

from racto_nb.kafka import BrokerError, KafkaAuditLogger

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("swept"), pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")]

OUTAGE_S = 5.0
EVENTS, USERS = 1_000, 10


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CutLine]:
    """A line to a broker of its own, which sends all its clients to the line."""
    with ExitStack() as closing:
        line = closing.enter_context(CutLine())
        address = kafka_broker.started(tmp_path_factory.mktemp("kafka"), closing, advertised=line.port)
        line.target = int(address.rpartition(":")[2])
        yield line


def test_all_events_arrive_in_order_whatever_was_unreachable_while_they_were_logged(line: CutLine, tmp_path: Path):
    address = f"127.0.0.1:{line.port}"
    (topic,) = topics(address, "audit")
    logged: dict[str, list[str]] = defaultdict(list)
    with producer_at(address) as producer, KafkaAuditLogger(producer, topic=topic, spill=tmp_path, sync=False) as audit:

        def log(numbers: range) -> None:
            for number in numbers:
                user = f"user-{number % USERS}"
                logged[user].append(audit.log(user_id=user, model="m", prompt=str(number), response="r").event_id)

        log(range(300))
        line.cut()
        begun = time.monotonic()
        log(range(300, 700))
        time.sleep(max(0.0, OUTAGE_S - (time.monotonic() - begun)))
        assert audit.pending >= 400
        line.mend()
        log(range(700, EVENTS))
        audit.flush(timeout_s=60)
        assert (audit.delivered, audit.pending) == (EVENTS, 0)

    arrived: dict[str, list[str]] = defaultdict(list)
    for message in read(address, topic, EVENTS):
        if message.value["event_id"] not in arrived[str(message.key)]:  # sent again, as its id says
            arrived[str(message.key)].append(message.value["event_id"])
    assert arrived == logged
    assert sum(map(len, arrived.values())) == EVENTS
    assert list(tmp_path.iterdir()) == []


def test_a_broker_that_is_not_there_yet_is_waited_for_and_told_of(line: CutLine, tmp_path: Path):
    address = f"127.0.0.1:{line.port}"
    (topic,) = topics(address, "late")
    line.cut()
    quick = {"bootstrap_timeout_ms": 300}
    with producer_at(address, extra=quick) as producer, KafkaAuditLogger(producer, topic=topic, spill=tmp_path) as audit:
        event = audit.log(user_id="u", model="m", prompt="p", response="r")
        with pytest.raises(BrokerError, match=f"No Kafka broker at {address} could be asked.*Does it run"):
            producer.publish(topic, 1)
        until(lambda: audit.failures)
        line.mend()
        audit.flush(timeout_s=30)
    (message,) = read(address, topic, 1)
    assert message.value["event_id"] == event.event_id
    assert message.headers["racto-sent-again"] == b"1"


def test_an_outage_longer_than_a_delivery_may_take_stops_neither_the_log_nor_its_producer(line: CutLine, tmp_path: Path):
    address = f"127.0.0.1:{line.port}"
    (topic,) = topics(address, "long", partitions=1)
    short = {"delivery_timeout_ms": 1200}
    with (
        producer_at(address, request_timeout_ms=500, extra=short) as producer,
        KafkaAuditLogger(producer, topic=topic, spill=tmp_path, sync=False) as audit,
    ):
        audit.log(user_id="u", model="m", prompt="first", response="r", wait=True)
        line.hold()
        for number in range(3):
            audit.log(user_id=f"user-{number}", model="m", prompt="in flight", response="r")
        time.sleep(0.3)  # they are at the line now
        line.cut()
        until(lambda: audit.failures >= 3)
        line.mend()
        audit.flush(timeout_s=10)
        assert (audit.delivered, audit.pending) == (4, 0)
        assert producer.publish(topic, "after").offset >= 4
