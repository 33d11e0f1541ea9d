"""Show an answer while it arrives: live in a front end, static for files that are compared, plain in a terminal.

A live answer is one display that is updated. Every update repeats the whole text, so the updates are spaced by a budget of
bytes per second and at least 60 ms: one message per token would overrun the kernel's message queue and be lost, the end of the
cell with it.

An update replaces the HTML, so a block that the reader has opened is folded again. Thinking that comes before the answer
therefore has a display of its own, which the answer's updates leave alone, and which is itself refreshed seldom. An answer in
the background cannot have two: what is displayed first after its cell has ended is not kept by nbclient. Its thinking comes
into the one display when all is finished.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from racto_nb.notebook.display.bundling import Drawn, bundle
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.display.showing import Handle, show_bundle, show_updatable
from racto_nb.notebook.display.terminal import TerminalAnswer
from racto_nb.notebook.display.theme import page, plain
from racto_nb.notebook.display.thinking import Thinking, Thought, folded, note

SHORTEST_PAUSE = 0.06
"""Seconds between two updates. With the last one, which does not wait, at most 20 messages in any second."""
THINKING_PAUSE = 1.0
"""Seconds between two updates of the folded thinking, at least. It must also have grown by half."""


class AnswerDisplay(Protocol):
    """Where a streamed answer is shown."""

    def open(self) -> None:
        """Show that an answer is awaited. Called once, first."""
        ...

    def push(self, piece: str) -> None:
        """Show one more piece of text."""
        ...

    def think(self, piece: str) -> None:
        """Show one more piece of thinking, folded."""
        ...

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Show the whole text and the line below it, or `drawn` in place of the text. Called exactly once, last."""
        ...

    @property
    def text(self) -> str:
        """All text so far, unchanged."""
        ...

    @property
    def thought(self) -> Thought | None:
        """All thinking so far, None when there was none."""
        ...


@dataclass(slots=True)
class LiveAnswer:
    """One display, updated while the text grows. `budget` in bytes per second bounds what is sent over the whole stream.

    `where` is said while it grows, e.g. how a cell waits for an answer that is written in the background. `single` keeps the
    thinking in that display too.
    """

    model: str
    budget: int = 300_000
    code: str = ""
    where: str = ""
    single: bool = False
    clock: Callable[[], float] = time.monotonic
    _pieces: list[str] = field(default_factory=list[str])
    _thinking: Thinking = field(init=False)
    _handle: Handle | None = None
    _folded: _Folded | None = None
    _last: dict[str, str] = field(default_factory=dict[str, str])
    _free_at: float = 0.0

    def __post_init__(self) -> None:
        self._thinking = Thinking(self.clock)

    def open(self) -> None:
        """Show that an answer is awaited."""
        self._show(bundle("", f"waiting for {self.model} …{self.where}"), self.clock())

    def push(self, piece: str) -> None:
        """Show one more piece of text, now or with a later one."""
        self._pieces.append(piece)
        now = self.clock()
        if self._folded is not None and self._folded.grows:
            self._fold(self._folded, now, grows=False)
        if self._handle is None or now >= self._free_at:
            self._show(bundle(self.text, f"{self.model} is writing …{self.where}", code=self.code), now)

    def think(self, piece: str) -> None:
        """Show one more piece of thinking, now or with a later one."""
        self._thinking.add(piece)
        now = self.clock()
        if self._pieces and self._folded is None:
            return  # the answer stands there already; the thinking comes above it when all is finished
        if self._folded is None and not self.single:
            # The display that was waiting is the thinking's from now on; the answer gets one below it.
            self._folded, self._handle = _Folded(self._handle), None
            self._fold(self._folded, now, grows=True)
        elif now < self._free_at:
            return
        elif self._folded is not None and self._folded.is_due(len(self._thinking.text), now):
            self._fold(self._folded, now, grows=True)
        size = f"{self.model} is thinking … {len(self._thinking.text):,} characters so far{self.where}"
        self._show(bundle(self.text, size, code=self.code), now)

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Show the whole text, or `drawn`, and the footer."""
        now, thought = self.clock(), self.thought
        if self._folded is not None:
            if self._folded.grows or self._folded.size != len(self._thinking.text):
                self._fold(self._folded, now, grows=False)
            thought = None
        self._show(bundle(self.text, footer, warning=warning, code=self.code, drawn=drawn, thought=thought), now)

    def repeat(self) -> None:
        """Send what was shown last once more: a front end that has not listened since the cell ended gets it now."""
        if self._folded is not None and self._folded.handle is not None:
            self._folded.handle.update(self._folded.last, raw=True)
        if self._handle is not None:
            self._handle.update(self._last, raw=True)

    def show_again(self) -> None:
        """Show it in a second place too: below a cell that was run anew, which has lost what stood there."""
        if self._handle is not None:
            self._handle.display(self._last, raw=True)

    @property
    def text(self) -> str:
        """All text so far."""
        if len(self._pieces) > 1:
            self._pieces[:] = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @property
    def thought(self) -> Thought | None:
        """All thinking so far."""
        return self._thinking.whole()

    def _show(self, data: dict[str, str], now: float) -> None:
        self._handle, self._last = _put(self._handle, data), data
        self._count(data, now)

    def _fold(self, shown: _Folded, now: float, *, grows: bool) -> None:
        thought = self._thinking.so_far() if grows else self._thinking.whole() or self._thinking.so_far()
        data = {"text/html": page("", "", above=folded(thought)), "text/plain": plain("", "", below=note(thought)).strip()}
        shown.handle, shown.last, shown.grows = _put(shown.handle, data), data, grows
        shown.size, shown.at = len(thought.text), now
        self._count(data, now)

    def _count(self, data: dict[str, str], now: float) -> None:
        sent = sum(len(text.encode()) for text in data.values())
        self._free_at = max(self._free_at, now) + max(SHORTEST_PAUSE, sent / self.budget)


@dataclass(slots=True)
class _Folded:
    """The display of the thinking: what it showed last, how long that was, and when."""

    handle: Handle | None
    last: dict[str, str] = field(default_factory=dict[str, str])
    grows: bool = True
    size: int = 0
    at: float = 0.0

    def is_due(self, size: int, now: float) -> bool:
        """Whether it may be refreshed: seldom, since that folds what the reader has opened."""
        return now - self.at >= THINKING_PAUSE and 2 * size >= 3 * self.size


def _put(handle: Handle | None, data: dict[str, str]) -> Handle:
    if handle is None:
        return show_updatable(data)
    handle.update(data, raw=True)
    return handle


@dataclass(slots=True)
class StaticAnswer:
    """One display at the end, nothing to update: for nbval, nbclient and files that are compared. `quiet` shows nothing."""

    code: str = ""
    quiet: bool = False
    _pieces: list[str] = field(default_factory=list[str])
    _thinking: Thinking = field(default_factory=lambda: Thinking(time.monotonic))

    def open(self) -> None:
        """Nothing to show yet."""

    def push(self, piece: str) -> None:
        """Keep one more piece of text."""
        self._pieces.append(piece)

    def think(self, piece: str) -> None:
        """Keep one more piece of thinking."""
        self._thinking.add(piece)

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Show the whole text, or `drawn`, and the footer."""
        if not self.quiet:
            show_bundle(bundle(self.text, footer, warning=warning, code=self.code, drawn=drawn, thought=self.thought))

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(self._pieces)

    @property
    def thought(self) -> Thought | None:
        """All thinking so far."""
        return self._thinking.whole()


@dataclass(slots=True)
class Unshown(StaticAnswer):
    """An answer that is kept and not shown. `notice` stands where it was asked."""

    notice: str = ""

    def open(self) -> None:
        """Show the notice."""
        if self.notice:
            show_bundle({"text/html": page("", self.notice), "text/plain": printable(self.notice)})


def chosen_display(mode: str, *, in_kernel: bool, model: str, budget: int, code: str = "") -> AnswerDisplay:
    """The display for `mode`: `live`, `static`, `off`, or `auto`, which is live. A terminal shows live answers as plain text."""
    if mode in {"auto", "live"}:
        if not in_kernel:
            return TerminalAnswer()
        return LiveAnswer(model, budget, code)
    return StaticAnswer(code, quiet=mode == "off")


def background_display(mode: str, name: str, *, in_kernel: bool, model: str, budget: int, code: str = "") -> AnswerDisplay:
    """The display of an answer in the background, which will be in the variable `name`.

    Live ones grow below the cell that asked. Elsewhere nothing can be added to a cell that has ended: there the cell says once
    that the answer is awaited, and the cell that waits for it shows it, as any value.
    """
    if mode in {"auto", "live"} and in_kernel:
        return LiveAnswer(model, budget, code, where=f" · in the background: await {name}", single=True)
    return Unshown(quiet=True, notice="" if mode == "off" else f"{model} was asked in the background: await {name}")
