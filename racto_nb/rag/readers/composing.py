"""Puts a document's text together piece by piece, and keeps the places of its pages and headings exact. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from racto_nb.rag.documents import Mark

Fact = str | int | bool | list[str]
_UNFIT = re.compile("[\x00\ud800-\udfff]")  # no store takes them: NUL, and halves of characters


@dataclass(frozen=True, slots=True)
class Composed:
    """What a reader found: the text, its marks, and facts about the file."""

    content: str
    marks: list[Mark] = field(default_factory=list[Mark])
    facts: dict[str, Fact] = field(default_factory=dict[str, Fact])


def fitting(text: str) -> str:
    """`text` with U+FFFD for each character that cannot be stored, so that all places stay.

    >>> fitting("a\\x00b")
    'a\ufffdb'
    """
    return _UNFIT.sub("\ufffd", text)


class Composer:
    """Collects pieces of text. `place` is where the next one will stand."""

    __slots__ = ("_pieces", "marks", "place")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.marks: list[Mark] = []
        self.place = 0

    def add(self, text: str) -> int:
        """Put `text` at the end; the place where it begins."""
        start = self.place
        self._pieces.append(text)
        self.place += len(text)
        return start

    def separate(self, gap: str = "\n\n") -> None:
        """Put `gap` at the end, unless nothing stands there yet."""
        if self.place:
            self.add(gap)

    def mark(self, kind: str, start: int, *, number: int | None = None, title: str = "") -> None:
        """Mark what stands from `start` to here."""
        self.marks.append(Mark(kind, start, self.place, number=number, title=title))

    def marked(self, kind: str, text: str, *, number: int | None = None, title: str = "") -> None:
        """Put `text` at the end, marked."""
        self.mark(kind, self.add(text), number=number, title=title)

    def composed(self, **facts: Fact | None) -> Composed:
        """All of it, with the facts that are known: not None and not empty."""
        known = {name: fact for name, fact in facts.items() if fact not in (None, "", [])}
        return Composed("".join(self._pieces), self.marks, known)
