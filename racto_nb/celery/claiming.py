"""Who works on a task whose message may be there several times, and that nobody begins one that was cancelled. Kind: threaded.

The first copy of a message that a worker takes writes its name under the task's id into the result backend; a copy of another
name is dropped then. The same copy may come again: a worker that died had it, or it is to be tried again. Redis writes the name
only where there is none, so that two processes cannot both have it. Other backends with keys (cache, filesystem) are looked at
first, under a lock of this process: two processes that take two copies in the same moment both work. Backends without keys
(database, MongoDB) show only the status of a task, and `rpc://` not even that.
"""

from __future__ import annotations

import threading
from typing import Any

_CANCELLED = "cancelled"
_COPY = b"copy "
"""What each name has before it: some backends take an empty one for none."""
_ENDED = frozenset({"SUCCESS", "FAILURE", "REVOKED"})
_PENDING, _STARTED, _RETRY, _REVOKED = "PENDING", "STARTED", "RETRY", "REVOKED"


class Claims:
    """The names of copies by the ids of tasks, in the result backend of an app."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def take(self, backend: Any, task_id: str, *, copy: str, tries: int) -> bool:
        """Whether this copy of a task's message is to be worked on. It is another one's, or over, where not."""
        if not tells(backend):
            return True
        status = _status(backend, task_id)
        if status in _ENDED:
            return False
        if _has_keys(backend):
            return self._write(backend, task_id, copy)
        return not copy or tries > 0 or status == _PENDING

    def called_off(self, backend: Any, task_id: str, error: Exception, *, mine: bool) -> bool:
        """Whether a task was cancelled, of which `error` is told then: who cancelled it may have died before he told it.

        A worker asks it of a message that it may not take, and of one that it takes for another try (`mine`), when the status
        says STARTED: who cancels writes over the name first and looks at the status then. So one of the two sees the other one.
        """
        if not tells(backend) or not _has_keys(backend) or _name(backend, task_id) != _CANCELLED:
            return False
        if mine or _status(backend, task_id) in {_PENDING, _RETRY}:
            backend.store_result(task_id, error, _REVOKED)
        return True

    def call_off(self, backend: Any, task_id: str, error: Exception) -> None:
        """Let no worker begin a task that none has begun, nor try it again; `error` is what came of it."""
        status = _status(backend, task_id) if tells(backend) else _STARTED
        if status in _ENDED or status == _STARTED:
            return
        if _has_keys(backend):
            before = _name(backend, task_id) if status == _RETRY else None
            if not self._write(backend, task_id, _CANCELLED, over=status == _RETRY):
                return
            if _status(backend, task_id) in {_STARTED, *_ENDED}:  # another try was begun meanwhile: it goes on to its end
                if before is not None:
                    self._write(backend, task_id, before, over=True)
                return
        backend.store_result(task_id, error, _REVOKED)

    def _write(self, backend: Any, task_id: str, name: str, *, over: bool = False) -> bool:
        """Write a name where there is none, or `over` another one; whether it stands there."""
        key, value = _key(backend, task_id), _COPY + name.encode()
        if is_redis(backend):
            wrote = backend.client.set(key, value, nx=not over, ex=_seconds(backend))
            return bool(wrote) or _bytes(backend.client.get(key)) == value
        with self._turn:
            held = None if over else backend.get(key)
            if not held:
                backend.set(key, value)
            return not held or _bytes(held) == value


def tells(backend: object) -> bool:
    """Whether a worker can read what a task is at. Results that are messages to who asked cannot be read by others."""
    return not _is(backend, "RPCBackend")


def is_redis(backend: object) -> bool:
    """Whether it is Redis that keeps the results."""
    return _is(backend, "RedisBackend")


def _is(backend: object, name: str) -> bool:
    return any(kind.__name__ == name for kind in type(backend).__mro__)


def _has_keys(backend: object) -> bool:
    return hasattr(backend, "get_key_for_task")


def _status(backend: Any, task_id: str) -> str:
    return str(backend.get_task_meta(task_id, cache=False)["status"])


def _key(backend: Any, task_id: str) -> object:
    return backend.get_key_for_task(task_id, "-copy")


def _name(backend: Any, task_id: str) -> str | None:
    """The name that stands there, None where there is none."""
    held = _bytes(backend.get(_key(backend, task_id)))
    return held.removeprefix(_COPY).decode() if held else None


def _seconds(backend: Any) -> int | None:
    return int(backend.expires) if backend.expires else None


def _bytes(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value) if isinstance(value, bytes | bytearray) else b""
