"""Tasks that are cancelled while something else happens to them: what is told of them in the end is true, and is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery

from racto_nb.celery.claiming import Claims
from racto_nb.celery.library import cancelled, dropped
from racto_nb.celery.tasks import _begin


class Task:
    """What a worker begins: a message of the task "t", for its first time or to be tried again."""

    def __init__(self, backend: Any, *, retries: int = 0, copy: str = "") -> None:
        self.backend = backend
        self.request = type("Request", (), {
            "id": "t", "retries": retries, "hostname": "here", "is_eager": False, "racto_copy": copy,
        })  # fmt: skip

    def update_state(self, *, state: str, meta: dict[str, Any]) -> None:
        self.backend.store_result("t", meta, state)


@pytest.fixture(params=["memory", "valkey"])
def backend(request: pytest.FixtureRequest) -> Iterator[Any]:
    kept = "cache+memory://" if request.param == "memory" else request.getfixturevalue("valkey").url(3)
    app = Celery("claims", broker="memory://", backend=kept)
    app.conf.result_expires = None
    backend: Any = app.backend
    backend.delete(backend.get_key_for_task("t"))
    backend.delete(backend.get_key_for_task("t", "-copy"))
    yield backend
    app.close()


def began(backend: Any, **message: Any) -> bool:
    """Whether a worker begins what comes; else it drops it."""
    try:
        _begin(Task(backend, **message), Claims())
    except type(dropped()):
        return False
    return True


def status(backend: Any) -> str:
    return str(backend.get_task_meta("t", cache=False)["status"])


def before(patch: pytest.MonkeyPatch, owner: Any, method: str, act: Callable[[], object], *, when: str) -> None:
    """Something happens just before a method is called with a certain word."""
    real = getattr(owner, method)
    waiting = [act]

    def called(*values: Any, **options: Any) -> Any:
        if waiting and when in values:
            waiting.pop()()
        return real(*values, **options)

    patch.setattr(owner, method, called)


def test_who_dies_while_he_cancels_leaves_a_task_that_its_worker_ends(backend):
    def dies() -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        before(patch, backend, "store_result", dies, when="REVOKED")
        with pytest.raises(KeyboardInterrupt):
            Claims().call_off(backend, "t", cancelled())
    assert status(backend) == "PENDING"
    assert not began(backend)
    assert status(backend) == "REVOKED"


@pytest.mark.parametrize("copies", [0, 1])
def test_a_try_that_begins_while_its_task_is_cancelled_goes_on_to_its_end(backend, copies: int):
    assert began(backend)
    backend.store_result("t", ValueError("busy"), "RETRY")
    claims = Claims()
    with pytest.MonkeyPatch.context() as patch:
        before(patch, claims, "_write", lambda: began(backend, retries=1), when="cancelled")
        claims.call_off(backend, "t", cancelled())
    assert status(backend) == "STARTED"
    assert not any(began(backend, copy=f"copy {number}") for number in range(copies))
    assert status(backend) == "STARTED"
    assert began(backend)  # its worker has died: another one takes the same message


def test_a_try_that_finds_itself_cancelled_is_not_begun(backend):
    assert began(backend)
    backend.store_result("t", ValueError("busy"), "RETRY")
    with pytest.MonkeyPatch.context() as patch:
        before(patch, backend, "store_result", lambda: Claims().call_off(backend, "t", cancelled()), when="STARTED")
        assert not began(backend, retries=1)
    assert status(backend) == "REVOKED"
    assert not began(backend, retries=1)


def test_a_task_that_waits_for_another_try_is_cancelled(backend):
    assert began(backend)
    backend.store_result("t", ValueError("busy"), "RETRY")
    Claims().call_off(backend, "t", cancelled())
    assert status(backend) == "REVOKED"
    assert not began(backend, retries=1)
    assert status(backend) == "REVOKED"
