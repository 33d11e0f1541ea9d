"""What the audit log does where its disk is full, a line is torn, or somebody else wrote into its folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from racto_nb.exceptions import UnreadableFileError, UsageError, WrongTypeError
from racto_nb.kafka import KafkaAuditEvent, KafkaAuditLogger, KafkaProducerClient
from racto_nb.kafka.spilling import Spill
from racto_nb.testing import FakeKafka

SAID = {"user_id": "u", "model": "m", "response": "r"}


@pytest.fixture
def broker() -> FakeKafka:
    return FakeKafka()


@pytest.fixture
def producer(broker: FakeKafka) -> KafkaProducerClient:
    return KafkaProducerClient(producer=broker.producer())


def prompts(broker: FakeKafka) -> list[str]:
    return [json.loads(record.value)["prompt"] for record in broker.records("ractogateway.audit")]


FULL = """
import json, resource, signal, sys, time
from pathlib import Path
from racto_nb.exceptions import UnreadableFileError
from racto_nb.kafka import DeliveryError, KafkaAuditLogger, KafkaProducerClient
from racto_nb.testing import FakeKafka

def room(more):
    size = max(file.stat().st_size for file in folder.iterdir()) + more if more is not None else resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder, broker = Path(sys.argv[1]), FakeKafka()
audit = KafkaAuditLogger(KafkaProducerClient(producer=broker.producer()), spill=folder, sync=False)
said = {"model": "m", "response": "r"}
with broker.outage():
    for number in range(5):
        audit.log(user_id=f"u{number % 2}", prompt=str(number), **said)
    room(20)
    try:
        audit.log(user_id="u", prompt="torn", **said)
    except UnreadableFileError:
        print("refused")
audit.flush(timeout_s=10)
failures = audit.failures
try:
    audit.raise_failures()
except DeliveryError as error:
    print(error)
room(None)
audit.log(user_id="u", prompt="after", **said)
audit.flush(timeout_s=10)
audit.close()
found = [json.loads(record.value)["prompt"] for record in broker.records("ractogateway.audit")]
print(json.dumps([sorted(found), audit.pending, failures > 0, [file.name for file in folder.iterdir()]]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits of file sizes")
def test_a_full_disk_stops_no_delivery_and_is_told_of(tmp_path: Path):
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False)
    refused, told, result = done.stdout.splitlines() or [done.stderr, "", ""]
    assert (refused, "could not be taken off the disk" in told) == ("refused", True)
    assert json.loads(result) == [["0", "1", "2", "3", "4", "after"], 0, True, []]


def events(folder: Path) -> set[str]:
    """What somebody who opens the folder next finds undelivered."""
    spill = Spill(folder, 10_000)
    found = {json.loads(left.line)["event_id"] for left in spill.left()}
    spill.close()
    return found


def test_a_line_that_was_torn_swallows_no_later_mark(tmp_path: Path):
    spill = Spill(tmp_path, 10_000)
    line = {name: json.dumps({"event_id": name}).encode() + b"\n" for name in "abcd"}
    segment = spill.add(line["a"], "a")
    spill.add(line["b"], "b")
    whole, segment.file = segment.file, Torn(segment.file)
    with pytest.raises(UnreadableFileError, match="could not be written"):
        spill.add(line["c"], "c")
    segment.file = whole
    spill.settle(segment, "a")
    assert segment.waiting == {"b"}
    spill.add(line["d"], "d")
    spill.close()
    assert events(tmp_path) == {"b", "d"}
    (held,) = [path for path in tmp_path.iterdir() if line["b"] in path.read_bytes()]
    with held.open("ab") as torn:
        torn.write(b'{"event_id": "to')
    later = Spill(tmp_path, 10_000)
    (left,) = [left for left in later.left() if left.line == line["b"]]
    later.settle(left.segment, "b")
    later.close()
    assert events(tmp_path) == {"d"}


class Torn:
    """A file that takes a part of a line only, and cannot be cut back at once."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, line: bytes) -> int:
        return self._file.write(line[:5])

    def truncate(self, size: int) -> int:
        raise OSError("not now")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_lines_of_another_shape_are_put_aside_and_stop_nobody(broker: FakeKafka, producer: KafkaProducerClient, tmp_path: Path):
    wrong = [{"event_id": 5, "user_id": "a"}, {"event_id": "ok", "user_id": 7}, {"event_id": "\ud83d"}]
    left = {"event_id": "left", "user_id": "z", "prompt": "left"}
    lines = "".join(json.dumps(each) + "\n" for each in [*wrong, left])
    (tmp_path / "20200101T000000-1-aaaaaa-000001-aaaa.jsonl").write_text(lines)
    with KafkaAuditLogger(producer, spill=tmp_path) as audit:
        audit.log(**SAID, prompt="new")
        audit.flush(timeout_s=10)
        assert (audit.failures, sorted(prompts(broker))) == (0, ["left", "new"])
    kept = [json.loads(json.loads(line)["event"]) for line in (tmp_path / "rejected.jsonl").read_text().splitlines()]
    assert kept == wrong


def test_a_system_that_removes_no_open_file_keeps_none_either(
    producer: KafkaProducerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    audit = KafkaAuditLogger(producer, spill=tmp_path)
    audit.log(**SAID, prompt="p", wait=True)
    audit.flush(timeout_s=10)
    spill, unlink = audit._spill, Path.unlink
    assert spill is not None
    held = [segment.file for segment in spill._segments]

    def as_there(path: Path, missing_ok: bool = False) -> None:
        if not all(file.closed for file in held):
            raise PermissionError(13, "in use", str(path))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", as_there)
    audit.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_refused(producer: KafkaProducerClient, number: float):
    with KafkaAuditLogger(producer) as audit, pytest.raises(WrongTypeError, match="cannot be sent as JSON"):
        audit.log(**SAID, prompt="p", metadata={"score": number})


def test_a_text_may_say_nan(broker: FakeKafka, producer: KafkaProducerClient):
    with KafkaAuditLogger(producer) as audit:
        audit.log(**SAID, prompt="NaN", wait=True)
    assert prompts(broker) == ["NaN"]


@pytest.mark.parametrize("wrong", [{"metadata": {1: 2}}, {"model": None}])
def test_what_is_no_event_is_a_wrong_use_and_is_not_quoted(producer: KafkaProducerClient, wrong: dict[str, Any]):
    with KafkaAuditLogger(producer) as audit, pytest.raises(UsageError, match=f"no audit event: {next(iter(wrong))}"):
        audit.log(**{**SAID, "prompt": "secret", **wrong})


def nested(levels: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


def holds_itself() -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    metadata["a"] = metadata
    return metadata


@pytest.mark.parametrize("metadata", [holds_itself(), {"a": nested(900)}, {"a": nested(160)}], ids=["itself", "900", "160"])
def test_metadata_that_is_nested_too_deeply_is_a_wrong_use(producer: KafkaProducerClient, metadata: dict[str, Any]):
    with KafkaAuditLogger(producer) as audit, pytest.raises(UsageError, match=r"no audit event: metadata.*more than 150 levels"):
        audit.log(**SAID, prompt="p", metadata=metadata)


def test_metadata_that_is_nested_less_arrives_and_can_be_read(broker: FakeKafka, producer: KafkaProducerClient):
    with KafkaAuditLogger(producer, spill=False) as audit:
        event = audit.log(**SAID, prompt="p", metadata={"a": nested(140)}, wait=True)
    (record,) = broker.records("ractogateway.audit")
    assert KafkaAuditEvent.model_validate_json(record.value) == event


def test_sets_and_bytes_in_metadata_cannot_be_changed_either(producer: KafkaProducerClient):
    given = {"set": {1, 2}, "bytes": bytearray(b"a")}
    with KafkaAuditLogger(producer, spill=False) as audit:
        event = audit.log(**SAID, prompt="p", metadata=given)
    given["set"].add(3)
    assert event.metadata == {"set": frozenset({1, 2}), "bytes": b"a"}
    assert [type(value) for value in event.metadata.values()] == [frozenset, bytes]


def test_a_folder_without_a_name_is_refused(producer: KafkaProducerClient):
    with pytest.raises(UsageError, match="names no folder"):
        KafkaAuditLogger(producer, spill="")
