"""The documents' block on Kafka, against a real broker."""

from __future__ import annotations

import pytest
from kafka_topics import read
from spec.originals import Runner

from racto_nb.kafka.library import library


@pytest.mark.usefixtures("swept")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_block_87_publishes_reads_and_keeps_an_audit_record(kafka: str, run: Runner, tmp_path, monkeypatch):
    monkeypatch.setenv("RACTO_KAFKA_DIR", str(tmp_path))
    admin = library().KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1} for name in ("agent.events", "ai.audit")})
    admin.close()

    ran = run(87, replaced={"localhost:9092": kafka})
    ran["audit"].close()
    ran["consumer"].close()
    ran["producer"].close()

    assert isinstance(ran["messages"], list)
    assert read(kafka, "agent.events", 1)[0].value == {"agent": "research", "status": "ready"}
    (kept,) = read(kafka, "ai.audit", 1)
    assert kept.key == "u-42"
    assert {name: kept.value[name] for name in ("user_id", "model", "prompt", "response", "request_id", "metadata")} == {
        "user_id": "u-42", "model": "gpt-4o", "prompt": "Summarize incident report", "response": "Summary ...",
        "request_id": None, "metadata": {},
    }  # fmt: skip
