"""What a caller holds of tasks that were sent: handles of one task, and groups of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from racto_nb.exceptions import WrongTypeError
from racto_nb.fleet.sending import Post


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """Tasks that were sent together. `post` is what was sent, `custom_ids` what the user calls each (None where nothing).

    `began` is when, in seconds since 1970. A value: it can be pickled, and waited for in another session. One that
    `worker.groups()` found has no questions in its `post`. Celery's own GroupResult, which listens to its result backend over a
    line of its own, is `GroupResult(group.id, [app.AsyncResult(task_id) for task_id in group.ids])`.
    """

    post: Post = field(repr=False)
    custom_ids: tuple[str | None, ...] = field(repr=False)
    began: float | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """The name of the group."""
        return self.post.group or ""

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of its tasks, in the order of the items."""
        return tuple(self.post.ids)

    def begun_at(self, moment: float) -> TaskGroup:
        """The group, sent at a moment."""
        return replace(self, began=moment)

    def __len__(self) -> int:
        return len(self.post.ids)

    def __repr__(self) -> str:
        return f"TaskGroup({self.id!r}, {len(self)} tasks)"


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
