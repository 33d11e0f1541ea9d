"""Pairs of texts that are nearly the same, each measured exactly. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from racto_nb.exceptions import UsageError

THRESHOLD = 0.75
"""From which overlap on two texts are nearly the same, where nothing else is said."""


class Pair(NamedTuple):
    """Two places, the lower one first, and how much of their texts' runs of characters is in both: 1 for the same text."""

    one: int
    other: int
    likeness: float


def runs_of(text: str) -> frozenset[str]:
    """The runs of four characters in a text."""
    from racto_nb.finetune.likeness.minhash import SIZE, padded

    text = padded(text)
    return frozenset([text[start : start + SIZE] for start in range(len(text) - SIZE + 1)])


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """What both have, as a share of what either has. Of two that have nothing it is 1."""
    shared = len(one & other)
    either = len(one) + len(other) - shared
    return shared / either if either else 1.0


def near_pairs(texts: Sequence[str], *, threshold: float = THRESHOLD) -> list[Pair]:
    """Pairs of different texts that overlap by `threshold` or more, sorted. Texts must be distinct; empty ones have no pair.

    Raises UsageError for a threshold outside of 0.3 to 1: below, all texts of one language are alike.
    """
    from racto_nb.finetune.likeness.minhash import candidates, signatures

    checked_threshold(threshold)
    places = [place for place, text in enumerate(texts) if text]
    rows = signatures([texts[place] for place in places])
    kept: dict[int, frozenset[str]] = {}
    pairs: list[Pair] = []
    for low, high in candidates(rows, threshold=threshold):
        one, other = (_kept(kept, texts, places[place]) for place in (low, high))
        if (likeness := jaccard(one, other)) >= threshold:
            pairs.append(Pair(places[low], places[high], likeness))
    return pairs


def checked_threshold(threshold: float) -> None:
    """Raises UsageError where `threshold` is not from 0.3 to 1."""
    if not 0.3 <= threshold <= 1:  # noqa: PLR2004
        msg = f"A threshold of likeness is from 0.3 (a third of the characters' runs) to 1 (the same text), not {threshold!r}."
        raise UsageError(msg)


def _kept(kept: dict[int, frozenset[str]], texts: Sequence[str], place: int) -> frozenset[str]:
    """The runs of a text, made once. They are kept for what is in a pair only, which is little of a whole dataset."""
    if place not in kept:
        kept[place] = runs_of(texts[place])
    return kept[place]
