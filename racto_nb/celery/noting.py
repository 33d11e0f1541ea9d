"""What is written down of groups that were sent, so that a later session finds them. Kind: threaded.

One file a group, in the folder that RACTO_FLEET_DIR names, else in the user's data folder: the names of its tasks, and what the
user calls them. No text of a question and no address of a server is in it.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import msgspec

from racto_nb._paths import jobs_folder
from racto_nb._place import session_id
from racto_nb._warnings import ServiceWarning
from racto_nb.celery.handles import TaskGroup
from racto_nb.exceptions import PartlySentError, UnreadableFileError
from racto_nb.fleet.sending import FleetPort, Post
from racto_nb.flow.effects import Flow, now, send
from racto_nb.flow.threads import ThreadedPort

MOST = 200
"""Groups that are written down; of more, the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Results:
    """Where an app keeps results: a name of that `place` ("": in this process), and for how many seconds (None: for good)."""

    place: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Write:
    """Write a group down, which has its moment."""

    group: TaskGroup


@dataclass(frozen=True, slots=True)
class Forget:
    """Take the note of a group away: nothing of it was sent."""

    group_id: str


@dataclass(frozen=True, slots=True)
class List:
    """The groups of this worker whose results are still kept at a moment, the oldest first."""

    at: float


class GroupNote(msgspec.Struct, frozen=True):
    """One group. `place` is where its results are, `seconds` how long they are kept there."""

    id: str
    worker: str
    place: str
    task: str
    began: float
    seconds: float | None
    tasks: list[str]
    custom_ids: list[str | None]

    def remade(self) -> TaskGroup:
        """The group, without its questions."""
        return TaskGroup(Post(self.task, [], self.tasks, group=self.id), tuple(self.custom_ids), self.began)


@dataclass(slots=True)
class _Folder:
    """The files in a folder. A note never changes, so each is read once."""

    path: Path
    read: dict[str, GroupNote] = field(default_factory=dict[str, GroupNote])

    def write(self, note: GroupNote) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        new = self.path / f"{note.id}.{os.getpid()}.new"
        new.write_bytes(msgspec.json.encode(note))
        new.replace(self.path / f"{note.id}.json")
        for old in self._paths()[:-MOST]:
            old.unlink(missing_ok=True)

    def notes(self) -> list[GroupNote]:
        self.read = {path.name: note for path in self._paths() if (note := self._note(path)) is not None}
        return sorted(self.read.values(), key=lambda note: note.began)

    def _note(self, path: Path) -> GroupNote | None:
        if path.name in self.read:
            return self.read[path.name]
        try:
            return msgspec.json.decode(path.read_bytes(), type=GroupNote)
        except FileNotFoundError:
            return None  # another program has forgotten it just now
        except (OSError, msgspec.DecodeError) as error:
            message = f"The note of a group {str(path)!r} cannot be read ({error}). Move it away."
            raise UnreadableFileError(message, str(path)) from error

    def _paths(self) -> list[Path]:
        """The files, the oldest first."""
        found: list[tuple[float, Path]] = []
        for path in self.path.glob("*.json"):
            with suppress(FileNotFoundError):
                found.append((path.stat().st_mtime, path))
        return [path for _, path in sorted(found)]


class GroupNotes(ThreadedPort[Write | Forget | List, list[TaskGroup]]):
    """The notes of a worker. `results` tells where its app keeps them."""

    def __init__(self, worker: str, results: Callable[[], Results]) -> None:
        super().__init__("groups")
        self._worker, self._results = worker, results
        self._folder = _Folder(Path())

    def perform(self, request: Write | Forget | List) -> list[TaskGroup]:
        """Do what is asked. A group that cannot be written down is sent all the same, with a ServiceWarning."""
        path = jobs_folder(None, variable="RACTO_FLEET_DIR", name="fleets")
        if self._folder.path != path:
            self._folder = _Folder(path)
        match request:
            case Write(group):
                try:
                    self._folder.write(self._note(group))
                except OSError as error:
                    message = f"A group could not be written down ({error}): a later session will not find it."
                    warnings.warn(message, ServiceWarning, stacklevel=2)
            case Forget(group_id):
                with suppress(OSError):
                    (path / f"{group_id}.json").unlink(missing_ok=True)
            case List(at):
                place = self._place(self._results())
                mine = [note for note in self._folder.notes() if (note.worker, note.place) == (self._worker, place)]
                return [note.remade() for note in mine if not note.seconds or at - note.began < note.seconds]
        return []

    def _note(self, group: TaskGroup) -> GroupNote:
        results = self._results()
        ids, called = list(group.ids), list(group.custom_ids)
        began = cast("float", group.began)
        return GroupNote(
            group.id, self._worker, self._place(results), group.post.task, began, results.seconds, tasks=ids, custom_ids=called
        )

    def _place(self, results: Results) -> str:
        """Nobody else can read what lies in the memory of this process."""
        return results.place or session_id()


def noted_and_sent(port: FleetPort, notes: GroupNotes, group: TaskGroup) -> Flow[TaskGroup]:
    """Write a group down and send it: what was asked is found later also where the program or the broker went in between."""
    group = group.begun_at((yield from now()).wall)
    yield from send(notes, Write(group))
    try:
        yield from send(port, group.post)
    except PartlySentError:
        raise
    except Exception:
        yield from send(notes, Forget(group.id))
        raise
    return group


def noted_groups(notes: GroupNotes) -> Flow[list[TaskGroup]]:
    """The groups of a worker whose results are still kept."""
    return (yield from send(notes, List((yield from now()).wall)))
