"""Several answers at once, each in a column of its own, shown while they arrive.

All columns are one display: an update repeats the text of all, spaced by the same budget of bytes per second as a single
answer's. Everything here is used on one thread, the one whose loop reads the answers.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from racto_nb.notebook.display.arriving import Arriving
from racto_nb.notebook.display.bundling import Drawn, Pane, side_by_side
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.display.showing import Handle, show_bundle, show_updatable
from racto_nb.notebook.display.streaming import SHORTEST_PAUSE


@dataclass(slots=True)
class Column(Arriving):
    """One of several answers: `name` is its model as the cell wrote it."""

    name: str
    code: str = ""
    footer: str = "waiting …"
    _ended: Pane | None = None

    def open(self) -> None:
        """Its turn has come."""
        self.footer = "is writing …"

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Keep the line below the answer, and the table that is shown in place of its text."""
        shown = Pane(self.text, footer, warning, self.code, drawn, self.thought, self.steps, self.name)
        self._ended = shown

    @property
    def is_finished(self) -> bool:
        """Whether the line below it is final."""
        return self._ended is not None

    @property
    def pane(self) -> Pane:
        """The answer as it is now."""
        thinking = f"is thinking … {len(self._thinking.text):,} characters so far"
        doing = thinking if self._thinking.text and not self._pieces else self.footer
        return self._ended or Pane(self.so_far, doing, code=self.code, steps=self.steps, name=self.name)


@dataclass(slots=True)
class TerminalColumn(Column):
    """An answer that is written to a terminal when it has ended, under its name."""

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Write the whole."""
        Column.finish(self, footer, warning=warning, drawn=drawn)
        sys.stdout.write(side_by_side([self.pane])["text/plain"] + "\n\n")
        sys.stdout.flush()


@dataclass(slots=True)
class SideBySide:
    """The display of several answers. `live` shows them while they come, `at_end` when all have; a terminal has a `notice`."""

    columns: Sequence[Column]
    live: bool = False
    at_end: bool = True
    budget: int = 300_000
    notice: str = ""
    _handle: Handle | None = None
    _last: dict[str, str] = field(default_factory=dict[str, str])

    def open(self) -> None:
        """Show that answers are awaited."""
        if self.live:
            self._last = side_by_side([column.pane for column in self.columns])
            self._handle = show_updatable(self._last)
        elif self.notice:
            sys.stdout.write(f"{printable(self.notice)}\n\n")
            sys.stdout.flush()

    async def paint(self) -> None:
        """Show what has come, again and again, until it is cancelled."""
        while self.live:  # noqa: ASYNC110  (the pieces have no event, and are shown at a pace of their own)
            await asyncio.sleep(max(SHORTEST_PAUSE, self._update() / self.budget))

    def finish(self) -> None:
        """Show the answers as they have ended."""
        if self.live:
            self._update()
        elif self.at_end:
            show_bundle(side_by_side([column.pane for column in self.columns]))

    def _update(self) -> int:
        """Send what has changed; how many bytes that were."""
        shown = side_by_side([column.pane for column in self.columns])
        if shown == self._last or self._handle is None:
            return 0
        self._last = shown
        self._handle.update(shown, raw=True)
        return sum(len(text.encode()) for text in shown.values())


def chosen_columns(mode: str, names: Sequence[str], *, in_kernel: bool, budget: int, code: str = "") -> SideBySide:
    """The display for `mode`: `live`, `static`, `off`, or `auto`, which is live."""
    live = mode in {"auto", "live"}
    if live and not in_kernel:
        notice = f"waiting for {', '.join(names)} …"
        return SideBySide([TerminalColumn(name, code) for name in names], at_end=False, notice=notice)
    return SideBySide([Column(name, code) for name in names], live=live, at_end=mode != "off", budget=budget)
