"""A task of Celery is below the span that its question was sent in, each try of it a span of its own."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest
from celery import Celery
from colours import run_unblocked
from telemetry.conftest import Spans, is_child
from worker_beside import worker_beside

from racto_nb.celery import RactoCeleryWorker, RetryConfig
from racto_nb.exceptions import RactoGatewayRateLimitError
from racto_nb.testing import FakeKit

TASK = "process racto_nb.traced.generate"


@pytest.fixture(scope="module")
def worker() -> Iterator[RactoCeleryWorker]:
    app = Celery("traced", broker="memory://", backend="cache+memory://")
    app.conf.broker_transport_options = {"polling_interval": 0.02}
    kit = FakeKit([RactoGatewayRateLimitError("busy", status_code=429), "4"] * 2 + ["4"], repeat_last=True)
    made = RactoCeleryWorker(app, kit=kit, retry_config=RetryConfig(max_retries=1, initial_delay_s=0.01), name="traced")
    with worker_beside(app, pool="solo"):
        yield made
    app.close()


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_task_and_its_second_try_are_below_their_sender(colour, worker: RactoCeleryWorker, spans: Spans):
    with spans.begun("sender"):
        sent = worker.generate("2 + 2?") if colour == "sync" else run_unblocked(worker.agenerate("2 + 2?"))
    assert worker.wait(sent.id, timeout_s=60).response.content == "4"
    tries = [span for span in spans.all if span.name == TASK]
    assert all(is_child(one, spans.named("sender")) for one in tries)
    assert [one.attributes.get("error.type") for one in tries] == ["RactoGatewayRateLimitError", None]
    chats = [span for span in spans.all if span.name == "chat fake-model"]
    assert [is_child(chat, one) for chat, one in zip(chats, tries, strict=True)] == [True, True]


def test_the_rows_of_a_frame_are_below_their_sender(worker: RactoCeleryWorker, spans: Spans):
    frame = pl.DataFrame({"sum": ["1 + 3?", "2 + 2?", "3 + 1?"]})
    with spans.begun("sender"):
        assert list(worker.map_frame(frame, "sum", chunk_size=2, timeout_s=60)["answer"]) == ["4"] * 3
    chunks = [span for span in spans.all if span.name == "process racto_nb.traced.map"]
    assert [is_child(one, spans.named("sender")) for one in chunks] == [True, True]
    chats = [span for span in spans.all if span.name == "chat fake-model"]
    assert sorted(sum(is_child(chat, one) for chat in chats) for one in chunks) == [1, 2]
