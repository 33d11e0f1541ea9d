"""An editor of training data: a grid of any size, conversations that are edited turn by turn, checks, leaks, history, files."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

from msgspec.structs import replace

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.finetune.checking.targets import target_named
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.formats.format import USUAL
from racto_nb.notebook.controllers.controller import Controller
from racto_nb.notebook.controllers.dataset.events import (
    HEARD,
    Attach,
    Became,
    Check,
    Compare,
    Export,
    Filed,
    Filter,
    For,
    Go,
    Leaks,
    Look,
    Mend,
    Pair,
    Put,
    Redo,
    Rows,
    Save,
    Seek,
    Undo,
)
from racto_nb.notebook.controllers.dataset.state import Checks, DatasetState, Leaking, Sheet
from racto_nb.notebook.controllers.dataset.update import update
from racto_nb.notebook.controllers.dataset.view import twin, view
from racto_nb.notebook.controllers.reading import dropped
from racto_nb.notebook.display.training import MOST
from racto_nb.notebook.widgets.bridge import Bridge, part
from racto_nb.notebook.widgets.dataset.desk import Desk
from racto_nb.notebook.widgets.dataset.editing import Hand
from racto_nb.notebook.widgets.dataset.journal import Journal
from racto_nb.notebook.widgets.dataset.looking import Looking
from racto_nb.notebook.widgets.dataset.parts import log_of, saving_of
from racto_nb.notebook.widgets.dataset.reaching import reachable
from racto_nb.notebook.widgets.dataset.restoring import restored
from racto_nb.notebook.widgets.scripts import script, style
from racto_nb.prompts.files import RactoFile

if TYPE_CHECKING:
    from racto_nb.finetune.checking.results import Findings
    from racto_nb.finetune.examples import RactoTrainingExample


class DatasetEditor(Bridge[DatasetState]):
    """An editor over a `RactoDataset`, which it changes in place: the variable in your cells sees every edit, and its history.

    `path` is the file that the data is kept in. It is written when you save, in the form of `provider`, and over a file that is
    there only when you say so. Until then each edit is in a file beside it (`.NAME.edits`), from which edits are made again when
    a kernel has died; one editor at a time has it. One that is made for the same file in the same kernel, as by a cell that runs
    again, takes over: the one before is closed. `provider` says whose rules are asked. `validation` is the data that the model
    will be measured with. `who` signs the edits.

    Raises WrongTypeError for what is no RactoDataset, UsageError for a provider that nobody knows, and for a `path` that an
    editor in another kernel has.

    >>> from racto_nb.finetune import RactoDataset
    >>> editor = DatasetEditor(RactoDataset.from_pairs([("What is a list?", "A sequence.")]))
    >>> editor.select(0)
    >>> editor.write(1, "An ordered sequence.")
    >>> editor.data[0].messages[1].content, editor.data.history[-1].why
    ('An ordered sequence.', 'rewrite turn 1')
    >>> editor.close()
    """

    _esm = script("dataset")
    _css = style("dataset")
    controller: ClassVar[Controller[DatasetState]] = Controller(HEARD, update, view, twin)
    _of_file: ClassVar[WeakValueDictionary[Path, DatasetEditor]] = WeakValueDictionary()

    sheet = part()
    opened = part()
    pictures = part(keyed=True)
    checks = part()
    lengths = part()
    leaking = part()
    edits = part()
    saving = part()

    def __init__(
        self,
        data: RactoDataset,
        *,
        path: str | Path | None = None,
        provider: str = USUAL,
        validation: RactoDataset | Sequence[RactoTrainingExample] | None = None,
        who: str = "",
        title: str = "Dataset",
    ) -> None:
        if not isinstance(data, RactoDataset):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise WrongTypeError(f"An editor edits a RactoDataset, not a {type(data).__name__}.")
        place = None if path is None else expanded(path)
        desk = Desk(data, target_named(provider).name, None if place is None else Journal(place))
        against = None if validation is None else RactoDataset(validation)
        base = data.examples
        if place is not None and (other := self._of_file.get(place.resolve())) is not None:
            other.give_way()
        notice = "" if place is None else restored(desk, place.name)
        self._hand = Hand(self, desk, place, base)
        self._looking = Looking(self, desk, against, self._hand.make)
        self._hand.edited = self._looking.measure
        sheet = Sheet(len(data), len(data))
        super().__init__(
            DatasetState(
                sheet,
                Checks(desk.provider),
                leaking=Leaking(None if against is None else len(against)),
                log=log_of(desk),
                saving=saving_of(desk, place, notice=notice),
                who=who,
                title=title,
                first=base[:MOST],
            )
        )
        if place is not None:
            self._of_file[place.resolve()] = self
        self._looking.measure(at_once=True)

    @property
    def data(self) -> RactoDataset:
        """The dataset, with all edits."""
        return self._hand.desk.data

    @property
    def selected(self) -> RactoTrainingExample | None:
        """The example that is open, None for none."""
        return None if self._state.opened is None else self._state.opened.example

    @property
    def place(self) -> int | None:
        """The place of the open example in the dataset, from 0; None for none."""
        return None if self._state.opened is None else self._state.opened.place

    @property
    def findings(self) -> Findings:
        """What the last check found, and what is found in examples that were edited since."""
        return self._hand.desk.findings()

    @property
    def shown(self) -> RactoDataset:
        """The examples that fit the search and the filter, as another dataset."""
        desk = self._hand.desk
        return RactoDataset(desk.data[desk.place(row)] for row in range(desk.shown))

    @property
    def unsaved(self) -> int:
        """How many edits are not in the file of the data."""
        return self._state.saving.unsaved

    def select(self, place: int) -> None:
        """Open the example at `place`. UsageError where there is none."""
        self.tell(Go(place))

    def write(self, turn: int, text: str) -> None:
        """Let a turn of the open example say `text`. UsageError without an open example or such a turn."""
        self._hand.write(turn, text)

    def undo(self) -> None:
        """Take the last edit that was made here back. UsageError where there is none."""
        self.tell(Undo())

    def redo(self) -> None:
        """Do again what was taken back last. UsageError where there is nothing."""
        self.tell(Redo())

    def search(self, text: str = "", where: str = "") -> None:
        """Show the examples with `text`, for which `where`, a condition of SQL, holds too. It is waited for.

        UsageError for what is no condition, naming the columns.
        """
        self._looking.narrow(text, where)

    def check(self, *, deep: bool = False) -> Findings:
        """Check all examples, `deep` also for what is alike, personal and out of balance. It is waited for."""
        return self._looking.check(deep=deep)

    def leaks(self) -> None:
        """Look for validation examples in the training data. It is waited for. UsageError without validation data."""
        self._looking.leaks()

    def save(self, *, overwrite: bool = False) -> Path:
        """Write the data into its file, and forget the file of edits. It is waited for.

        DatasetFileExistsError where the file is there, unless `overwrite` is set; UsageError without a path.
        """
        return self._hand.save(overwrite=overwrite)

    def refresh(self) -> None:
        """Show what was done to the dataset in cells. A page that is used sees it by itself."""
        if self._hand.desk.strayed():
            self._hand.strayed()
            self._looking.measure(at_once=True)

    def close(self) -> None:
        """Take the editor off all pages, and let another one have the file. Edits stay in the dataset and the file of edits."""
        super().close()
        journal = self._hand.desk.journal if "_hand" in vars(self) else None
        if journal is not None:
            journal.close()

    def give_way(self) -> None:
        """Close, and say that another editor has the file from now on. One that is closed already says nothing."""
        with self._turn:
            if not self.closed:
                notice = f"Another editor has taken {self._hand.path.name!r} over. This one is closed." if self._hand.path else ""
                self.became(saving=saving_of(self._hand.desk, self._hand.path, notice=notice))
        self.close()

    def tell(self, event: object) -> None:
        """Take an event, after a look whether the dataset was changed in a cell meanwhile."""
        with self._turn:
            if not isinstance(event, Became):
                self.refresh()
            super().tell(event)

    def _perform(self, wish: object) -> None:
        match wish:
            case Rows():
                self._looking.send_rows(wish.first, wish.last)
            case Look() | Put() | Undo() | Redo() | Save() | Export() | Compare() | For():
                self._hand.do(wish)
            case Mend():
                self._looking.mend(wish, self._state.opened)
            case Seek() | Filter() | Check() | Leaks() | Pair():
                self._looking.do(wish)
            case _:
                super()._perform(wish)

    def _hear(self, event: object, buffers: object) -> None:
        if isinstance(event, Attach):
            files = dropped(buffers, len(event.names))
            if len(files) != len(event.types):
                raise UsageError("Each file has a name and a type. Nothing was attached.")
            event = Filed(event.key, event.turn, tuple(map(RactoFile.from_bytes, files, event.types, event.names)))
        if isinstance(event, Export):
            event = replace(event, path=str(reachable(event.path, self._hand.path)))
        self.tell(event)

    @property
    def now(self) -> DatasetState:
        """What the controller holds."""
        return self._state

    def alone(self) -> AbstractContextManager[object]:
        """Nothing else happens to the widget within this block."""
        return self._turn

    def begin(self, key: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` on the widget's loop, in place of what ran under `key`."""
        self._begin(key, work)

    def became(self, **parts: object) -> None:
        """Show other parts of the state."""
        if "log" in parts:
            parts["first"] = tuple(self.data[at] for at in range(min(MOST, len(self.data))))
        self.tell(Became(parts))
