"""Show an answer while it arrives: live in a front end, static for files that are compared, plain in a terminal.

A live answer is one display that is updated. Every update repeats the whole text, so the updates are spaced by a budget of
bytes per second and at least 60 ms: one message per token would overrun the kernel's message queue and be lost, the end of the
cell with it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from racto_nb.notebook.display.sanitising import cut_unfinished, printable, safe_html
from racto_nb.notebook.display.showing import Handle, show_bundle, show_updatable
from racto_nb.notebook.display.theme import page, plain

SHORTEST_PAUSE = 0.06
"""Seconds between two updates. With the last one, which does not wait, at most 20 messages in any second."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What an answer was made into, such as a table: clean HTML and its text twin."""

    html: str
    text: str


class AnswerDisplay(Protocol):
    """Where a streamed answer is shown."""

    def open(self) -> None:
        """Show that an answer is awaited. Called once, first."""
        ...

    def push(self, piece: str) -> None:
        """Show one more piece of text."""
        ...

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Show the whole text and the line below it, or `drawn` in place of the text. Called exactly once, last."""
        ...

    @property
    def text(self) -> str:
        """All text so far, unchanged."""
        ...


def bundle(text: str, footer: str = "", *, warning: str = "", code: str = "", drawn: Drawn | None = None) -> dict[str, str]:
    """An answer as HTML and its text twin, finished or not.

    With `code`, a language, the whole text is one block of it; `drawn` is shown in place of the text.
    """
    if drawn is not None:
        return {
            "text/html": page(drawn.html, footer, warning=warning),
            "text/plain": plain(drawn.text, footer, warning=warning),
        }
    shown = printable(text)  # first: what it takes away may stand between two backticks of a longer fence
    markdown = fenced(shown, code) if code else shown
    return {"text/html": page(safe_html(markdown), footer, warning=warning), "text/plain": plain(shown, footer, warning=warning)}


def fenced(text: str, language: str) -> str:
    """`text`, which is printable, as one fenced block that nothing inside it can end."""
    longest = max((len(run) for run in _runs_of_backticks(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _runs_of_backticks(text: str) -> list[str]:
    return [run for run in "".join(char if char == "`" else " " for char in text).split() if run]


@dataclass(slots=True)
class LiveAnswer:
    """One display, updated while the text grows. `budget` in bytes per second bounds what is sent over the whole stream."""

    model: str
    budget: int = 300_000
    code: str = ""
    clock: Callable[[], float] = time.monotonic
    _pieces: list[str] = field(default_factory=list[str])
    _handle: Handle | None = None
    _last: float = 0.0
    _pause: float = SHORTEST_PAUSE

    def push(self, piece: str) -> None:
        """Show one more piece of text, now or with a later one."""
        self._pieces.append(piece)
        now = self.clock()
        if self._handle is None or now - self._last >= self._pause:
            self._show(bundle(self.text, f"{self.model} is writing …", code=self.code), now)

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Show the whole text, or `drawn`, and the footer."""
        self._show(bundle(self.text, footer, warning=warning, code=self.code, drawn=drawn), self.clock())

    def open(self) -> None:
        """Show that an answer is awaited."""
        self._show(bundle("", f"waiting for {self.model} …"), self.clock())

    @property
    def text(self) -> str:
        """All text so far."""
        if len(self._pieces) > 1:
            self._pieces[:] = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def _show(self, data: dict[str, str], now: float) -> None:
        if self._handle is None:
            self._handle = show_updatable(data)
        else:
            self._handle.update(data, raw=True)
        sent = sum(len(text.encode()) for text in data.values())
        self._last, self._pause = now, max(SHORTEST_PAUSE, sent / self.budget)


@dataclass(slots=True)
class StaticAnswer:
    """One display at the end, nothing to update: for nbval, nbclient and files that are compared. `quiet` shows nothing."""

    code: str = ""
    quiet: bool = False
    _pieces: list[str] = field(default_factory=list[str])

    def open(self) -> None:
        """Nothing to show yet."""

    def push(self, piece: str) -> None:
        """Keep one more piece of text."""
        self._pieces.append(piece)

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Show the whole text, or `drawn`, and the footer."""
        if not self.quiet:
            show_bundle(bundle(self.text, footer, warning=warning, code=self.code, drawn=drawn))

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(self._pieces)


@dataclass(slots=True)
class TerminalAnswer:
    """Each piece to standard output as it comes, without control sequences, also where one is split between pieces."""

    write: Callable[[str], object] | None = None
    _pieces: list[str] = field(default_factory=list[str])
    _unfinished: str = ""

    def open(self) -> None:
        """Nothing to show yet."""

    def push(self, piece: str) -> None:
        """Write one more piece of text."""
        self._pieces.append(piece)
        ready, self._unfinished = cut_unfinished(self._unfinished + piece)
        self._out(printable(ready))

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Write `drawn` below the text, and the line below the answer."""
        rest, self._unfinished = printable(self._unfinished), ""
        table = f"\n{drawn.text}" if drawn is not None else ""
        self._out(rest + table + plain("", footer, warning=warning).replace("\n\n", "\n", 1) + "\n")

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(self._pieces)

    def _out(self, text: str) -> None:
        if self.write is not None:
            self.write(text)
        else:
            sys.stdout.write(text)
            sys.stdout.flush()


def chosen_display(mode: str, *, in_kernel: bool, model: str, budget: int, code: str = "") -> AnswerDisplay:
    """The display for `mode`: `live`, `static`, `off`, or `auto`, which is live. A terminal shows live answers as plain text."""
    if mode in {"auto", "live"}:
        if not in_kernel:
            return TerminalAnswer()
        return LiveAnswer(model, budget, code)
    return StaticAnswer(code, quiet=mode == "off")
