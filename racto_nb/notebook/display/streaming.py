"""Show an answer while it arrives: live in a front end, static for files that are compared.

A live answer is one display that is updated. Every update repeats the whole text, so the updates are spaced by a budget of
bytes per second and at least 60 ms: one message per token would overrun the kernel's message queue and be lost, the end of the
cell with it.

An update replaces the HTML, so a block that the reader has opened is folded again. Thinking that comes before the answer
therefore has a display of its own, which the answer's updates leave alone, and which is itself refreshed seldom; so has a turn
that ended with calls of tools. An answer in the background cannot have several: what is displayed first after its cell has
ended is not kept by nbclient. Its thinking comes into the one display when all is finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from racto_nb.models.messages import ToolCallResult, ToolRun
from racto_nb.notebook.display.arriving import Arriving
from racto_nb.notebook.display.bundling import Drawn, bundle
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.display.showing import Handle, show_bundle, show_updatable
from racto_nb.notebook.display.steps import Step
from racto_nb.notebook.display.theme import page, plain
from racto_nb.notebook.display.thinking import folded, note

SHORTEST_PAUSE = 0.06
"""Seconds between two updates. With the last one, which does not wait, at most 20 messages in any second."""
THINKING_PAUSE = 1.0
"""Seconds between two updates of the folded thinking, at least. It must also have grown by half."""


@dataclass(slots=True)
class LiveAnswer(Arriving):
    """One display, updated while the text grows. `budget` in bytes per second bounds what is sent over the whole stream.

    `where` is said while it grows, e.g. how a cell waits for an answer that is written in the background. `single` keeps the
    thinking and the calls of tools in that display too.
    """

    model: str
    budget: int = 300_000
    code: str = ""
    where: str = ""
    single: bool = False
    _handle: Handle | None = None
    _folded: _Folded | None = None
    _last: dict[str, str] = field(default_factory=dict[str, str])
    _settled: list[tuple[Handle | None, dict[str, str]]] = field(default_factory=list[tuple[Handle | None, dict[str, str]]])
    """The displays of turns that have ended."""
    _behind: int = 0
    """How many steps are shown there."""
    _free_at: float = 0.0

    def open(self) -> None:
        """Show that an answer is awaited."""
        self._show(bundle("", f"waiting for {self.model} …{self.where}"), self.clock())

    def push(self, piece: str) -> None:
        """Show one more piece of text, now or with a later one."""
        now = self.clock()
        self._settle(now)
        Arriving.push(self, piece)
        if self._folded is not None and self._folded.grows:
            self._fold(self._folded, now, grows=False)
        if self._handle is None or now >= self._free_at:
            self._show_turn(f"{self.model} is writing …", now)

    def think(self, piece: str) -> None:
        """Show one more piece of thinking, now or with a later one."""
        now = self.clock()
        self._settle(now)
        Arriving.think(self, piece)
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
        self._show_turn(f"{self.model} is thinking … {len(self._thinking.text):,} characters so far", now)

    def called(self, calls: Sequence[ToolCallResult], *, left: bool = False) -> None:
        """Show the calls. They are few, and wait for no budget."""
        self._end_folded()
        Arriving.called(self, calls, left=left)
        names = ", ".join(dict.fromkeys(call.name for call in calls))
        self._show_turn(f"{self.model} waits for {names} …", self.clock())

    def ran(self, runs: Sequence[ToolRun]) -> None:
        """Show what became of the calls."""
        Arriving.ran(self, runs)
        self._show_turn(f"waiting for {self.model} …", self.clock())

    def again(self, reason: str) -> None:
        """Show that it is asked again."""
        self._end_folded()
        Arriving.again(self, reason)
        self._show_turn(f"waiting for {self.model} …", self.clock())

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Show the whole text, or `drawn`, and the footer."""
        self._end_folded()
        thought = None if self._folded is not None else self.thought
        steps = self._steps_here()
        shown = bundle(self.text, footer, warning=warning, code=self.code, drawn=drawn, thought=thought, steps=steps)
        self._show(shown, self.clock())

    def repeat(self) -> None:
        """Send what was shown last once more: a front end that has not listened since the cell ended gets it now."""
        now = [(self._folded.handle, self._folded.last)] if self._folded is not None else []
        for handle, last in (*self._settled, *now, (self._handle, self._last)):
            if handle is not None:
                handle.update(last, raw=True)

    def show_again(self) -> None:
        """Show it in a second place too: below a cell that was run anew, which has lost what stood there."""
        if self._handle is not None:
            self._handle.display(self._last, raw=True)

    def _steps_here(self) -> Sequence[Step]:
        """The steps that stand in the display of the answer, without the thinking that stands in one of its own."""
        here = self.steps[self._behind :]
        return here if self._folded is None else [replace(step, thought=None) for step in here]

    def _settle(self, now: float) -> None:
        """Leave the display of the turns that have ended as it is, and let the next turn begin another one below it."""
        if self.single or not (here := self._steps_here()):
            return
        self._show(bundle("", steps=here), now)
        self._settled += [] if self._folded is None else [(self._folded.handle, self._folded.last)]
        self._settled.append((self._handle, self._last))
        self._handle, self._folded, self._behind = None, None, len(self.steps)

    def _end_folded(self) -> None:
        if self._folded is not None and (self._folded.grows or self._folded.size != len(self._thinking.text)):
            self._fold(self._folded, self.clock(), grows=False)

    def _show_turn(self, doing: str, now: float) -> None:
        self._show(bundle(self.so_far, doing + self.where, code=self.code, steps=self._steps_here()), now)

    def _show(self, data: dict[str, str], now: float) -> None:
        self._handle, self._last = _put(self._handle, data), data
        self._count(data, now)

    def _fold(self, shown: _Folded, now: float, *, grows: bool) -> None:
        thought = (None if grows else self.thought) or self._thinking.so_far()
        if thought.grows:
            thought = replace(thought, text=self.secrets.settled(thought.text)[0])
        data = {"text/html": page("", "", above=folded(thought)), "text/plain": plain("", "", below=note(thought)).strip()}
        shown.handle, shown.last, shown.grows = _put(shown.handle, data), data, grows
        shown.size, shown.at = len(self._thinking.text), now
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
class StaticAnswer(Arriving):
    """One display at the end, nothing to update: for nbval, nbclient and files that are compared. `quiet` shows nothing."""

    code: str = ""
    quiet: bool = False

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Show the whole text, or `drawn`, and the footer."""
        if self.quiet:
            return
        thought, steps = self.thought, self.steps
        show_bundle(bundle(self.text, footer, warning=warning, code=self.code, drawn=drawn, thought=thought, steps=steps))


@dataclass(slots=True)
class Unshown(StaticAnswer):
    """An answer that is kept and not shown. `notice` stands where it was asked."""

    notice: str = ""

    def open(self) -> None:
        """Show the notice."""
        if self.notice:
            show_bundle({"text/html": page("", self.notice), "text/plain": printable(self.notice)})
