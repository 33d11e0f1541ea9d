"""Show an answer in a terminal while it arrives, without anything that commands the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from racto_nb.models.messages import ToolCallResult, ToolRun
from racto_nb.notebook.display.arriving import Arriving
from racto_nb.notebook.display.bundling import Drawn
from racto_nb.notebook.display.sanitising import cut_unfinished, printable
from racto_nb.notebook.display.steps import Call, again_text
from racto_nb.notebook.display.theme import plain
from racto_nb.notebook.display.thinking import note

_DIM, _BRIGHT = "\x1b[2m", "\x1b[22m"


@dataclass(slots=True)
class TerminalAnswer(Arriving):
    """Each piece to standard output as it comes, without control sequences, also where one is split between pieces.

    Thinking is one dim word before the answer and one line below it. A call of a tool is a line, and its result another.
    """

    write: Callable[[str], object] | None = None
    _unfinished: str = ""

    def push(self, piece: str) -> None:
        """Write one more piece of text."""
        if not self._pieces and self._thinking.text:
            self._out("\n")
        Arriving.push(self, piece)
        ready, self._unfinished = cut_unfinished(self._unfinished + piece)
        ready, held = self.secrets.settled(ready)
        self._unfinished = held + self._unfinished
        self._out(printable(ready))

    def think(self, piece: str) -> None:
        """Write that the model is thinking, once."""
        if not self._pieces and not self._thinking.text:
            dim = self.write is None and sys.stdout.isatty()
            self._out(f"{_DIM}thinking …{_BRIGHT}" if dim else "thinking …")
        Arriving.think(self, piece)

    def called(self, calls: Sequence[ToolCallResult], *, left: bool = False) -> None:
        """Write a line for each call."""
        self._end_line()
        Arriving.called(self, calls, left=left)
        for call in self.steps[-1].calls:
            self._out(f"→ {call.line}{f' ({call.outcome})' if left else ''}\n")

    def ran(self, runs: Sequence[ToolRun]) -> None:
        """Write a line for each result. Where there are several, it says whose."""
        Arriving.ran(self, runs)
        for run in runs:
            self._out(_result(self._came(run), named=len(runs) > 1))

    def again(self, reason: str) -> None:
        """Write why it is asked again."""
        self._end_line()
        Arriving.again(self, reason)
        self._out(f"{again_text(reason)}\n")

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Write `drawn` below the text, and the line below the answer."""
        rest, self._unfinished = printable(self.secrets.cleaned(self._unfinished)), ""
        table = "" if drawn is None else f"\n{drawn.text if drawn.below is None else drawn.below}"
        below = note(self.thought) if self.thought is not None else ""
        self._out(rest + table + plain("", footer, warning=warning, below=below).replace("\n\n", "\n", 1) + "\n")

    def _end_line(self) -> None:
        """Go on at the beginning of a line."""
        rest, self._unfinished = printable(self.secrets.cleaned(self._unfinished)), ""
        begun = (self.text or self._thinking.text) and not (self.text + rest).endswith("\n")
        self._out(rest + ("\n" if begun else ""))

    def _out(self, text: str) -> None:
        if self.write is not None:
            self.write(text)
        else:
            sys.stdout.write(text)
            sys.stdout.flush()


def _result(call: Call, *, named: bool) -> str:
    whose = f"{printable(call.name)} = " if named else ""
    return f"  {call.state.value} {whose}{call.outcome}\n"
