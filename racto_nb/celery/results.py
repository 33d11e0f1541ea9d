"""What is known of a task: its status, and what came of it. Pure values."""

from __future__ import annotations

from enum import Enum
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from racto_nb.exceptions import UsageError
from racto_nb.fleet.carrying import answer_from
from racto_nb.models.response import LLMResponse


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


class TaskResult(BaseModel):
    """What is known of a task when it was looked at.

    `result` is what the task gave, as JSON: of a question the fields of an LLMResponse (`result["content"]`), of a document the
    list of its chunks without their vectors. `error` says why there is none: what went wrong, or that the wait was over before
    the task was; then `status` is what it is and not FAILURE, and the task goes on. `custom_id` is that of a BatchItem.

    >>> TaskResult(task_id="e4c7", status=TaskStatus.SUCCESS, result={"content": "4"}).ok
    True
    """

    model_config = ConfigDict(extra="ignore")

    task_id: str
    status: TaskStatus
    result: Any | None = None
    error: str | None = None
    custom_id: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the task has succeeded."""
        return self.status is TaskStatus.SUCCESS

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status.ended

    @property
    def response(self) -> LLMResponse:
        """The answer of a question's task. Raises UsageError where there is none, with the reason."""
        given: object = self.result
        if not self.ok or not isinstance(given, dict):
            msg = f"The task {self.task_id!r} has no answer ({self.status.value}). {self.error or 'It gave something else.'}"
            raise UsageError(msg)
        return answer_from(cast("dict[str, Any]", given))
