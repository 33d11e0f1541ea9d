"""What has changed between two texts: line by line, or word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby

SAME, GONE, NEW, LEFT_OUT = "same", "gone", "new", "left out"
Piece = tuple[str, str]
_MOST = 3_000_000
"""Pairs of words that are compared; longer texts are compared by their lines, so that a page never waits."""


def by_lines(old: str, new: str) -> tuple[Piece, ...]:
    """The lines of both texts, each with whether it is the same, gone or new.

    >>> by_lines("a\\nb", "a\\nc")
    (('same', 'a'), ('gone', 'b'), ('new', 'c'))
    """
    return tuple((kind, line) for kind, lines in _pieces(old.splitlines(), new.splitlines()) for line in lines)


def folded(lines: Sequence[Piece], *, most: int = 40, around: int = 5) -> list[Piece]:
    """`lines` where long runs that are the same, of more than `most`, show their ends alone, and how many are left out.

    >>> folded([("same", str(line)) for line in range(100)], around=1)
    [('same', '0'), ('left out', '98 lines are the same'), ('same', '99')]
    """
    found: list[Piece] = []
    for kind, group in groupby(lines, key=lambda line: line[0]):
        run = list(group)
        if kind == SAME and len(run) > most:
            told = (LEFT_OUT, f"{len(run) - 2 * around:,} lines are the same")
            run = [*run[:around], told, *run[-around:]]
        found += run
    return found


def by_words(old: str, new: str) -> tuple[Piece, ...]:
    """The words of both texts, those that stay together in one piece.

    >>> by_words("a red fox", "a grey fox")
    (('same', 'a '), ('gone', 'red'), ('new', 'grey'), ('same', ' fox'))
    """
    left, right = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (old, new))
    if len(left) * len(right) > _MOST:
        left, right = (text.splitlines(keepends=True) for text in (old, new))
    return tuple((kind, "".join(words)) for kind, words in _pieces(left, right))


def _pieces(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    if len(left) * len(right) > _MOST:
        return [(GONE, left), (NEW, right)]
    found: list[tuple[str, Sequence[str]]] = []
    for tag, start, end, first, last in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append((SAME, left[start:end]))
            continue
        found += [(kind, items) for kind, items in ((GONE, left[start:end]), (NEW, right[first:last])) if items]
    return found


def likeness(pieces: Sequence[Piece]) -> float:
    """The share of both texts that is the same, from 0 to 1."""
    same = sum(2 * len(text) for kind, text in pieces if kind == SAME)
    everything = same + sum(len(text) for kind, text in pieces if kind != SAME)
    return same / everything if everything else 1.0
