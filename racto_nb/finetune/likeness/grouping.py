"""Which examples must stay on one side of a split, because what one teaches gives another one away. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.compared import compared
from racto_nb.finetune.likeness.joining import Joined
from racto_nb.finetune.likeness.nearness import near_asked
from racto_nb.finetune.likeness.ngrams import joined_by_rows, without_template
from racto_nb.finetune.likeness.pairing import THRESHOLD


def leak_groups(
    examples: Sequence[RactoTrainingExample], *, near: bool = True, threshold: float = THRESHOLD, n: int = 13
) -> list[int]:
    """The number of each example's group: examples of one group must not be parted by a split.

    Together are examples whose user asks the same (normal form, same files) and, with `near`, nearly the same (`threshold`, see
    `near_duplicates`) or with `n` words in a row that are the same. Words of a template around many questions do not count.
    `leaks` finds nothing between two sides that keep these groups whole. Numbers go from 0, in the order in which the groups
    begin; they are a group column for any tool that splits by groups. UsageError for a threshold outside of 0.3 to 1.

    >>> ask = RactoTrainingExample.from_pair
    >>> leak_groups([ask("Where is my card?", "a"), ask("How are you?", "b"), ask("where is my card", "c")])
    [0, 1, 0]
    """
    seen = compared(examples)
    joined = Joined(len(seen))
    first: dict[tuple[str, bytes], int] = {}
    for place, example in enumerate(seen):
        joined.join(place, first.setdefault(example.asked, place))
    if near:
        for pair in near_asked(seen, threshold):
            joined.join(pair.one, pair.other)
        for one, other in joined_by_rows(without_template([one.words for one in seen]), n):
            joined.join(one, other)
    return joined.numbers()
