"""The names most like another one, for errors that say what was probably meant. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """The names in `known` that look most like `name`, best first: at most `count`, empty when none is close.

    A name that is clearly less alike than the best one is left out.

    >>> nearest("--modle", ["--model", "--role", "--tone", "--json"])
    ['--model']
    """
    by_folded = {candidate.casefold(): candidate for candidate in known}
    folded = name.casefold()
    alike = {close: difflib.SequenceMatcher(None, close, folded).ratio() for close in by_folded}
    least = max(0.6, max(alike.values(), default=0.0) - 0.08)
    close = sorted((candidate for candidate in by_folded if alike[candidate] >= least), key=lambda item: -alike[item])
    inside = [candidate for candidate in by_folded if folded and folded in candidate and candidate not in close]
    return [by_folded[candidate] for candidate in [*close, *inside][:count]]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest names, or all known ones when none is close; empty when nothing is known."""
    names = sorted(known)
    if close := nearest(name, names):
        return f" Did you mean {' or '.join(repr(item) for item in close)}?"
    return f" Known: {', '.join(names)}." if names else ""
