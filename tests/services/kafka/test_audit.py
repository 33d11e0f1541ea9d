"""KafkaAuditLogger: what was logged arrives once and in order, or waits on the disk and says so."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx

from racto_nb.exceptions import PipelineWarning, UnreadableFileError, UsageError, WrongTypeError
from racto_nb.kafka import (
    DeliveryError,
    KafkaAuditEvent,
    KafkaAuditLogger,
    KafkaProducerClient,
    KafkaProducerConfig,
    SpillFullError,
)
from racto_nb.pipelines import AsyncListClassifierPipeline, ListClassifierPipeline
from racto_nb.testing import FakeKafka, FakeKit

SAID = {"user_id": "u", "model": "m", "response": "r"}


@pytest.fixture
def broker() -> FakeKafka:
    return FakeKafka()


@pytest.fixture
def producer(broker: FakeKafka) -> KafkaProducerClient:
    return KafkaProducerClient(producer=broker.producer())


def kept(broker: FakeKafka, topic: str = "ractogateway.audit") -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in broker.records(topic)]


def lines(folder: Path) -> int:
    return sum(len(path.read_bytes().splitlines()) for path in folder.glob("*.jsonl"))


def test_an_event_arrives_as_json_with_its_user_as_key_and_its_id_in_a_header(broker: FakeKafka, producer: KafkaProducerClient):
    with KafkaAuditLogger(producer) as audit:
        event = audit.log(user_id="u-1", model="m", prompt="p", response="r", request_id="q", metadata={"a": [1]}, wait=True)
    (record,) = broker.records("ractogateway.audit")
    assert json.loads(record.value) == event.model_dump(mode="json")
    assert (record.key, record.headers) == (b"u-1", [("racto-event-id", event.event_id.encode())])
    assert (audit.delivered, audit.pending, audit.failures, audit.topic) == (1, 0, 0, "ractogateway.audit")


def test_events_without_a_user_have_no_key(broker: FakeKafka, producer: KafkaProducerClient):
    with KafkaAuditLogger(producer, topic="t") as audit:
        for number in range(6):
            audit.log(user_id="", model="m", prompt=str(number), response="r")
        audit.flush(timeout_s=10)
    assert {(record.key, record.partition) for record in broker.records("t")} == {(None, 0), (None, 1), (None, 2)}


def test_an_event_cannot_be_changed():
    event = KafkaAuditEvent(user_id="u", model="m", prompt="p", response="r", metadata={"deep": {"list": [1]}})
    with pytest.raises(ValueError, match="frozen"):
        event.prompt = "other"
    for change in (
        lambda: event.metadata.update(a=1), lambda: event.metadata["deep"].pop("list"), lambda: event.metadata.__setitem__("a", 1),
    ):  # fmt: skip
        with pytest.raises(TypeError, match="cannot be changed"):
            change()
    assert event.metadata == {"deep": {"list": (1,)}}
    assert pickle.loads(pickle.dumps(event)) == event
    assert event.model_copy(deep=True) == event
    assert KafkaAuditEvent.model_validate_json(event.model_dump_json()) == event


def test_the_callers_own_metadata_is_not_touched(producer: KafkaProducerClient):
    given = {"list": [1]}
    with KafkaAuditLogger(producer, spill=False) as audit:
        event = audit.log(**SAID, prompt="p", metadata=given)
    given["list"].append(2)
    assert event.metadata == {"list": (1,)}


def test_metadata_that_is_no_json_is_refused(producer: KafkaProducerClient):
    with KafkaAuditLogger(producer) as audit, pytest.raises(WrongTypeError):
        audit.log(**SAID, prompt="p", metadata={"a": object()})


def test_in_an_outage_events_wait_on_the_disk_and_arrive_in_order_when_it_ends(
    broker: FakeKafka, producer: KafkaProducerClient, tmp_path: Path
):
    with KafkaAuditLogger(producer, spill=tmp_path) as audit:
        with broker.outage():
            for number in range(20):
                audit.log(**SAID, prompt=str(number))
            with pytest.raises(DeliveryError, match=r"20 audit events were not acknowledged within 0\.05 s"):
                audit.flush(timeout_s=0.05)
            with pytest.raises(DeliveryError, match="not acknowledged"):
                audit.log(**SAID, prompt="20", wait=True, timeout_s=0.01)
            assert (audit.pending, lines(tmp_path)) == (21, 21)
        audit.flush(timeout_s=10)
        assert [each["prompt"] for each in kept(broker)] == [str(number) for number in range(21)]
    assert list(tmp_path.iterdir()) == []


def test_what_is_left_at_the_end_is_warned_of_and_sent_by_the_next_logger(
    broker: FakeKafka, producer: KafkaProducerClient, tmp_path: Path
):
    audit = KafkaAuditLogger(producer, spill=tmp_path)
    with broker.outage():
        ids = [audit.log(**SAID, prompt=str(number)).event_id for number in range(3)]
        with pytest.warns(PipelineWarning, match="3 audit events are not delivered yet"):
            audit.close(timeout_s=0.05)
        broker._topics.waiting.clear()  # what was on its way is gone with its producer
    with KafkaAuditLogger(producer, spill=tmp_path) as again:
        again.log(**SAID, prompt="3")
        again.flush(timeout_s=10)
    assert [each["event_id"] for each in kept(broker)][:3] == ids
    assert [dict(record.headers).get("racto-sent-again") for record in broker.records("ractogateway.audit")] == [
        b"1",
        b"1",
        b"1",
        None,
    ]
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, sys, signal
from racto_nb.kafka import KafkaAuditLogger, KafkaProducerClient

class Unreachable:
    def send(self, topic, **record):
        raise ConnectionError("no broker")
    def flush(self, timeout): ...

audit = KafkaAuditLogger(KafkaProducerClient(producer=Unreachable()), spill=sys.argv[1])
for number in range(5):
    print(audit.log(user_id="u", model="m", prompt=str(number), response="r").event_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_program_loses_no_event_that_was_logged(broker: FakeKafka, producer: KafkaProducerClient, tmp_path: Path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False)
    ids = done.stdout.split()
    (segment,) = tmp_path.glob("*.jsonl")
    with segment.open("ab") as torn:
        torn.write(b'{"event_id": "tor')
    with KafkaAuditLogger(producer, spill=tmp_path) as audit:
        audit.flush(timeout_s=10)
    assert len(ids) == 5, done.stderr
    assert [each["event_id"] for each in kept(broker)] == ids
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_line_is_put_aside_and_the_others_arrive(broker: FakeKafka, producer: KafkaProducerClient, tmp_path: Path):
    event = KafkaAuditEvent(**SAID, prompt="p").model_dump_json()
    (tmp_path / "20260101T000000-1-a-000001-b.jsonl").write_text(f"garbage\n{event}\n[1]\n")
    with KafkaAuditLogger(producer, spill=tmp_path) as audit:
        audit.flush(timeout_s=10)
    assert len(kept(broker)) == 1
    assert [json.loads(line)["event"] for line in (tmp_path / "rejected.jsonl").read_text().splitlines()] == ["garbage", "[1]"]


def test_two_loggers_at_once_do_not_take_each_others_events(broker: FakeKafka, producer: KafkaProducerClient, tmp_path: Path):
    with broker.outage():
        one, other = KafkaAuditLogger(producer, spill=tmp_path), KafkaAuditLogger(producer, spill=tmp_path)
        one.log(**SAID, prompt="1")
        other.log(**SAID, prompt="2")
        third = KafkaAuditLogger(producer, spill=tmp_path)
        assert (one.pending, other.pending, third.pending) == (1, 1, 0)
    for each in (one, other, third):
        each.close()
    assert sorted(each["prompt"] for each in kept(broker)) == ["1", "2"]


def fill(audit: KafkaAuditLogger) -> None:
    for number in range(100):
        audit.log(**SAID, prompt=str(number))


def test_a_full_folder_refuses_the_event_and_says_so(broker: FakeKafka, producer: KafkaProducerClient, tmp_path: Path):
    audit = KafkaAuditLogger(producer, spill=tmp_path, spill_limit=5_000)
    with broker.outage():
        with pytest.raises(
            SpillFullError, match=r"audit events in [\d,]+ bytes that no broker acknowledged.*spill_limit"
        ) as caught:
            fill(audit)
        assert caught.value.path == str(tmp_path)
        held = audit.pending
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 5_000
    audit.flush(timeout_s=10)
    for _ in range(100):  # delivered events give their room back, also where others always wait
        audit.log(**SAID, prompt="later", wait=True)
    audit.close()
    assert audit.delivered == held + 100


def test_a_folder_that_cannot_be_written_is_an_error_of_log(producer: KafkaProducerClient, tmp_path: Path):
    (tmp_path / "file").write_text("")
    audit = KafkaAuditLogger(producer, spill=tmp_path / "file")
    with pytest.raises(UnreadableFileError, match="could not be written"):
        audit.log(**SAID, prompt="p")
    audit.close()


class Refusing:
    """A producer whose deliveries fail as its list says, one error after the other, and then succeed."""

    def __init__(self, broker: FakeKafka, errors: list[Exception]) -> None:
        self.inner, self.errors = broker.producer(), errors

    def send(self, topic: str, **record: Any) -> Any:
        if self.errors:
            error = self.errors.pop(0)
            return type("Failed", (), {"is_done": True, "get": lambda self, timeout: (_ for _ in ()).throw(error)})()
        return self.inner.send(topic, **record)

    def flush(self, timeout: float | None = None) -> None: ...

    def close(self, timeout: float | None = None) -> None: ...


class MessageSizeTooLargeError(Exception):
    """As the library names it."""


def test_failed_deliveries_are_counted_told_on_demand_and_tried_again_in_order(broker: FakeKafka, tmp_path: Path):
    client = KafkaProducerClient(producer=Refusing(broker, [ConnectionError("gone"), ConnectionError("gone again")]))
    with KafkaAuditLogger(client, spill=tmp_path) as audit:
        for number in range(3):
            audit.log(**SAID, prompt=str(number))
        audit.flush(timeout_s=10)
        assert audit.failures == 2
        with pytest.raises(DeliveryError, match=r"2 deliveries of audit events failed.*gone again") as caught:
            audit.raise_failures()
        audit.raise_failures()
    assert len(caught.value.failures) == 2
    assert [each["prompt"] for each in kept(broker)] == ["0", "1", "2"]


def test_an_event_that_no_broker_will_ever_take_is_put_aside_and_holds_up_no_other(broker: FakeKafka, tmp_path: Path):
    client = KafkaProducerClient(producer=Refusing(broker, [MessageSizeTooLargeError("2 MB")]))
    with KafkaAuditLogger(client, spill=tmp_path) as audit:
        audit.log(**SAID, prompt="large")
        audit.log(**SAID, prompt="small")
        audit.flush(timeout_s=10)
    assert [each["prompt"] for each in kept(broker)] == ["small"]
    (line,) = (tmp_path / "rejected.jsonl").read_text().splitlines()
    assert "MessageSizeTooLargeError" in json.loads(line)["reason"]
    assert json.loads(json.loads(line)["event"])["prompt"] == "large"


def test_without_a_folder_what_is_not_delivered_is_an_error_at_the_end(broker: FakeKafka, producer: KafkaProducerClient):
    audit = KafkaAuditLogger(producer, spill=False)
    with broker.outage():
        audit.log(**SAID, prompt="p")
        with pytest.raises(DeliveryError, match="1 audit events were not delivered and are lost"):
            audit.close(timeout_s=0.05)
    assert audit.spill is None


def test_a_closed_logger_refuses_events(producer: KafkaProducerClient):
    audit = KafkaAuditLogger(producer)
    audit.close()
    audit.close()
    with pytest.raises(UsageError, match="was closed"):
        audit.log(**SAID, prompt="p")


class ClosedMeanwhile:
    """A logger's turn, that lets the logger be closed before it is had for the first time."""

    def __init__(self, audit: KafkaAuditLogger) -> None:
        self.audit, self.lock, self.is_first = audit, audit._turn, True

    def __enter__(self) -> None:
        if self.is_first:
            self.is_first = False
            self.audit.close()
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


@pytest.mark.parametrize("spill", [True, False])
def test_an_event_that_comes_while_the_logger_is_closed_is_refused_and_not_lost(producer: KafkaProducerClient, spill: bool):
    audit = KafkaAuditLogger(producer, spill=spill)
    audit.flush(timeout_s=10)
    audit._turn = ClosedMeanwhile(audit)
    with pytest.raises(UsageError, match="was closed"):
        audit.log(**SAID, prompt="p")
    assert audit.pending == 0


def test_the_folder_is_one_of_the_topic_and_the_brokers(producer: KafkaProducerClient, tmp_path: Path):
    other = KafkaProducerClient(config=KafkaProducerConfig(bootstrap_servers="elsewhere:9092"), producer=FakeKafka().producer())
    folders = {KafkaAuditLogger(client, topic=topic).spill for client in (producer, other) for topic in ("a", "b/..")}
    assert len(folders) == 4
    assert {folder.parent for folder in folders} == {Path(os.environ["RACTO_KAFKA_DIR"])}


async def test_the_async_twins_log_without_blocking_the_loop(broker: FakeKafka, producer: KafkaProducerClient):
    with blockbuster_ctx("racto_nb"):
        async with KafkaAuditLogger(producer) as audit:
            await audit.alog(**SAID, prompt="p", wait=True)
            await audit.aflush(timeout_s=10)
    assert len(kept(broker)) == 1


OPTIONS = ["apple", "pear"]


def test_a_classifier_writes_its_entries_into_the_topic(broker: FakeKafka, producer: KafkaProducerClient):
    with KafkaAuditLogger(producer, topic="labels") as audit:
        kit = FakeKit(['{"selected": ["apple"], "confidence": 0.9}', "no label at all"])
        sorting = ListClassifierPipeline(kit=kit, options=OPTIONS, audit_logger=audit)
        sorting.run("a red fruit", user_id="u-7")
        audit.flush(timeout_s=10)
    (entry,) = kept(broker, "labels")
    assert (entry["user_id"], entry["prompt"], entry["response"]) == ("u-7", "a red fruit", "apple")
    assert entry["metadata"]["selected"] == ["apple"]


async def test_an_async_classifier_writes_its_entries_too_and_does_not_block_the_loop(
    broker: FakeKafka, producer: KafkaProducerClient
):
    async with KafkaAuditLogger(producer, topic="labels") as audit:
        sorting = AsyncListClassifierPipeline(
            kit=FakeKit(['{"selected": ["pear"], "confidence": 0.9}']), options=OPTIONS, audit_logger=audit
        )
        with blockbuster_ctx("racto_nb"):
            await sorting.run("a green fruit")
        await audit.aflush(timeout_s=10)
    assert [entry["response"] for entry in kept(broker, "labels")] == ["pear"]
