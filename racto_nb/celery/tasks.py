"""The tasks of a worker: what runs in the processes of a fleet. Nothing of it is Celery's but the task that is handed in."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from racto_nb.celery.claiming import Claims
from racto_nb.celery.library import COPY, Pool, cancelled, dropped
from racto_nb.exceptions import RactoGatewayError, StoreLockedError, UsageError
from racto_nb.fleet.carrying import Data, Known, answer_data, question_from
from racto_nb.fleet.mapping import chunk_data, outcomes_of
from racto_nb.fleet.retries import RetryConfig, wait_after
from racto_nb.models.asking import AnsweringKit
from racto_nb.rag.pipeline import RactoRAG
from racto_nb.telemetry.headers import continuing

_log = logging.getLogger("racto_nb.celery")
_OPTIONS = {
    "bind": True,
    "lazy": False,
    "shared": False,  # or each app of this process that begins later would have this kit's task
    # A message is taken off its queue when its work is done, and not before: of a worker that dies another one takes it over.
    "acks_late": True,
    "reject_on_worker_lost": True,
    "track_started": False,  # a task says so itself, when no other copy of its message has begun
    "ignore_result": False,
    "serializer": "json",
    "max_retries": None,
    "throws": (RactoGatewayError,),  # logged in a line: what went wrong is in the result
}
_TRACED = {"messaging.system": "celery", "messaging.operation.name": "process"}
_PATIENT = {"max_retries": 120, "interval_start": 0, "interval_step": 0.2, "interval_max": 1.0}
"""A task that is to be tried again goes back to a broker that may be away: two minutes, as a wait has patience."""
_OWN_QUEUE = (
    "Let a queue of its own have one process: RactoCeleryWorker(…, ingest_queue='ingest'), and start for it "
    "`celery -A … worker -Q ingest --concurrency=1`. Or take a store with a server, such as PGVectorStore or QdrantStore(url=…)."
)


@dataclass(slots=True)
class Bench:
    """What the tasks of one worker work with. `pool` is how this process works, None where it is no Celery worker of its own."""

    kit: AnsweringKit
    rag: RactoRAG | None
    retry: RetryConfig
    known: Known
    pool: Pool | None = None
    claims: Claims = field(default_factory=Claims)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, question: Mapping[str, Any]) -> Data:
        """The answer to a question, as data."""
        return answer_data(self.kit.chat(question_from(question, self.known)))

    def ingested(self, path: str, metadata: Mapping[str, Any]) -> list[Data]:
        """The chunks of a document that was ingested, as data. The same document again changes nothing."""
        if self.rag is None:
            msg = "This worker has no rag to ingest into. Give it one: RactoCeleryWorker(app, kit=…, rag=RactoRAG(…))."
            raise UsageError(msg)
        self._refuse_many_writers(self.rag)
        alone = self.rag.store.writers == "one"
        with self.turn if alone else nullcontext():
            try:
                chunks = self.rag.ingest(path, **metadata)
            except StoreLockedError as error:
                error.args = (f"{error} {_OWN_QUEUE}", *error.args[1:])
                raise
            finally:
                if alone:  # so that the next one, in whatever process, can have it
                    self.rag.close()
        return [chunk.model_dump(mode="json", exclude={"embedding"}) for chunk in chunks]

    def _refuse_many_writers(self, rag: RactoRAG) -> None:
        """What pool it is of, a process knows for certain from its start; a second worker's meets the store's own lock."""
        store, pool = rag.store, self.pool
        if pool is None or pool.name not in {"prefork", "another"}:
            return
        name = type(store).__name__
        if store.writers == "itself":
            msg = (
                f"This {name} is in the memory of one process: what a worker's child puts there is lost when it ends, and nobody "
                "else sees it. Take a store with a file or a server."
            )
            raise UsageError(msg)
        if store.writers == "one" and pool.processes > 1:
            msg = f"A {name} has one writer at a time, and this worker has {pool.processes} processes. {_OWN_QUEUE}"
            raise UsageError(msg)


class TaskNames(NamedTuple):
    """What the tasks of a worker are called."""

    generate: str
    ingest: str
    map: str


def task_names(worker: str) -> TaskNames:
    """The names of the tasks of `worker`, the same in each process.

    >>> task_names("summaries").generate
    'racto_nb.summaries.generate'
    """
    return TaskNames(*(f"racto_nb.{worker}.{task}" for task in TaskNames._fields))


def register(app: Any, names: TaskNames, bench: Bench) -> None:
    """Make the tasks that answer, ingest and map known to `app`."""

    def generate(self: Any, *, question: Data, custom_id: str | None = None) -> Data:
        _begin(self, bench.claims)
        answer = _tried(self, bench.retry, lambda: bench.answered(question))
        return answer if custom_id is None else {**answer, "custom_id": custom_id}

    def ingest(self: Any, *, path: str, metadata: Data) -> list[Data]:
        _begin(self, bench.claims)
        return _tried(self, bench.retry, lambda: bench.ingested(path, metadata))

    app.task(name=names.generate, **_OPTIONS)(generate)
    app.task(name=names.ingest, **_OPTIONS)(ingest)

    def answer_rows(self: Any, *, question: Data, texts: list[str], outcomes: Data | None = None) -> Data:
        _begin(self, bench.claims)
        return _mapped(bench, self, question=question, texts=texts, outcomes=outcomes)

    app.task(name=names.map, **_OPTIONS)(answer_rows)


def _begin(task: Any, claims: Claims) -> None:
    """Take a task up. Raises what makes Celery forget the message where another copy of it was taken, or the task is over.

    Where the result backend cannot be asked the work is done: twice is better than never.
    """
    request = task.request
    if request.is_eager:
        return
    try:
        mine = claims.take(task.backend, request.id, copy=getattr(request, COPY, None) or "", tries=request.retries)
        if mine:
            task.update_state(state="STARTED", meta={"pid": os.getpid(), "hostname": request.hostname})
        if not mine or request.retries:
            mine = not claims.called_off(task.backend, request.id, cancelled(), mine=mine) and mine
    except Exception as error:  # noqa: BLE001  (of any library)
        _log.warning("Nobody can say whether the task %s was begun before (%s): it is done.", request.id, type(error).__name__)
        mine = True
    if not mine:
        raise dropped()


def _mapped(bench: Bench, self: Any, *, question: Data, texts: list[str], outcomes: Data | None = None) -> Data:
    """What came of each text of a chunk. Those that may pass are tried again, with what the others gave."""
    attempt: int = self.request.retries
    with continuing(_headers(self), f"process {self.name}", _TRACED):
        found, wait = outcomes_of(
            len(texts),
            lambda place: bench.answered({**question, "user_message": texts[place]}),
            lambda error: wait_after(error, attempt, bench.retry),
            outcomes or {},
        )
    if wait is not None:
        again = {"question": question, "texts": texts, "outcomes": found}
        raise self.retry(kwargs=again, countdown=wait, retry_policy=_PATIENT)
    return chunk_data(texts, found)


def _tried(task: Any, retry: RetryConfig, work: Callable[[], Any]) -> Any:
    """What `work` gives. An error that may pass puts the task back into its queue; any other one ends it."""
    try:
        with continuing(_headers(task), f"process {task.name}", _TRACED):
            return work()
    except Exception as error:
        seconds = wait_after(error, task.request.retries, retry)
        if seconds is None:
            raise _told(error) from error
        raise task.retry(exc=_told(error), countdown=seconds, max_retries=retry.max_retries, retry_policy=_PATIENT) from error


def _headers(task: Any) -> dict[str, object]:
    """What was sent beside the question, by which its trace goes on: Celery makes attributes of headers."""
    return {name: getattr(task.request, name, None) for name in ("traceparent", "tracestate", "baggage")}


def _told(error: Exception) -> Exception:
    """`error` where a backend can build it again of its texts; else one that says the same."""
    try:
        return type(error)(str(error))
    except Exception:  # noqa: BLE001  (whatever a class of errors asks for)
        return RactoGatewayError(f"{type(error).__name__}: {error}")
