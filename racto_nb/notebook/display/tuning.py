"""How far a training is: the lines of its tuner, in one display that is updated in place. Everything is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from racto_nb.notebook.display.progressing import InPlace
from racto_nb.notebook.display.sanitising import printable, safe_text
from racto_nb.notebook.display.theme import page, plain

MOST = 20
"""Lines that are shown: of more than these the first ones, which name the files and the job, and the last ones."""
FIRST = 4


@dataclass(slots=True)
class TuningLines(InPlace):
    """Shows the lines of one run. A job of an hour has hundreds of them: the first and the last are shown."""

    def __call__(self, lines: Sequence[str]) -> None:
        """Show the lines so far."""
        self.put(lines_bundle(lines))


def lines_bundle(lines: Sequence[str]) -> dict[str, str]:
    """The lines; of very many the first and the last ones, and how many are between them."""
    between = len(lines) - MOST
    shown = list(lines) if between <= 0 else [*lines[:FIRST], f"… {between:,} lines …", *lines[FIRST + between :]]
    text = "\n".join(shown)
    return {"text/html": page(f"<pre>{safe_text(text)}</pre>", ""), "text/plain": plain(printable(text), "")}
