"""Words in a row that several examples share, with NumPy: what is copied from one into another, and what is a template. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.finetune.likeness.spaceless import is_spaceless

TEMPLATE = 4
"""So many words in a row (or twice as many letters of a text without spaces) make a template ..."""
_FEW = 10
_SHARE = 0.05
"""... when they are in more than ten examples and in more than one of twenty."""

MOST = 0.5
"""What a larger share of all examples has is a template; what fewer have may be copies of one text too."""

Array = Any
"""A NumPy array: NumPy is loaded when the first text comes."""

Words = Sequence[Sequence[str]]
"""The words of each message of an example's user."""


Masks = list[list[list[bool]]]
"""For each word of each message whether it is of a template."""


def template_of(words: Sequence[Words]) -> Masks | None:
    """Which words are of a template around many questions; None where there is none. Of an example without others none is."""
    return template_from(words, _SHARE)


def template_from(words: Sequence[Words], share: float) -> Masks | None:
    """Which words are in a row that more than `share` of all examples have, and more than ten."""
    most = max(_FEW, share * len(words))
    masks = _Rows(words, TEMPLATE).common(most, spaced=True)
    if any(map(is_spaceless, (word for example in words for message in example for word in message))):
        masks = _either(masks, _Rows(words, 2 * TEMPLATE).common(most))
    if masks is None:
        return None
    return [[[False] * len(message) for message in example] if all(map(all, example)) else example for example in masks]


def _either(one: Masks | None, other: Masks | None) -> Masks | None:
    if one is None or other is None:
        return other if one is None else one
    return [
        [[a or b for a, b in zip(*messages, strict=True)] for messages in zip(*examples, strict=True)]
        for examples in zip(one, other, strict=True)
    ]


def without_template(words: Sequence[Words]) -> Sequence[Words]:
    """The words that are of no template."""
    return left_of(words, template_of(words))


def left_of(words: Sequence[Words], masks: Masks | None) -> Sequence[Words]:
    """The words that are not masked."""
    if masks is None:
        return words
    return [
        [_left(message, gone) for message, gone in zip(example, mask, strict=True)]
        for example, mask in zip(words, masks, strict=True)
    ]


def shared_rows(words: Sequence[Words], n: int, *, border: int = 0) -> list[list[int]]:
    """For each `n` words in a row that two or more examples have: who has them, in order, each once.

    With a `border`, only those that are on both sides of it. Rows are compared by hashes of 64 bits: of ten million, two that
    differ have the same hash once in 300,000 cases.
    """
    return _Rows(words, checked_n(n)).owners(border)


def joined_by_rows(words: Sequence[Words], n: int) -> set[tuple[int, int]]:
    """Pairs that join all examples with `n` words in a row that are the same: each with the next one that has them."""
    return {pair for owners in shared_rows(words, n) for pair in pairwise(owners)}


def checked_n(n: int) -> int:
    """`n` itself. Raises UsageError where it is no number of words from 3 on."""
    if not isinstance(n, int) or n < 3:  # noqa: PLR2004  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"n is the number of words in a row that make a leak, 3 or more (13 is usual), not {n!r}."
        raise UsageError(msg)
    return n


def _left(message: Sequence[str], gone: Sequence[bool]) -> Sequence[str]:
    return [word for word, is_gone in zip(message, gone, strict=True) if not is_gone] if any(gone) else message


class _Rows:
    """All `n` words in a row of all messages, as hashes."""

    def __init__(self, words: Sequence[Words], n: int) -> None:
        import numpy as np

        self._words, self._n = words, n
        numbers: dict[str, int] = {}
        messages = [(owner, message) for owner, example in enumerate(words) for message in example]
        codes = np.array([numbers.setdefault(word, len(numbers) + 1) for _, each in messages for word in each], np.uint64)
        lengths = np.array([len(each) for _, each in messages], np.int64)
        self._places = _inside(lengths, n)
        self._count = len(codes)
        self._hashes = _hashes(codes, self._places, n)
        self._owners = np.repeat(np.array([owner for owner, _ in messages], np.int64), np.maximum(lengths - n + 1, 0))

    def owners(self, border: int) -> list[list[int]]:
        _, owners, begins, counts = self._sorted()
        kept = (counts > 1) & ((owners[begins] < border) & (owners[begins + counts - 1] >= border) if border else True)
        return [
            owners[begin : begin + count].tolist()
            for begin, count in zip(begins[kept].tolist(), counts[kept].tolist(), strict=True)
        ]

    def common(self, most: float, *, spaced: bool = False) -> Masks | None:
        """Which words are in a row that more than `most` examples have; None where there is no such row.

        With `spaced`, rows of letters alone (of texts without spaces) do not count: four of them are a word or two.
        """
        import numpy as np

        hashes, _, begins, counts = self._sorted()
        frequent = hashes[begins[counts > most]]
        if not len(frequent):
            return None
        marked = np.zeros(self._count + self._n, bool)
        places = self._places[np.isin(self._hashes, frequent)]
        if spaced:
            letters = np.array([is_spaceless(word) for example in self._words for each in example for word in each], np.int64)
            counted = np.concatenate([[0], np.cumsum(letters)])
            places = places[counted[places + self._n] - counted[places] < self._n]
            if not len(places):
                return None
        for offset in range(self._n):
            marked[places + offset] = True
        masks, start = marked.tolist(), 0
        found: Masks = []
        for example in self._words:
            found.append([])
            for message in example:
                found[-1].append(masks[start : start + len(message)])
                start += len(message)
        return found

    def _sorted(self) -> tuple[Array, Array, Array, Array]:
        """The hashes and owners of all rows, in order, each once; where each hash begins, and how many have it."""
        import numpy as np

        order = np.lexsort((self._owners, self._hashes))
        hashes, owners = self._hashes[order], self._owners[order]
        once = np.ones(len(hashes), bool)
        once[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
        hashes, owners = hashes[once], owners[once]
        first = np.ones(len(hashes), bool)
        first[1:] = hashes[1:] != hashes[:-1]
        begins = np.flatnonzero(first)
        return hashes, owners, begins, np.diff(np.append(begins, len(hashes)))


def _inside(lengths: Array, n: int) -> Array:
    """Where rows begin that do not reach into the next message."""
    import numpy as np

    ends = np.cumsum(lengths)
    places = np.arange(int(lengths.sum()), dtype=np.int64)
    return places[places + n <= np.repeat(ends, lengths)]


def _hashes(codes: Array, places: Array, n: int) -> Array:
    import numpy as np

    hashes = np.zeros(max(len(codes) - n + 1, 0), np.uint64)
    for offset in range(n):
        hashes = (hashes ^ codes[offset : offset + len(hashes)]) * np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(29)
    return hashes[places]
