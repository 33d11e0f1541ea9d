"""What `racto-nb models` shows: one row a model, as plain values, and sizes in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from racto_nb.providers.embedded.facts import ModelCard, ModelKind

_UNITS = ((1_000_000_000, "GB", 2), (1_000_000, "MB", 0), (1000, "kB", 0))


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model as listed. `size` is in bytes; `installed` says whether all its files are in the cache."""

    name: str
    kind: ModelKind
    size: int
    licence: str
    installed: bool
    note: str
    window: int | None = None


def rows(cards: Iterable[ModelCard], installed: Collection[str]) -> list[ModelRow]:
    """One row a card, installed models first, then by kind and size.

    >>> from racto_nb.providers.embedded.facts import BUILT_IN
    >>> [row.name for row in rows(BUILT_IN, installed={"smollm2-135m"})][:2]
    ['smollm2-135m', 'qwen2.5-coder-0.5b']
    """
    found = [
        ModelRow(
            name=card.name,
            kind=card.kind,
            size=card.size,
            licence=card.licence,
            installed=card.name in installed,
            note=card.note,
            window=card.window if card.kind == "chat" else None,
        )
        for card in cards
    ]
    return sorted(found, key=lambda row: (not row.installed, row.kind, row.size, row.name))


def size_in_words(size: int) -> str:
    """`size` bytes in a unit people read, with decimal prefixes as download pages use them.

    >>> size_in_words(491_400_064), size_in_words(1_117_320_768), size_in_words(466_247), size_in_words(12)
    ('491 MB', '1.12 GB', '466 kB', '12 bytes')
    """
    for unit, name, digits in _UNITS:
        if size >= unit:
            return f"{size / unit:.{digits}f} {name}"
    return f"{size} bytes"
