"""Edits by hand: an example is opened, changed, taken back, saved. What takes time runs on the widget's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from racto_nb.exceptions import UsageError
from racto_nb.finetune.checking.targets import target_named
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.notebook.controllers.dataset.events import Compare, Export, For, Look, Put, Redo, Save, Undo, Write
from racto_nb.notebook.controllers.dataset.state import Checks, DatasetState, Leaking
from racto_nb.notebook.widgets.dataset.desk import Desk
from racto_nb.notebook.widgets.dataset.journal import Change, Group
from racto_nb.notebook.widgets.dataset.parts import log_of, opened_of, saving_of, sheet_of
from racto_nb.notebook.widgets.dataset.rows import window


class Editor(Protocol):
    """The widget, as those who work for it see it."""

    @property
    def now(self) -> DatasetState:
        """What it holds."""
        ...

    def refresh(self) -> None:
        """See what was done to the dataset in cells."""
        ...

    def alone(self) -> AbstractContextManager[object]:
        """Nothing else happens meanwhile."""
        ...

    def tell(self, event: object) -> None:
        """Something has happened."""
        ...

    def became(self, **parts: object) -> None:
        """Show other parts of the state."""
        ...

    def post(self, message: Mapping[str, Any]) -> None:
        """Send the pages a message."""
        ...

    def begin(self, key: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` on the widget's loop, in place of what ran under `key`."""
        ...


@dataclass(slots=True)
class Hand:
    """`base` are the examples as they were opened or saved last, `path` the file of the data."""

    editor: Editor
    desk: Desk
    path: Path | None
    base: Sequence[RactoTrainingExample]
    edited: Callable[[], None] = lambda: None
    keys: int = 0
    saving: bool = False

    def do(self, wish: Look | Put | Undo | Redo | Save | Export | Compare | For) -> None:
        """Do what the controller wishes."""
        match wish:
            case Look():
                self._look(self.desk.place(wish.row) if wish.place is None else wish.place)
            case Put():
                self._put(wish)
            case Undo():
                self._again(self.desk.undo)
            case Redo():
                self._again(self.desk.redo)
            case For():
                self._check_for(wish.value)
            case Save() | Export() | Compare():
                self._begin(wish)

    def _begin(self, wish: Save | Export | Compare) -> None:
        match wish:
            case Save():
                self._refuse_second()
                self.editor.begin("save", lambda: self._save(overwrite=wish.overwrite))
            case Export():
                self.editor.begin("export", lambda: self._export(wish))
            case Compare():
                self.editor.begin("compare", self._compare)

    def write(self, turn: int, text: str) -> None:
        """Let a turn of the open example say `text`."""
        held = self.editor.now.opened
        if held is None:
            raise UsageError("No example is open. Open one first: editor.select(0).")
        self.editor.tell(Write(held.key, turn, text))

    def make(self, group: Group) -> None:
        """Make an edit of many examples."""
        try:
            self.desk.put(group)
        finally:
            self.desk.fresh += 1
            self._show(group.changes[-1].place)

    def strayed(self) -> None:
        """The dataset was changed in a cell: what is shown begins anew, and nothing is open."""
        now = self.editor.now
        sheet = replace(sheet_of(self.desk, now.sheet, told="The dataset was changed in a cell."), seek="", where="")
        self.editor.became(
            sheet=sheet,
            opened=None,
            log=log_of(self.desk),
            checks=Checks(self.desk.provider),
            leaking=Leaking(now.leaking.validation),
            saving=saving_of(self.desk, self.path, notice=now.saving.notice),
        )

    def save(self, *, overwrite: bool) -> Path:
        """Write the data into its file."""
        if self.path is None:
            raise UsageError("It is not known where to save: DatasetEditor(data, path=FILE), or editor.data.export_jsonl(FILE).")
        with self.editor.alone():
            self._refuse_second()
            self.editor.refresh()
            self.saving = True
            examples, mark, form = self.desk.data.examples, self.desk.mark(), self.desk.provider
        try:
            RactoDataset(examples).export_jsonl(self.path, form, overwrite=overwrite)
            with self.editor.alone():
                self.base = examples
                self.desk.saved(mark)
                done = f"{len(examples):,} examples were written to {str(self.path)!r}, in the form {form}."
                self.editor.became(saving=saving_of(self.desk, self.path, done=done))
        finally:
            self.saving = False
        return self.path

    def _refuse_second(self) -> None:
        if self.desk.journal is not None and self.desk.journal.closed:
            raise UsageError(
                "This editor was closed: another one may have the file. data.export_jsonl(FILE) writes it all the same."
            )
        if self.saving:
            raise UsageError("The data is being saved at this moment. Save again when that has ended.")

    async def _save(self, *, overwrite: bool) -> None:
        await asyncio.to_thread(self.save, overwrite=overwrite)

    async def _export(self, wish: Export) -> None:
        data = RactoDataset(self.desk.data.examples)
        path = await data.aexport_jsonl(wish.path, wish.form, overwrite=wish.overwrite)
        done = f"{len(data):,} examples were written to {str(path)!r}, in the form {wish.form}."
        self.editor.became(saving=saving_of(self.desk, self.path, notice=self.editor.now.saving.notice, done=done))

    async def _compare(self) -> None:
        before, after = RactoDataset(self.base), RactoDataset(self.desk.data.examples)
        diff = await asyncio.to_thread(lambda: repr(before.diff(after)))
        self.editor.became(log=log_of(self.desk, diff=diff))

    def _look(self, place: int) -> None:
        self.desk.check(place)
        self.editor.became(opened=opened_of(self.desk, place, self._key()))
        self._send(place)

    def _put(self, wish: Put) -> None:
        place = len(self.desk.data) if wish.place is None else wish.place
        before = tuple(self.desk.data[place + at] for at in range(wish.covers))
        now = self.editor.now
        try:
            self.desk.put(Group(wish.what, (Change(place, before, wish.examples),), now.who, now.why))
        finally:  # an edit that could not be kept in the file of edits is made all the same
            self._show(place, same=len(before) == len(wish.examples))

    def _again(self, work: Callable[[], Group]) -> None:
        changes: Sequence[Change] = ()
        try:
            changes = work().changes
        finally:
            self.desk.fresh += len(changes) > 1
            held = self.editor.now.opened
            self._show(changes[0].place if changes else 0 if held is None else held.place)

    def _show(self, place: int, *, same: bool = False) -> None:
        """Show what an edit at `place` has made. `same`: it is the example that is open, and fields in use stay as they are."""
        now, desk = self.editor.now, self.desk
        place = min(place, len(desk.data) - 1)
        opened = None
        if place >= 0:
            desk.check(place)
            opened = opened_of(desk, place, now.opened.key if same and now.opened is not None else self._key())
        parts: dict[str, object] = {"opened": opened, "log": log_of(desk)}
        if (now.sheet.shape, now.sheet.fresh) != (desk.shape, desk.fresh):
            parts["sheet"] = sheet_of(desk, now.sheet)
        if now.leaking.state == "done" or now.leaking.leaks is not desk.leaks:
            both = now.leaking.both if now.leaking.leaks is desk.leaks else None
            state = "edited" if now.leaking.state == "done" else now.leaking.state
            parts["leaking"] = replace(now.leaking, state=state, leaks=desk.leaks, both=both)
        if now.checks.state == "done":
            parts["checks"] = replace(now.checks, state="edited")
        parts["saving"] = saving_of(desk, self.path, notice=now.saving.notice)
        self.editor.became(**parts)
        self._send(place)
        self.edited()

    def _send(self, place: int) -> None:
        """Send the row of the example at `place`, where it is shown."""
        row = self.desk.row(place) if place >= 0 else -1
        if row >= 0:
            self.editor.post(window(self.desk, row, row + 1))

    def _check_for(self, provider: str) -> None:
        self.desk.provider = target_named(provider).name
        self.desk.found.clear()
        self.desk.general = ()
        self.desk.fresh += 1
        held = self.editor.now.opened
        parts: dict[str, object] = {"sheet": sheet_of(self.desk, self.editor.now.sheet)}
        if held is not None:
            self.desk.check(held.place)
            parts["opened"] = opened_of(self.desk, held.place, held.key)
        self.editor.became(**parts)

    def _key(self) -> str:
        self.keys += 1
        return f"e{self.keys}"
