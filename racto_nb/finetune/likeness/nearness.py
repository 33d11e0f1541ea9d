"""Which examples ask, or tell, nearly the same. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

from racto_nb.finetune.likeness.compared import Compared
from racto_nb.finetune.likeness.ngrams import without_template
from racto_nb.finetune.likeness.pairing import Pair, Runs, near_pairs
from racto_nb.finetune.likeness.spaceless import together


def near_asked(seen: Sequence[Compared], threshold: float) -> list[Pair]:
    """Pairs of examples whose users ask nearly the same and have the same files, sorted.

    Both all words and those that are of no template must overlap by `threshold`; the likeness is the lower one. Of examples that
    ask the very same only the first is in a pair. Without words of a user there is no pair.
    """
    places = _firsts(seen, lambda one: one.asked)
    return sorted(_near(seen, places, threshold, lambda one: one.files))


def near_told(seen: Sequence[Compared], threshold: float) -> list[Pair]:
    """Pairs of examples whose users ask nearly the same and that answer nearly the same, in the same setting, sorted."""
    places = _firsts(seen, lambda one: (one.user, one.setting, one.beside, one.answer, one.short))
    near = _near(seen, places, threshold, lambda one: (one.setting, one.beside, one.short))
    runs = Runs()
    return sorted(
        Pair(one, other, lower)
        for one, other, likeness in near
        if (lower := min(likeness, runs.overlap(seen[one].answer, seen[other].answer))) >= threshold
    )


def _firsts(seen: Sequence[Compared], key: Callable[[Compared], Hashable]) -> list[int]:
    first: dict[Hashable, int] = {}
    for place, example in enumerate(seen):
        if any(example.said):
            first.setdefault(key(example), place)
    return list(first.values())


def _near(
    seen: Sequence[Compared], places: Sequence[int], threshold: float, setting: Callable[[Compared], Hashable]
) -> Iterator[Pair]:
    """Pairs of the same setting: what must be the same is looked at before anything is measured."""
    kept = without_template([seen[place].words for place in places])
    own = [together([word for message in example for word in message]) for example in kept]
    runs = Runs()
    for pair in near_pairs(own, threshold=threshold, settings=[setting(seen[place]) for place in places]):
        one, other = sorted((places[pair.one], places[pair.other]))
        whole = runs.overlap(seen[one].user, seen[other].user)
        if whole >= threshold:
            yield Pair(one, other, min(whole, pair.likeness))
