"""How good a ranking is, and how well what was found covers what was looked for. Pure.

`reached` says for each hit, best first, which of the `items` that answer the question it reaches, by their numbers from 0:
`[{0}, set(), {0, 1}]` are three hits, of which the first reaches item 0, the second nothing, and the third both.

A `Place` is a stretch of a text: (name of the text, start, end), the end not counted. They are measured in characters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

Reached = Sequence[AbstractSet[int]]
Place = tuple[str, int, int]


def recall_at_k(reached: Reached, items: int, k: int) -> float:
    """The share of the items that one of the first `k` hits reaches.

    >>> recall_at_k([{0}, set(), {0, 1}], items=4, k=5)
    0.5
    """
    return len(set[int]().union(*reached[:k])) / items


def precision_at_k(reached: Reached, k: int) -> float:
    """The share of the first `k` hits that reach an item. Where there are fewer hits, of those; of none it is 0.

    >>> precision_at_k([{0}, set(), {0, 1}, set()], k=4)
    0.5
    """
    first = reached[:k]
    return sum(map(bool, first)) / len(first) if first else 0.0


def reciprocal_rank(reached: Reached, k: int) -> float:
    """1 divided by the rank of the first hit that reaches an item; 0 where none of the first `k` does. Its mean is the MRR.

    >>> reciprocal_rank([set(), {1}], k=5)
    0.5
    """
    return next((1 / rank for rank, one in enumerate(reached[:k], 1) if one), 0.0)


def ndcg_at_k(reached: Reached, items: int, k: int) -> float:
    """The discounted gain of the first `k` hits, divided by the gain of the best order: one new item at each rank.

    A hit gains 1 for each item that none before it reached, divided by log2(rank + 1) (Järvelin and Kekäläinen, "Cumulated
    gain-based evaluation of IR techniques", 2002, with the discount that is usual today). At most 1, also where a hit reaches
    several items at once.

    >>> ndcg_at_k([set(), {0}], items=1, k=5) == 1 / math.log2(3)
    True
    """
    seen: set[int] = set()
    gain = 0.0
    for rank, one in enumerate(reached[:k], 1):
        gain += len(one - seen) / math.log2(rank + 1)
        seen |= one
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(items, k) + 1))
    return min(gain / best, 1.0)


def coverage(found: Iterable[Place], wanted: Iterable[Place]) -> float:
    """The share of what is wanted that was found: token-level recall, in characters.

    >>> coverage([("a", 0, 10)], [("a", 5, 15)])
    0.5
    """
    target = joined(wanted)
    return _shared(joined(found), target) / _length(target)


def density(found: Iterable[Place], wanted: Iterable[Place]) -> float:
    """The share of what was found that is wanted: token-level precision, in characters. What overlaps counts each time.

    >>> density([("a", 0, 10)], [("a", 5, 15)])
    0.5
    """
    places = list(found)
    total = _length(places)
    return _shared(joined(places), joined(wanted)) / total if total else 0.0


def overlap_of_places(found: Iterable[Place], wanted: Iterable[Place]) -> float:
    """Intersection over union of what was found and what is wanted: token-level IoU, in characters.

    As in Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (Chroma, 2024): what is wanted counts once in the
    intersection, while what was found counts each time, so that chunks that repeat each other lose.

    >>> overlap_of_places([("a", 0, 10)], [("a", 5, 15)]) == 5 / 15
    True
    """
    places, target = list(found), joined(wanted)
    shared = _shared(joined(places), target)
    return shared / (_length(places) + _length(target) - shared)


def joined(places: Iterable[Place]) -> list[Place]:
    """`places` in order, with those that touch each other put together."""
    found: list[Place] = []
    for name, start, end in sorted(place for place in places if place[2] > place[1]):
        if found and found[-1][0] == name and start <= found[-1][2]:
            found[-1] = (name, found[-1][1], max(end, found[-1][2]))
        else:
            found.append((name, start, end))
    return found


def _length(places: Iterable[Place]) -> int:
    return sum(end - start for _, start, end in places)


def _shared(one: Sequence[Place], other: Sequence[Place]) -> int:
    """How many characters are in both, of places that are joined."""
    return sum(
        max(min(end, last) - max(start, first), 0)
        for name, start, end in one
        for its_name, first, last in other
        if name == its_name
    )
