"""The dataset that users hold: examples, and everything that can be done with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from racto_nb.finetune.checking.checkable import Checkable
from racto_nb.finetune.collection import Collection
from racto_nb.finetune.making.part import Makeable
from racto_nb.finetune.measuring import Measurable
from racto_nb.finetune.privacy.part import Redactable
from racto_nb.finetune.readable import Readable
from racto_nb.finetune.shaping import Shapeable
from racto_nb.finetune.value_kinds import pair_of
from racto_nb.finetune.writable import Writable

__all__ = ["RactoDataset"]


class RactoDataset(Readable, Writable, Checkable, Redactable, Makeable, Shapeable, Measurable, Collection):
    """Training examples in their order.

    `add`, `extend`, `insert`, `replace`, `remove` and `undo` change a dataset; everything else makes another one and leaves it as
    it is. The examples are values that cannot be changed, so that datasets share them at no cost.

    >>> data = RactoDataset.from_pairs([("What is a list?", "An ordered sequence.")], system="Be brief.")
    >>> len(data), data[0].messages[0].content
    (1, 'Be brief.')
    """

    @classmethod
    def from_pairs(cls, pairs: Sequence[tuple[str, str]], *, system: str = "") -> Self:
        """A dataset of questions and answers, each after the same `system` text where there is one.

        WrongTypeError, with the place of the pair, for what is no text, such as the nan of an empty cell in a table.
        """
        return cls(pair_of(place, pair, system) for place, pair in enumerate(pairs))
