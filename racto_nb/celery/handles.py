"""What a caller holds of tasks that were sent: handles of one task, and groups of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from racto_nb.exceptions import WrongTypeError
from racto_nb.fleet.sending import new_id


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """Tasks that were sent together: their `ids`, and what the user calls each (None where nothing).

    A value: it can be pickled, or written down, and waited for in another session. Celery's own GroupResult, which listens to its
    result backend over a line of its own, is `GroupResult(group.id, [app.AsyncResult(task_id) for task_id in group.ids])`.

    >>> len(TaskGroup(("a", "b"), ("q1", None)))
    2
    """

    ids: tuple[str, ...] = field(repr=False)
    custom_ids: tuple[str | None, ...] = field(repr=False)
    id: str = field(default_factory=new_id)

    def __len__(self) -> int:
        return len(self.ids)


def ids_of(given: object) -> tuple[list[str], Mapping[str, str]]:
    """The ids of tasks, and what the user calls them: of a handle or an id, of a group, or of a list of these."""
    if isinstance(given, str):
        return [given], {}
    if isinstance(given, TaskGroup):
        named = zip(given.ids, given.custom_ids, strict=True)
        return list(given.ids), {task_id: custom_id for task_id, custom_id in named if custom_id is not None}
    children: object = getattr(given, "results", None)
    if isinstance(given, list | tuple):
        children = cast("object", given)
    if children is not None:
        found = [ids_of(each) for each in cast("Iterable[object]", children)]
        return [one for few, _ in found for one in few], {one: called for _, names in found for one, called in names.items()}
    handle = cast("object", given)
    task_id: object = getattr(handle, "id", None)
    if not isinstance(task_id, str):
        msg = f"This is the handle of no task: {handle!r:.80}. Give what generate, ingest_document or parallel_batch returned."
        raise WrongTypeError(msg)
    return [task_id], {}
