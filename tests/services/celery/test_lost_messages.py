"""Messages that a broker lost, and messages that come twice."""

from __future__ import annotations

from celery import Celery
from celery.contrib.testing.worker import start_worker

from racto_nb.batch import BatchItem
from racto_nb.celery import RactoCeleryWorker
from racto_nb.testing import FakeKit

ITEMS = [BatchItem(custom_id=f"q{number}", user_message="x") for number in range(3)]


def test_what_a_broker_lost_is_sent_again_and_what_comes_twice_is_asked_once():
    app = Celery("lost", broker="memory://", backend="cache+memory://")
    app.conf.broker_transport_options = {"polling_interval": 0.02}
    kit = FakeKit(["A"], repeat_last=True)
    worker = RactoCeleryWorker(app, kit=kit, resend_after_s=0.05)
    group = worker.parallel_batch(ITEMS)
    assert app.control.purge() == 3
    with start_worker(app, perform_ping_check=False, pool="solo", shutdown_timeout=60):
        assert [result.response.content for result in worker.wait_parallel(group, timeout_s=60)] == ["A"] * 3
        worker._port.send(group.post)
        last = worker.generate("the last one")
        assert worker.wait(last.id, timeout_s=60).ok
    assert len(kit.calls) == 4
    app.close()
