"""Numbers of groups: what is joined, also over others, has one number (union-find). Pure."""

from __future__ import annotations


class Joined:
    """`count` things, each on its own until some are joined."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def join(self, one: int, other: int) -> None:
        """Put two things, and all that is joined with them, into one group. The lowest of a group stands for it."""
        first, second = sorted((self.first_of(one), self.first_of(other)))
        self._parents[second] = first

    def first_of(self, thing: int) -> int:
        """The lowest thing of the group."""
        while (parent := self._parents[thing]) != thing:
            self._parents[thing] = thing = self._parents[parent]
        return thing

    def numbers(self) -> list[int]:
        """The number of each thing's group, from 0, in the order in which the groups begin."""
        known: dict[int, int] = {}
        return [known.setdefault(self.first_of(thing), len(known)) for thing in range(len(self._parents))]
