"""Which examples ask, or tell, nearly the same. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from racto_nb.finetune.likeness.compared import Compared
from racto_nb.finetune.likeness.ngrams import MOST, Masks, Words, left_of, template_from, template_of
from racto_nb.finetune.likeness.pairing import Pair, Runs, near_pairs
from racto_nb.finetune.likeness.spaceless import together

_OWN = 3
"""Two texts that both have so many words in a row of their own are two questions in a template, not copies with a change."""


def near_asked(seen: Sequence[Compared], threshold: float) -> list[Pair]:
    """Pairs of examples whose users ask nearly the same and have the same files, sorted.

    Both all words and those that are of no template must overlap by `threshold`; the likeness is the lower one.
    Copies of one text with a little change are no template, however many they are, up to half of all. Of examples that ask the
    very same only the first is in a pair. Without words of a user there is no pair.
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


def templated(seen: Sequence[Compared]) -> list[int]:
    """The places of the examples with words that were taken for a template around them."""
    masks = template_of([one.words for one in seen]) or ()
    return [place for place, messages in enumerate(masks) if any(map(any, messages))]


def _near(
    seen: Sequence[Compared], places: Sequence[int], threshold: float, setting: Callable[[Compared], Hashable]
) -> Iterator[Pair]:
    """Pairs of the same setting: what must be the same is looked at before anything is measured."""
    words = [seen[place].words for place in places]
    masks = template_of(words)
    texts = [seen[place].user for place in places] if masks is None else _texts(left_of(words, masks))
    settings = [setting(seen[place]) for place in places]
    found = near_pairs(texts, threshold=threshold, settings=settings)
    if masks is not None:
        found += _copies(words, masks, threshold, settings)
    runs, known = Runs(), set[tuple[int, int]]()
    for pair in found:
        one, other = sorted((places[pair.one], places[pair.other]))
        whole = pair.likeness if masks is None else runs.overlap(seen[one].user, seen[other].user)
        if whole >= threshold and (one, other) not in known:
            known.add((one, other))
            yield Pair(one, other, min(whole, pair.likeness))


def _copies(words: Sequence[Words], masks: Masks, threshold: float, settings: Sequence[Hashable]) -> Iterator[Pair]:
    """Pairs of texts that are many copies of one, each with a little change, rather than questions in a template.

    What more than half of all examples have is a template. What fewer have may be either: it is compared too, and a pair counts
    unless both have several words in a row of their own at the place where they differ.
    """
    sure = template_from(words, MOST)
    some = [place for place, mask in enumerate(masks) if any(map(any, mask)) and (sure is None or mask != sure[place])]
    left = left_of([words[place] for place in some], None if sure is None else [sure[place] for place in some])
    for pair in near_pairs(_texts(left), threshold=threshold, settings=[settings[place] for place in some]):
        one, other = some[pair.one], some[pair.other]
        if not _own_questions((_flat(words[one]), _flat(masks[one])), (_flat(words[other]), _flat(masks[other]))):
            yield Pair(one, other, pair.likeness)


def _own_questions(one: tuple[list[str], list[bool]], other: tuple[list[str], list[bool]]) -> bool:
    """Whether both texts, without what they begin and end with alike, have words in a row of their own."""
    shorter = min(len(one[0]), len(other[0]))
    start = next((place for place in range(shorter) if one[0][place] != other[0][place]), shorter)
    rest = shorter - start
    end = next((back for back in range(rest) if one[0][-1 - back] != other[0][-1 - back]), rest)
    return all(_longest(mask[start : len(mask) - end]) >= _OWN for _, mask in (one, other))


def _longest(mask: Sequence[bool]) -> int:
    """How many words in a row are of no template."""
    return max((len(list(row)) for gone, row in groupby(mask) if not gone), default=0)


def _texts(words: Sequence[Words]) -> list[str]:
    return [together(_flat(example)) for example in words]


_Item = TypeVar("_Item")


def _flat(messages: Sequence[Sequence[_Item]]) -> list[_Item]:
    return [one for message in messages for one in message]
