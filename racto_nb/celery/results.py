"""What is known of a task: its status, and what came of it. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from racto_nb.exceptions import UsageError
from racto_nb.fleet.carrying import answer_from
from racto_nb.fleet.sending import Seen, TaskStatus
from racto_nb.fleet.waiting import error_text
from racto_nb.models.response import LLMResponse


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


def result_of(seen: Seen, *, custom_id: str | None = None, waited: float | None = None) -> TaskResult:
    """What a look saw, for the user. With `waited`, a task that has not ended says that the wait is over and the task is not."""
    given: object = seen.result if seen.status is TaskStatus.SUCCESS else None
    if isinstance(given, Mapping):
        fields = dict(cast("Mapping[str, Any]", given))
        custom_id = fields.pop("custom_id", None) or custom_id
        given = fields
    return TaskResult(task_id=seen.task_id, status=seen.status, result=given, error=_error(seen, waited), custom_id=custom_id)


def _error(seen: Seen, waited: float | None) -> str | None:
    if seen.status is TaskStatus.SUCCESS:
        return None
    if seen.status.ended:
        return error_text(seen.result)
    if waited is None:
        return None
    return f"The task has not ended after {waited:g} s: {seen.status.value}. It goes on; wait for it again, or cancel it."
