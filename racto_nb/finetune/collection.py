"""Examples in their order, as a dataset holds them. Kind: plain; the examples themselves cannot be changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Self, cast, overload

from racto_nb.exceptions import WrongTypeError
from racto_nb.finetune.examples import RactoTrainingExample


class Collection:
    """What all parts of a dataset stand on: its examples, and how another dataset is made of some of them."""

    def __init__(self, examples: Iterable[RactoTrainingExample] | None = None) -> None:
        self._examples: list[RactoTrainingExample] = [_checked(example) for example in examples or ()]

    @property
    def examples(self) -> tuple[RactoTrainingExample, ...]:
        """All examples, in their order."""
        return tuple(self._examples)

    def _with(self, examples: Iterable[RactoTrainingExample], done: str) -> Self:  # noqa: ARG002  (a dataset with a history writes it down)
        """Another dataset of these examples. `done` says in words what was done."""
        return type(self)(examples)

    def __len__(self) -> int:
        return len(self._examples)

    def __iter__(self) -> Iterator[RactoTrainingExample]:
        return iter(self._examples)

    @overload
    def __getitem__(self, idx: int) -> RactoTrainingExample: ...
    @overload
    def __getitem__(self, idx: slice) -> Self: ...
    def __getitem__(self, idx: int | slice) -> RactoTrainingExample | Self:
        if isinstance(idx, slice):
            return self._with(self._examples[idx], f"examples {idx.start}:{idx.stop}:{idx.step}")
        return self._examples[idx]

    def __copy__(self) -> Self:
        """A dataset of the same examples, to which others can be added: `copy.copy(data)`."""
        made = type(self).__new__(type(self))
        own = {
            name: list(cast("list[object]", value)) if isinstance(value, list) else value for name, value in vars(self).items()
        }
        vars(made).update(own)
        return made

    def __repr__(self) -> str:
        messages = sum(len(example.messages) for example in self._examples)
        counts = [
            f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in ((len(self), "example"), (messages, "message"))
        ]
        return f"<{type(self).__name__} of {', '.join(counts)}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Collection) and self._examples == other._examples

    __hash__ = None  # pyright: ignore[reportAssignmentType]  (a dataset can be added to)


def _checked(example: object) -> RactoTrainingExample:
    if isinstance(example, RactoTrainingExample):
        return example
    msg = (
        f"A dataset holds RactoTrainingExample, not {type(example).__name__}. Make one with "
        "RactoTrainingExample.from_pair(...) or RactoDataset.from_pairs([(question, answer), ...])."
    )
    raise WrongTypeError(msg)


def checked_all(examples: Sequence[RactoTrainingExample]) -> list[RactoTrainingExample]:
    """`examples` as a list. Raises WrongTypeError, before anything is added, where one is something else."""
    return [_checked(example) for example in examples]
