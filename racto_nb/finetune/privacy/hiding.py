"""What may be quoted of a text: personal data and secrets are masked in it, also where only a part of them is quoted. Pure."""

from __future__ import annotations

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.privacy.found import masked
from racto_nb.finetune.privacy.scanning import scan, search_for
from racto_nb.finetune.privacy.searching import finds_of

_ALL = search_for(["personal", "secrets", "token"])
_LEAST = 6
"""So many letters of a find are not shown, wherever they stand in it."""


def hidden(text: str) -> str:
    """`text` with its personal data and secrets masked.

    >>> hidden("Ask at ann@example.org today.")
    'Ask at ann… (email, 15 characters) today.'
    """
    for found in sorted(scan(text, _ALL), key=lambda one: one.start, reverse=True):
        text = text[: found.start] + found.shown(text) + text[found.end :]
    return text


def finds_in(example: RactoTrainingExample) -> list[tuple[str, str]]:
    """The kind and the letters of each piece of `example` that may not be quoted, the longest first."""
    return sorted(finds_of(example, _ALL), key=lambda find: -len(find[1]))


def hidden_finds(text: str, finds: list[tuple[str, str]]) -> str:
    """`text`, a quotation that may be cut, with the whole or the cut pieces of `finds` masked."""
    for kind, piece in finds:
        for length in range(len(piece), min(_LEAST, len(piece)) - 1, -1):
            part = next((part for part in (piece[:length], piece[-length:]) if part in text), None)
            if part is not None:
                text = text.replace(part, masked(kind, piece))
                break
    return text
