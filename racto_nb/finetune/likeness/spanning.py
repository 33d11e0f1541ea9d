"""Where the words are that two examples share, in both. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from racto_nb.finetune.likeness.results import Span

Word = tuple[str, int, int]
"""A word in normal form, and where the piece that it comes from begins and ends."""
Placed = list[tuple[int, str, list[Word]]]
"""Each message of a user: its number, its text, its words."""


def spans_of(mine: Placed, theirs: Placed, n: int) -> tuple[tuple[Span, ...], int]:
    """The longest stretches of `n` words or more that are in both, from the left, and how many words they have together."""
    known: dict[tuple[str, ...], tuple[int, int]] = {}
    for position, (_, _, words) in enumerate(theirs):
        for start in range(len(words) - n + 1):
            known.setdefault(_row(words, start, n), (position, start))
    spans: list[Span] = []
    count = 0
    for number, text, words in mine:
        for start, position, begin, length in _stretches(words, theirs, known, n):
            there, _, other = theirs[position]
            first, last = words[start][1], words[start + length - 1][2]
            spans.append(Span(text[first:last], number, first, last, there, other[begin][1], other[begin + length - 1][2]))
            count += length
    return tuple(spans), count


def _stretches(
    words: Sequence[Word], theirs: Placed, known: Mapping[tuple[str, ...], tuple[int, int]], n: int
) -> Iterator[tuple[int, int, int, int]]:
    """Where each stretch begins here, in which message and where it begins there, and how long it is."""
    start = 0
    while start + n <= len(words):
        found = known.get(_row(words, start, n))
        if found is None:
            start += 1
            continue
        position, begin = found
        length = n + _same(words[start + n :], theirs[position][2][begin + n :])
        yield start, position, begin, length
        start += length


def _same(one: Sequence[Word], other: Sequence[Word]) -> int:
    """How many words are the same from the beginning on."""
    return next(
        (place for place, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine[0] != theirs[0]),
        min(len(one), len(other)),
    )


def _row(words: Sequence[Word], start: int, n: int) -> tuple[str, ...]:
    return tuple([word for word, _, _ in words[start : start + n]])
