"""Pairs of texts that are nearly the same, each measured exactly. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from racto_nb.exceptions import UsageError

THRESHOLD = 0.75
"""From which overlap on two texts are nearly the same, where nothing else is said. Of fifty such pairs of banking77, read one by
one, 46 ask the same; of twenty-five between 0.65 and 0.7, about three of four."""

_LOWEST = 0.3
NEIGHBOURS = 64
"""Of more texts than these that are like each other each is compared with so many, so that n texts are no n² of pairs."""


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


class Runs:
    """The overlap of texts, whose runs are made once for each text."""

    def __init__(self) -> None:
        self._runs: dict[str, frozenset[str]] = {}

    def overlap(self, one: str, other: str) -> float:
        """How much two texts overlap: 1 for the same one."""
        return 1.0 if one == other else jaccard(self._of(one), self._of(other))

    def _of(self, text: str) -> frozenset[str]:
        found = self._runs.get(text)
        if found is None:
            found = self._runs[text] = runs_of(text)
        return found


def near_pairs(texts: Sequence[str], *, threshold: float = THRESHOLD, settings: Sequence[Hashable] | None = None) -> list[Pair]:
    """Pairs of texts that overlap by `threshold` or more, each measured exactly. Empty texts are in none.

    With `settings` (one for each text) only texts of the same setting are in a pair.

    Found are 98 of 100 pairs at the threshold itself and more of those above it; the same texts always give the same pairs, in
    whatever order they come. Where very many texts are like each other, each is compared with 64 of them. Raises UsageError for a
    threshold outside of 0.3 to 1: below, all texts of one language are alike.
    """
    from racto_nb.finetune.likeness.minhash import candidates, signatures

    checked_threshold(threshold)
    places = _placed(texts, settings or [None] * len(texts))
    distinct = list(places)
    pairs = [
        Pair(one, other, 1.0)
        for by_setting in places.values()
        for same in by_setting.values()
        for place, one in enumerate(same)
        for other in same[place + 1 : place + 1 + NEIGHBOURS]
    ]
    runs = Runs()  # of what is in a pair only, which is little of a whole dataset
    for low, high in candidates(signatures(distinct), threshold=threshold):
        these, those = places[distinct[low]], places[distinct[high]]
        shared = these.keys() & those.keys()
        if shared and (likeness := runs.overlap(distinct[low], distinct[high])) >= threshold:
            pairs += [
                Pair(one, other, likeness)
                for setting in shared
                for one in these[setting][:NEIGHBOURS]
                for other in those[setting][:NEIGHBOURS]
            ]
    return pairs


def _placed(texts: Sequence[str], settings: Sequence[Hashable]) -> dict[str, dict[Hashable, list[int]]]:
    """Where each text is that is not empty, by its setting."""
    places: dict[str, dict[Hashable, list[int]]] = {}
    for place, (text, setting) in enumerate(zip(texts, settings, strict=True)):
        if text:
            places.setdefault(text, {}).setdefault(setting, []).append(place)
    return places


def checked_threshold(threshold: float) -> None:
    """Raises UsageError where `threshold` is not from 0.3 to 1."""
    if not _LOWEST <= threshold <= 1:
        msg = f"A threshold of likeness is from 0.3 (a third of the characters' runs) to 1 (the same text), not {threshold!r}."
        raise UsageError(msg)
