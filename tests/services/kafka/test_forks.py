"""What a forked child inherits: it can neither use nor end it, and is told so at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.kafka import KafkaAuditLogger, KafkaProducerClient
from racto_nb.testing import FakeKafka

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
