"""All that is asked of Celery, and the one file that imports it. Kind: threaded.

Celery's calls block, so that an event loop asks from a thread of its own. What a task is at is read from the result backend, and
not waited for by Celery: so a server that is away for a while ends no wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, cast

from racto_nb._extras import imported
from racto_nb.celery.claiming import Claims, is_redis, tells
from racto_nb.celery.noting import Results
from racto_nb.exceptions import PartlySentError, RactoGatewayConnectionError, UsageError, WrongTypeError
from racto_nb.fleet.carrying import Data
from racto_nb.fleet.sending import Look, Post, Request, Revoke, Seen, TaskStatus
from racto_nb.flow.threads import ThreadedPort

EXTRA = "celery"
COPY = "racto_copy"
"""The header of a message that was sent again: its own name."""
_STATES = {state.name: state for state in TaskStatus} | {"RECEIVED": TaskStatus.PENDING, "REJECTED": TaskStatus.FAILURE}
_WITHIN = ("memory:", "rpc:", "disabled:")
"""Backends whose results only the process has that asked."""
_PATIENCE = {"max_retries", "interval_start", "interval_step", "interval_max"}
"""What Celery's policy for sending again says of connections."""
_NO_BACKEND = (
    "The Celery app has no result backend, so that nothing can be read of its tasks. Write: Celery(…, backend='redis://…')."
)
_EAGER = "The Celery app runs tasks at once and keeps no results. Set app.conf.task_store_eager_result = True as well."


@dataclass(frozen=True, slots=True)
class Pool:
    """How a Celery worker does its work: the name of its pool, and in how many processes."""

    name: str
    processes: int


class CeleryPort(ThreadedPort[Request, Any]):
    """A Celery app as a port. Raises WrongTypeError for what is no Celery app, MissingExtraError without the library."""

    def __init__(self, app: object) -> None:
        super().__init__("celery")
        library = imported("celery", extra=EXTRA)
        if not isinstance(app, library.Celery):
            msg = f"RactoCeleryWorker takes a Celery app, not {type(app).__name__}. Write: Celery('tasks', broker=…, backend=…)."
            raise WrongTypeError(msg)
        self.app: Any = app
        self.claims = Claims()

    def results(self) -> Results:
        """Where the app keeps its results. Nobody is asked."""
        address, kept = str(self.app.backend.as_uri()), self.app.conf.result_expires
        place = "" if address.startswith(_WITHIN) else sha256(address.encode()).hexdigest()[:16]
        return Results(place, kept.total_seconds() if isinstance(kept, timedelta) else kept)

    def keep_trying(self) -> None:
        """In a worker: write results when the server is there again. Celery would end a task as failed whose server is away."""
        self.app.conf.result_backend_always_retry = True
        self.app.backend.always_retry = True

    def perform(self, request: Request) -> Any:
        """Do what is asked. Raises RactoGatewayConnectionError where the broker or the result backend cannot be reached."""
        try:
            match request:
                case Post():
                    return self._posted(request)
                case Look(ids):
                    return [self._seen(task_id) for task_id in ids]
                case Revoke(ids):
                    self._called_off(ids)
                    return None
        except self._outages() as error:
            raise RactoGatewayConnectionError(self._gone(error)) from error

    def _gone(self, error: Exception) -> str:
        return (
            f"The servers of the Celery app {self.app.main!r} cannot be reached ({type(error).__name__}). Check its broker "
            "and its result backend, and whether they run."
        )

    def _posted(self, post: Post) -> list[Any]:
        if post.copy and self._needless(post):
            return []
        task = self.app.tasks[post.task]
        each = list(zip(post.ids, post.payloads, strict=True))
        if self.app.conf.task_always_eager:
            return [task.apply_async(kwargs=payload, task_id=task_id) for task_id, payload in each]
        headers = {**post.headers, COPY: post.copy} if post.copy else dict(post.headers)
        options: Data = {"serializer": "json", "headers": headers, "argsrepr": "()", "kwargsrepr": "{…}"}
        options |= {name: value for name, value in (("queue", post.queue), ("group_id", post.group)) if value is not None}
        sender: Any = _Unheard(self.app) if is_redis(self.app.backend) else self.app
        send = imported("celery", extra=EXTRA).Celery.send_task
        handles: list[Any] = []
        perhaps = False  # whether one of a group was on its way when it broke: it may have arrived
        try:
            with self.app.producer_or_acquire() as producer:
                self._connect(producer.connection)
                for task_id, payload in each:
                    options |= {"task_id": task_id, "task_type": task, "producer": producer}
                    perhaps = post.group is not None
                    handles.append(send(sender, post.task, kwargs=payload, **options))
        except Exception as error:
            outage = isinstance(error, self._outages())
            if not handles and not (perhaps and outage):
                raise
            msg = f"{len(handles)} of {len(each)} tasks were sent, perhaps one more. {self._gone(error) if outage else error}"
            raise PartlySentError(msg, sent=len(handles), total=len(each)) from error
        return handles

    def _connect(self, connection: Any) -> None:
        """Where the broker is away already nothing was sent, for certain."""
        policy: Data = self.app.conf.task_publish_retry_policy if self.app.conf.task_publish_retry else {"max_retries": 0}
        connection.ensure_connection(**{name: value for name, value in policy.items() if name in _PATIENCE})

    def _needless(self, post: Post) -> bool:
        """Whether messages need not be sent again: as many as are missed wait in their queue, or nobody could tell a copy."""
        if not tells(self.app.backend) or self.app.conf.task_always_eager:
            return True
        return not post.anyway and self._waiting(post) >= len(post.ids)

    def _waiting(self, post: Post) -> int:
        """How many messages the queue of `post` holds; 0 where there is no such queue yet, or where a broker does not say."""
        queue = post.queue or self.app.amqp.router.route({}, post.task)["queue"]
        with self.app.connection_for_write() as connection:
            try:
                return int(connection.default_channel.queue_declare(getattr(queue, "name", queue), passive=True).message_count)
            except connection.channel_errors:
                return 0

    def _called_off(self, ids: Sequence[str]) -> None:
        """Written down for workers that start later; those that run are told as well, since they have taken some already."""
        if not isinstance(self.app.backend, imported("celery.backends.base", extra=EXTRA).DisabledBackend):
            for task_id in ids:
                self.claims.call_off(self.app.backend, task_id, cancelled())
        self.app.control.revoke(list(ids))

    def _seen(self, task_id: str) -> Seen:
        if self.app.conf.task_always_eager and not self.app.conf.task_store_eager_result:
            raise UsageError(_EAGER)
        if isinstance(self.app.backend, imported("celery.backends.base", extra=EXTRA).DisabledBackend):
            raise UsageError(_NO_BACKEND)
        meta = self.app.backend.get_task_meta(task_id)
        return Seen(task_id, _STATES.get(str(meta["status"]), TaskStatus.STARTED), meta["result"])

    def _outages(self) -> tuple[type[Exception], ...]:
        errors = imported("kombu.exceptions", extra=EXTRA)
        of_backend = cast("tuple[type[Exception], ...]", getattr(self.app.backend, "connection_errors", ()))
        return (errors.OperationalError, ConnectionError, TimeoutError, *of_backend)


class _Unheard:
    """A Celery app whose result backend does not listen for what is sent.

    With Redis it would subscribe to each task over one connection, which is not opened again when the server was away: then
    nothing could be sent any more until the program starts anew.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self.backend = self

    def on_task_call(self, producer: object, task_id: str) -> None:
        """Called by Celery when it sends a task."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)


def dropped() -> Exception:
    """What a task raises whose message is to be forgotten, with its status as it is."""
    return cast("Exception", imported("celery.exceptions", extra=EXTRA).Ignore())


def cancelled() -> Exception:
    """What came of a task that nobody began, since it was cancelled."""
    return cast(
        "Exception", imported("celery.exceptions", extra=EXTRA).TaskRevokedError("the task was cancelled before it began")
    )


class Starting:
    """Hears, in a process that becomes a Celery worker and before its children are made, how it works; `told` gets app and Pool.

    Celery holds this object weakly: it hears as long as somebody keeps it.
    """

    def __init__(self, told: Callable[[object, Pool], None]) -> None:
        self._told = told
        imported("celery.signals", extra=EXTRA).celeryd_after_setup.connect(self.hear)

    def hear(self, instance: Any = None, **_: object) -> None:
        """Called by Celery."""
        kind = f"{getattr(instance.pool_cls, '__module__', '')}.{instance.pool_cls}"
        name = next((each for each in ("prefork", "solo", "thread", "gevent", "eventlet") if each in kind), "another")
        several = max(int(instance.concurrency or 1), int(instance.max_concurrency or 0))
        self._told(instance.app, Pool(name, several if name in {"prefork", "another"} else 1))
