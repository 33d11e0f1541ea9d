"""What is asked of a fleet, whatever moves its tasks: send some, look at some, take some back. Pure values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from racto_nb.fleet.carrying import Data
from racto_nb.flow.threads import ThreadedPort


def new_id() -> str:
    """A name for a task."""
    return str(uuid.uuid4())


class TaskStatus(str, Enum):  # noqa: UP042  (the documents print `TaskStatus.SUCCESS`)
    """How far a task is. `PENDING` is also what Celery says of an id that it has never heard of."""

    PENDING = "pending"
    STARTED = "started"
    SUCCESS = "success"
    FAILURE = "failure"
    RETRY = "retry"
    REVOKED = "revoked"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come.

        >>> TaskStatus.RETRY.ended, TaskStatus.REVOKED.ended
        (False, True)
        """
        return self in {TaskStatus.SUCCESS, TaskStatus.FAILURE, TaskStatus.REVOKED}


@dataclass(frozen=True, slots=True)
class Post:
    """Send a task for each of `payloads`, under `ids`. `headers` travel beside them; `group` is what they have in common.

    `copy` names messages that are sent again: of several messages of a task the fleet works on one. They are sent only if they
    seem to be lost, or `anyway`.
    """

    task: str
    payloads: Sequence[Data] = field(repr=False)
    ids: Sequence[str]
    queue: str | None = None
    group: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    copy: str = ""
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of these tasks?"""

    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Revoke:
    """Let no worker begin these tasks."""

    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a task. `result` is what it gave, or the error that ended it."""

    task_id: str
    status: TaskStatus
    result: Any = None


Request = Post | Look | Revoke
FleetPort = ThreadedPort[Request, Any]
"""A Post is answered with handles, a Look with a list of Seen."""
