"""Words in a row that several texts share, with numpy. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.compared import prompt_and_answer
from racto_nb.finetune.likeness.normalising import normaliser

_FEW = 10
_SHARE = 0.01
"""Words in a row that are in more than ten examples, and in more than one of a hundred, are a template and no leak."""

Array = Any
"""A numpy array: numpy is loaded when the first text comes."""

Words = Sequence[Sequence[str]]
"""The words of each of an example's messages of the user."""


def words_of_user(examples: Sequence[RactoTrainingExample]) -> list[Words]:
    """The words of each message of the user, in normal form."""
    normal = normaliser()
    return [
        [normal(message.content).split() for message in prompt_and_answer(example)[0] if message.role == "user"]
        for example in examples
    ]


class Rows:
    """All `n` words in a row of all examples, as sorted hashes, and whose they are. Template rows are left out.

    Hashes have 64 bits: of ten million rows two that differ have the same one in one case of 300,000.
    """

    def __init__(self, words: Sequence[Words], n: int) -> None:
        import numpy as np

        checked_n(n)
        hashes, owners = _hashed(words, n)
        order = np.lexsort((owners, hashes))
        hashes, owners = hashes[order], owners[order]
        once = np.ones(len(hashes), bool)
        once[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
        hashes, owners = hashes[once], owners[once]
        begins, counts = _stretches(hashes)
        shared = (counts > 1) & (counts <= max(_FEW, _SHARE * len(words)))
        self._begins, self._counts, self._owners = begins[shared], counts[shared], owners

    def owners(self) -> list[list[int]]:
        """For each row of words that two or more examples have: who has it, in order."""
        return [
            self._owners[begin : begin + count].tolist()
            for begin, count in zip(self._begins.tolist(), self._counts.tolist(), strict=True)
        ]


def shared_by(words: Sequence[Words], n: int) -> set[tuple[int, int]]:
    """Pairs that join all examples with `n` words in a row that are the same: each with the next one that has them."""
    return {pair for owners in Rows(words, n).owners() for pair in pairwise(owners)}


def checked_n(n: int) -> None:
    """Raises UsageError where `n` is no number of words from 3 on."""
    if not isinstance(n, int) or n < 3:  # noqa: PLR2004  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"n is the number of words in a row that make a leak, 3 or more (13 is usual), not {n!r}."
        raise UsageError(msg)


def _hashed(words: Sequence[Words], n: int) -> tuple[Array, Array]:
    import numpy as np

    numbers: dict[str, int] = {}
    codes: list[int] = []
    messages: list[tuple[int, int]] = []
    for owner, example in enumerate(words):
        for message in example:
            if len(message) >= n:
                codes.extend([numbers.setdefault(word, len(numbers) + 1) for word in message])
                messages.append((owner, len(message)))
    if not messages:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    each = np.array(codes, np.uint64)
    hashes = np.zeros(len(each) - n + 1, np.uint64)
    for offset in range(n):
        hashes = (hashes ^ each[offset : len(each) - n + 1 + offset]) * np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(29)
    lengths = np.array([length for _, length in messages])
    inside = np.ones(len(each), bool)  # rows that reach into the next message are left out
    for offset in range(1, n):
        inside[np.cumsum(lengths) - offset] = False
    return hashes[inside[: len(hashes)]], np.repeat(np.array([owner for owner, _ in messages]), lengths - n + 1)


def _stretches(hashes: Array) -> tuple[Array, Array]:
    """Where each stretch of equal hashes begins, and how long it is."""
    import numpy as np

    if not len(hashes):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    begins = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
    return begins, np.diff(np.append(begins, len(hashes)))
