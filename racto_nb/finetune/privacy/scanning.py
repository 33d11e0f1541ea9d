"""One search of a text for all kinds that are wanted. Pure.

A text is first looked at for what every find of a kind has in it (an `@`, `sk-`, a digit): that takes a fraction of what a search
takes, and most texts have none of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from racto_nb.exceptions import UsageError, WrongTypeError, did_you_mean
from racto_nb.finetune.privacy.found import Found, Kind, Needs, apart
from racto_nb.finetune.privacy.personal import PERSONAL
from racto_nb.finetune.privacy.secret import SECRETS, TOKEN

_DIGIT = re.compile(r"\d")
_LONG = 15


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: `kinds` by their ranks, and the needles of each by what a text must have before them."""

    kinds: tuple[Kind, ...]
    needles: Mapping[Needs, tuple[tuple[str, int], ...]]

    @classmethod
    def of(cls, kinds: Sequence[Kind]) -> Self:
        """A search for `kinds`, made once and used for many texts."""
        needles: dict[Needs, list[tuple[str, int]]] = {"any": [], "digit": [], "long word": []}
        for rank, kind in enumerate(kinds):
            needles[kind.needs] += [(needle, rank) for needle in kind.needles or ("",)]
        return cls(tuple(kinds), {needs: tuple(pairs) for needs, pairs in needles.items()})

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the kinds."""
        return tuple(dict.fromkeys(kind.name for kind in self.kinds))

    def may_find(self, text: str) -> bool:
        """Whether it is worth to look closer. Where it is not, there is nothing in any part of `text` either."""
        return bool(self._held(text, _small(text)))

    def matches(self, text: str) -> Iterator[tuple[Kind, re.Match[str]]]:
        """All that looks like one of the kinds, kind by kind."""
        small = _small(text)
        passed: dict[re.Pattern[str] | None, bool] = {None: True}
        for rank in sorted(self._held(text, small)):
            kind = self.kinds[rank]
            if kind.gate not in passed:
                passed[kind.gate] = kind.gate is None or kind.gate.search(text) is not None
            if passed[kind.gate]:
                found = _at_needles(kind, text, small) if kind.at_needle else kind.pattern.finditer(text)
                yield from ((kind, match) for match in found)

    def _held(self, text: str, small: str) -> set[int]:
        """The ranks of the kinds that a text may hold."""
        held = {rank for needle, rank in self.needles["any"] if needle in small}
        if _DIGIT.search(text):
            held |= {rank for needle, rank in self.needles["digit"] if needle in small}
        if self.needles["long word"] and max(map(len, text.split()), default=0) >= _LONG:
            held |= {rank for needle, rank in self.needles["long word"] if needle in small}
        return held


def _small(text: str) -> str:
    """`text` in small letters, each in its place: the one letter whose small form is longer is another one."""
    small = text.lower()
    return small if len(small) == len(text) else text.replace("\u0130", "I").lower()


def _at_needles(kind: Kind, text: str, small: str) -> Iterator[re.Match[str]]:
    """The matches that begin where a needle is."""
    for needle in kind.needles:
        place = small.find(needle)
        while place >= 0:
            if match := kind.pattern.match(text, place):
                yield match
            place = small.find(needle, place + len(needle))


EVERYTHING = Search.of((*SECRETS, *PERSONAL, TOKEN))
"""Everything that is known, in the order in which it goes before another: a password with an @ in it is no address."""
CERTAIN = Search.of((*SECRETS, *PERSONAL))
"""All but random words, of which many are no keys."""
NAMES = EVERYTHING.names
GROUPS = ("personal", "secrets")


def scan(text: str, search: Search = CERTAIN) -> list[Found]:
    """What `text` holds, in its order; finds that would overlap one of an earlier kind are left out.

    >>> text = "Ask ann@example.org, sk-ant-api03-abcdefghijklmnop"
    >>> [found.shown(text) for found in scan(text)]
    ['ann… (email, 15 characters)', 'sk-… (anthropic_key, 29 characters)']
    """
    found = [
        Found(kind.name, kind.group, kind.called, *place)
        for kind, match in search.matches(text)
        if (place := kind.ends(match)) is not None
    ]
    return apart(found) if len(found) > 1 else found


def search_for(names: str | Collection[str] | None) -> Search:
    """The search for these kinds; "personal" and "secrets" are all of theirs, None is everything but "token".

    Raises UsageError, with the nearest name, for one that nobody knows.
    """
    if names is None:
        return CERTAIN
    listed = [names] if isinstance(names, str) else list(names)
    for name in listed:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"kinds are names such as 'email', not {name!r:.60}."
            raise WrongTypeError(msg)
        if name not in NAMES and name not in GROUPS:
            known = (*GROUPS, *NAMES)
            msg = f"{name!r} is no kind of personal data or secret.{did_you_mean(name, known)} There are: {', '.join(known)}."
            raise UsageError(msg)
    chosen = [kind for kind in EVERYTHING.kinds if kind.name in listed or (kind is not TOKEN and _group(kind) in listed)]
    return Search.of(chosen)


def _group(kind: Kind) -> str:
    return "personal" if kind.group == "personal" else "secrets"
