"""Questions and documents on a fleet of Celery workers: queued, tried again, answered by whoever is free.

    from celery import Celery
    from racto_nb import openai_developer_kit as gpt
    from racto_nb.celery import RactoCeleryWorker

    app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0")
    worker = RactoCeleryWorker(app, kit=gpt.Chat(model="gpt-6-luna"))

    handle = worker.generate("Summarize this meeting transcript.")
    print(worker.wait(handle.id, timeout_s=60.0).result["content"])

The module with these lines is imported by the notebook and by the workers alike: `celery -A tasks worker`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.celery.handles import TaskGroup as TaskGroup
    from racto_nb.celery.results import TaskResult as TaskResult
    from racto_nb.celery.worker import RactoCeleryWorker as RactoCeleryWorker
    from racto_nb.fleet.progress import FleetProgress as FleetProgress
    from racto_nb.fleet.retries import RetryConfig as RetryConfig
    from racto_nb.fleet.sending import TaskStatus as TaskStatus

__all__ = ["FleetProgress", "RactoCeleryWorker", "RetryConfig", "TaskGroup", "TaskResult", "TaskStatus"]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "FleetProgress": "racto_nb.fleet.progress",
            "RactoCeleryWorker": "racto_nb.celery.worker",
            "RetryConfig": "racto_nb.fleet.retries",
            "TaskGroup": "racto_nb.celery.handles",
            "TaskResult": "racto_nb.celery.results",
            "TaskStatus": "racto_nb.fleet.sending",
        },
    )
