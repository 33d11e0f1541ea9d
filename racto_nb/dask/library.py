"""All that is asked of Dask, and the one file that imports it. Kind: threaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from racto_nb._extras import imported
from racto_nb.dask.answering import answered
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.fleet.retries import RetryConfig
from racto_nb.fleet.sending import Look, Post, Request, Revoke, Seen, TaskStatus
from racto_nb.flow.threads import ThreadedPort
from racto_nb.models.asking import AnsweringKit

EXTRA = "dask"
_STATES = {"pending": TaskStatus.PENDING, "finished": TaskStatus.SUCCESS, "error": TaskStatus.FAILURE}
_LOST = {"lost": TaskStatus.FAILURE, "cancelled": TaskStatus.REVOKED}


class DaskPort(ThreadedPort[Request, Any]):
    """A client of a Dask cluster as a port. Raises WrongTypeError for what is no client, MissingExtraError without the library.

    Texts travel in the graph of the tasks: what was scattered to a worker is lost with it, and its task with that.
    """

    def __init__(self, client: object, make_kit: Callable[[], AnsweringKit], retry: RetryConfig) -> None:
        super().__init__("dask")
        library = imported("distributed", extra=EXTRA)
        if not isinstance(client, library.Client):
            msg = f"RactoDaskCluster takes a distributed.Client, not {type(client).__name__}. Write: Client('tcp://…')."
            raise WrongTypeError(msg)
        if cast("Any", client).asynchronous:
            msg = (
                "The client is asynchronous. Make it with Client(…, asynchronous=False): map_frame and amap_frame both take that."
            )
            raise UsageError(msg)
        self._client: Any = client
        self._made_by: bytes = imported("cloudpickle", extra=EXTRA).dumps(make_kit)
        self._retry = retry
        self._futures: dict[str, Any] = {}

    def perform(self, request: Request) -> Any:
        """Do what is asked."""
        match request:
            case Post(ids=ids, payloads=payloads, headers=headers):
                for task_id, payload in zip(ids, payloads, strict=True):
                    work = {"made_by": self._made_by, "retry": self._retry.model_dump(), "headers": dict(headers), **payload}
                    self._futures[task_id] = self._client.submit(answered, key=f"racto-{task_id}", pure=False, **work)
                return list(ids)
            case Look(ids):
                return [self._seen(task_id) for task_id in ids]
            case Revoke(ids):
                self._client.cancel([self._futures.pop(one) for one in ids if one in self._futures])
                return None

    def _seen(self, task_id: str) -> Seen:
        future = self._futures.get(task_id)
        if future is None:
            return Seen(task_id, TaskStatus.REVOKED, "the task was cancelled")
        state = str(future.status)
        status = _STATES.get(state) or _LOST.get(state, TaskStatus.PENDING)
        if status.ended:  # nobody looks again, and Dask keeps what a future is held of
            del self._futures[task_id]
        if status is TaskStatus.SUCCESS:
            return Seen(task_id, status, future.result())
        return Seen(task_id, status, future.exception() if state == "error" else f"the task is {state}")
