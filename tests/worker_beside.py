"""A Celery worker in a thread of this process, which leaves the logs of this process as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging


@contextmanager
def worker_beside(app: Celery, **options: Any) -> Iterator[object]:
    """The worker, until the block ends. A worker writes to the root of all logs, and does not where somebody else sets them up."""
    setup_logging.connect(_left_alone)
    try:
        with start_worker(app, perform_ping_check=False, shutdown_timeout=60, **options) as worker:
            yield worker
    finally:
        setup_logging.disconnect(_left_alone)


def _left_alone(**_: object) -> None:
    """Somebody who would set up the logs."""
