"""The part of a dataset that changes it in place, and remembers what was done. Kind: plain."""

from __future__ import annotations

import operator
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Self

from racto_nb.exceptions import UsageError
from racto_nb.finetune.collection import Collection, checked_all
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.history import SIGNATURE, Edit, History, Signature, Step, derived_steps, signed, taken_back


class Editable(Collection):
    """Examples that can be added, replaced and removed, with a history that can be undone."""

    def __init__(self, examples: Iterable[RactoTrainingExample] | None = None) -> None:
        super().__init__(examples)
        self._steps: list[Step] = []

    def add(self, example: RactoTrainingExample) -> None:
        """Put one example at the end. Raises WrongTypeError for anything else."""
        self._put(len(self), 0, checked_all([example]), "add")

    def extend(self, examples: Sequence[RactoTrainingExample]) -> None:
        """Put examples at the end: all of them or, where one is something else (WrongTypeError), none."""
        self._put(len(self), 0, checked_all(examples), "extend")

    def insert(self, index: int, example: RactoTrainingExample) -> None:
        """Put `example` before the one at `index`, from 0; the length puts it at the end. UsageError where there is none.

        >>> from racto_nb.finetune import RactoDataset, RactoTrainingExample
        >>> data = RactoDataset.from_pairs([("a", "b")])
        >>> data.insert(0, RactoTrainingExample.from_pair("c", "d"))
        >>> [example.messages[0].content for example in data]
        ['c', 'a']
        """
        place = operator.index(index)
        self._put(place if place == len(self) else self._place(place), 0, checked_all([example]), "insert")

    def replace(self, index: int, example: RactoTrainingExample) -> None:
        """Put `example` in place of the one at `index`, from 0; -1 is the last. UsageError where there is none."""
        self._put(self._place(index), 1, checked_all([example]), "replace")

    def remove(self, index: int) -> None:
        """Take the example at `index` out, from 0; -1 is the last. UsageError where there is none."""
        self._put(self._place(index), 1, [], "remove")

    @contextmanager
    def edit(self, *, who: str = "", why: str = "") -> Generator[Self]:
        """Sign what is done within the block: its edits, of any dataset, are by `who` and because of `why`.

        It holds in this thread or task. Outside of such a block nobody is named: no login is read to make up a name.

        >>> from racto_nb.finetune import RactoDataset
        >>> data = RactoDataset.from_pairs([("What is a list?", "A sequence.")])
        >>> with data.edit(who="Ann", why="the answer was wrong"):
        ...     data.remove(0)
        >>> data.history[-1].who, data.history[-1].what, data.history[-1].removed
        ('Ann', 'remove', 1)
        """
        with SIGNATURE.block(Signature(who, why)):
            yield self

    @property
    def history(self) -> History:
        """What was done to this dataset and to those that it was made of, the oldest first. Reading a file is not an edit."""
        return History(step.edit for step in self._steps)

    def history_to_jsonl(self) -> str:
        """The history as JSON, an edit a line, to be kept beside the data."""
        return self.history.to_jsonl()

    def undo(self) -> Edit:
        """Take the last edit of the history back, in place, and return it. UsageError where there is none.

        A dataset that was made of another one (by `filter`, `split`, ...) becomes what the other one was at that moment. What a
        change of all examples needs for that is kept for the last 16 of them; older edits stay in the history, for reading.

        >>> from racto_nb.finetune import RactoDataset
        >>> data = RactoDataset.from_pairs([("a", "b"), ("c", "d")])
        >>> data.remove(0)
        >>> data.undo().what, len(data), len(data.history)
        ('remove', 2, 0)
        """
        return taken_back(self._examples, self._steps)

    def _with(self, examples: Iterable[RactoTrainingExample], done: str) -> Self:
        made = super()._with(examples, done)
        after = made._examples  # noqa: SLF001  (of the same class, as the next line)
        made._steps = derived_steps(self._steps, self._examples, after, done)  # noqa: SLF001  (another of this class)
        return made

    def _put(self, place: int, covers: int, examples: list[RactoTrainingExample], what: str) -> None:
        """Put `examples` in place of the `covers` ones from `place` on, and write it down."""
        if not examples and not covers:
            return
        before = tuple(self._examples[place : place + covers])
        self._examples[place : place + covers] = examples
        self._steps.append(Step(signed(what, added=len(examples), removed=covers), place, len(examples), before))

    def _place(self, index: int) -> int:
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            msg = f"There is no example {place}: the dataset has {len(self):,}, counted from 0."
            raise UsageError(msg)
        return place % len(self)
