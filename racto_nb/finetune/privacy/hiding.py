"""What may be quoted of an example: personal data and secrets are masked, also where only a part of them is quoted. Pure."""

from __future__ import annotations

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.privacy.found import masked
from racto_nb.finetune.privacy.quoting import ALL
from racto_nb.finetune.privacy.searching import finds_of

_LEAST = 6
"""So many letters of a find are not shown, wherever they stand in it."""


def finds_in(example: RactoTrainingExample) -> list[tuple[str, str]]:
    """The kind and the letters of each piece of `example` that may not be quoted, the longest first."""
    return sorted(finds_of(example, ALL), key=lambda find: -len(find[1]))


def hidden_finds(text: str, finds: list[tuple[str, str]]) -> str:
    """`text`, a quotation that may be cut, with the whole or the cut pieces of `finds` masked."""
    for kind, piece in finds:
        for length in range(len(piece), min(_LEAST, len(piece)) - 1, -1):
            part = next((part for part in (piece[:length], piece[-length:]) if part in text), None)
            if part is not None:
                text = text.replace(part, masked(kind, piece))
                break
    return text
