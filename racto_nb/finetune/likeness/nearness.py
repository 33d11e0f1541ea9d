"""Which examples ask, or tell, nearly the same. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

from racto_nb.finetune.likeness.compared import Compared
from racto_nb.finetune.likeness.ngrams import without_template
from racto_nb.finetune.likeness.pairing import Pair, jaccard, near_pairs, runs_of

_SHORT = 5
"""Answers of fewer words (labels, numbers, yes and no) are the same or they differ."""


def near_asked(seen: Sequence[Compared], threshold: float) -> list[Pair]:
    """Pairs of examples whose users ask nearly the same and have the same files, sorted.

    Both all words and those that are of no template must overlap by `threshold`; the likeness is the lower one. Of examples that
    ask the very same only the first is in a pair. Without words of a user there is no pair.
    """
    places = _firsts(seen, lambda one: one.asked)
    return sorted(
        Pair(one, other, likeness)
        for one, other, likeness in _near(seen, places, threshold)
        if seen[one].files == seen[other].files
    )


def near_told(seen: Sequence[Compared], threshold: float) -> list[Pair]:
    """Pairs of examples whose users ask nearly the same and that answer nearly the same, in the same setting, sorted."""
    places = _firsts(seen, lambda one: (one.user, one.setting, one.beside, one.answer))
    return sorted(
        Pair(one, other, lower)
        for one, other, likeness in _near(seen, places, threshold)
        if (seen[one].setting, seen[one].beside) == (seen[other].setting, seen[other].beside)
        and (lower := min(likeness, _answers(seen[one].answer, seen[other].answer))) >= threshold
    )


def _firsts(seen: Sequence[Compared], key: Callable[[Compared], Hashable]) -> list[int]:
    first: dict[Hashable, int] = {}
    for place, example in enumerate(seen):
        if any(example.said):
            first.setdefault(key(example), place)
    return list(first.values())


def _near(seen: Sequence[Compared], places: Sequence[int], threshold: float) -> Iterator[Pair]:
    kept = without_template([seen[place].words for place in places])
    own = [" ".join(word for message in example for word in message) for example in kept]
    for pair in near_pairs(own, threshold=threshold):
        one, other = sorted((places[pair.one], places[pair.other]))
        whole = jaccard(runs_of(seen[one].user), runs_of(seen[other].user))
        if whole >= threshold:
            yield Pair(one, other, min(whole, pair.likeness))


def _answers(one: str, other: str) -> float:
    if one == other:
        return 1.0
    short = min(one.count(" "), other.count(" ")) < _SHORT - 1
    return 0.0 if short else jaccard(runs_of(one), runs_of(other))
