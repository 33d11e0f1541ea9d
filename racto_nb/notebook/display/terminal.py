"""Show an answer in a terminal while it arrives, without anything that commands the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from racto_nb.notebook.display.bundling import Drawn
from racto_nb.notebook.display.sanitising import cut_unfinished, printable
from racto_nb.notebook.display.theme import plain
from racto_nb.notebook.display.thinking import Thinking, Thought, note

_DIM, _BRIGHT = "\x1b[2m", "\x1b[22m"


@dataclass(slots=True)
class TerminalAnswer:
    """Each piece to standard output as it comes, without control sequences, also where one is split between pieces.

    Thinking is one dim word before the answer and one line below it.
    """

    write: Callable[[str], object] | None = None
    _pieces: list[str] = field(default_factory=list[str])
    _thinking: Thinking = field(default_factory=lambda: Thinking(time.monotonic))
    _unfinished: str = ""

    def open(self) -> None:
        """Nothing to show yet."""

    def push(self, piece: str) -> None:
        """Write one more piece of text."""
        if not self._pieces and self._thinking.text:
            self._out("\n")
        self._pieces.append(piece)
        ready, self._unfinished = cut_unfinished(self._unfinished + piece)
        self._out(printable(ready))

    def think(self, piece: str) -> None:
        """Write that the model is thinking, once."""
        if not self._pieces and not self._thinking.text:
            dim = self.write is None and sys.stdout.isatty()
            self._out(f"{_DIM}thinking …{_BRIGHT}" if dim else "thinking …")
        self._thinking.add(piece)

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Write `drawn` below the text, and the line below the answer."""
        rest, self._unfinished = printable(self._unfinished), ""
        table = f"\n{drawn.text}" if drawn is not None else ""
        below = note(self.thought) if self.thought is not None else ""
        self._out(rest + table + plain("", footer, warning=warning, below=below).replace("\n\n", "\n", 1) + "\n")

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(self._pieces)

    @property
    def thought(self) -> Thought | None:
        """All thinking so far."""
        return self._thinking.whole()

    def _out(self, text: str) -> None:
        if self.write is not None:
            self.write(text)
        else:
            sys.stdout.write(text)
            sys.stdout.flush()
