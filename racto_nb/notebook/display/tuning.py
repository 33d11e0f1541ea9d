"""How far a training is: the lines of its tuner, in one display that is updated in place. Everything is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from racto_nb.notebook.display.progressing import InPlace
from racto_nb.notebook.display.sanitising import safe_text
from racto_nb.notebook.display.theme import page, plain

MOST = 20
"""Lines that are shown, the last ones."""


@dataclass(slots=True)
class TuningLines(InPlace):
    """Shows the lines of one run. A job of an hour has hundreds of them: only the last are shown."""

    def __call__(self, lines: Sequence[str]) -> None:
        """Show the lines so far."""
        self.put(lines_bundle(lines))


def lines_bundle(lines: Sequence[str]) -> dict[str, str]:
    """The last lines, and how many there were before them."""
    shown, before = lines[-MOST:], len(lines) - MOST
    text = "\n".join(shown)
    footer = f"{before:,} earlier lines" if before > 0 else ""
    return {"text/html": page(f"<pre>{safe_text(text)}</pre>", footer), "text/plain": plain(text, footer)}
