"""One ranking out of several, and one without repetitions. Pure.

Reciprocal rank fusion is that of Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank
Learning Methods", SIGIR 2009: a hit gets 1 / (k + rank) from each ranking that has it, and k = 60. It looks at ranks alone, so
that a cosine and a sum of BM25 need no common scale. Maximal marginal relevance is that of Carbonell and Goldstein, "The Use of
MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries", SIGIR 1998.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

from racto_nb.exceptions import UsageError

K = TypeVar("K", bound=Hashable)
RRF_K = 60
"""The constant of the formula: the larger, the less the first ranks count more than the next."""


def fused(rankings: Sequence[Sequence[K]], *, k: int = RRF_K, weights: Sequence[float] | None = None) -> list[tuple[K, float]]:
    """What stands in any of `rankings` (best first) with its sum of weight / (k + rank), the largest sum first.

    `weights` are numbers of 0 or more, one for each ranking (default: 1 each). Of equal sums the one comes first that an earlier
    ranking names first. Raises UsageError for weights that do not fit.

    >>> [(name, round(score, 4)) for name, score in fused([["a", "b"], ["b", "c"]])]
    [('b', 0.0325), ('a', 0.0164), ('c', 0.0161)]
    """
    shares = _weights(weights, len(rankings))
    sums: dict[K, float] = {}
    for ranking, weight in zip(rankings, shares, strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), start=1):
            sums[name] = sums.get(name, 0.0) + weight / (k + rank)
    return sorted(sums.items(), key=lambda pair: -pair[1])


def diversified(
    relevance: Sequence[float], vectors: Sequence[Sequence[float]], top_k: int, *, balance: float
) -> list[tuple[int, float]]:
    """The places of `top_k` hits that are relevant and unlike each other, each with its value when it was chosen.

    The next one is always that with the largest balance * relevance - (1 - balance) * cosine to the most similar one that was
    chosen before. A `balance` of 1 orders by relevance alone, 0 looks at differences alone. `vectors` are rows of length one, in
    the order of `relevance`; of equal values the earlier one is taken.

    >>> [place for place, _ in diversified([0.9, 0.89, 0.5], [[1, 0], [1, 0], [0, 1]], 2, balance=0.5)]
    [0, 2]
    """
    import numpy as np

    wanted = balance * np.asarray(relevance, dtype=np.float64)
    rows = np.asarray(vectors, dtype=np.float64)
    likeness, left = np.zeros(len(wanted)), np.ones(len(wanted), dtype=bool)
    chosen: list[tuple[int, float]] = []
    for _ in range(min(top_k, len(wanted))):
        value = np.where(left, wanted - (1 - balance) * likeness, -np.inf)
        best = int(value.argmax())
        known = np.einsum("ij,j->i", rows, rows[best])
        likeness = np.maximum(likeness, known) if chosen else known
        left[best] = False
        chosen.append((best, float(value[best])))
    return chosen


def scaled(scores: Sequence[float]) -> list[float]:
    """`scores` between 0 (the least of them) and 1 (the most), so that they can be weighed against a cosine.

    >>> scaled([2, 6, 4]), scaled([3, 3])
    ([0.0, 1.0, 0.5], [1.0, 1.0])
    """
    least, most = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - least) / (most - least) if most > least else 1.0 for score in scores]


def _weights(weights: Sequence[float] | None, count: int) -> Sequence[float]:
    given = [1.0] * count if weights is None else weights
    if len(given) != count or not all(0 <= weight < float("inf") for weight in given):
        msg = f"weights are {count} numbers of 0 or more, one for each ranking, not {weights!r:.80}."
        raise UsageError(msg)
    return given
