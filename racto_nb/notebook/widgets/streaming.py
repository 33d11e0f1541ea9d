"""A text that arrives, on its way to a page: numbered additions at most every 50 ms, and now and then the whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from racto_nb.models.messages import ToolCallResult, ToolRun
from racto_nb.notebook.display.arriving import Arriving
from racto_nb.notebook.display.blocks import Blocks
from racto_nb.notebook.display.bundling import Drawn
from racto_nb.notebook.display.steps import Step

PAUSE = 0.05
"""Seconds between two messages about one text."""
SNAPSHOT = 4
"""The whole text is sent when it has grown to so many times what it was: a third more bytes, and what was lost is healed."""


class Page(Protocol):
    """What a text needs of a widget."""

    def post(self, message: Mapping[str, Any]) -> None:
        """Send the pages a message."""
        ...

    def keep_stream(self, key: str, stream: Mapping[str, Any] | None) -> None:
        """Keep what has arrived under `key`, for pages that are loaded later. None ends it."""
        ...


def _run() -> int:
    """A number that is larger for each text that begins: in microseconds, so that a page counts it without a loss."""
    return time.monotonic_ns() // 1000


@dataclass(slots=True)
class PageStream:
    """One text on a page, under `key`. With `markdown`, its finished blocks are sent as clean HTML.

    A text that begins anew under a key has a larger `run`, by which pages know it from the one before.
    """

    page: Page
    key: str
    markdown: bool = True
    run: int = field(default_factory=_run)
    _sent: str = ""
    _html: str = ""
    _seq: int = 0
    _snapped: int = 0
    _blocks: Blocks = field(default_factory=Blocks)

    def show(self, text: str) -> None:
        """Bring the pages from what they have to `text`, which mostly begins with it."""
        if not text.startswith(self._sent):
            self.clear()
        added = text[len(self._sent) :]
        if not added:
            return
        self._sent = text
        unfinished = len(self._blocks.tail) + len(added)
        whole = self._add(added)
        message: dict[str, Any] = {"t": "stream", "id": self.key, "run": self.run, "i": self._seq}
        was_cut = len(self._blocks.tail) < unfinished
        message |= {"html": whole, "tail": self._blocks.tail} if was_cut else {"add": added}
        self._html += whole
        self._seq += 1
        size = len(self._html) + len(self._blocks.tail)
        is_snapshot = size >= SNAPSHOT * self._snapped
        self._snapped = size if is_snapshot else self._snapped
        self.page.keep_stream(self.key, self._kept)
        self.page.post({"t": "stream", "id": self.key, "whole": self._kept} if is_snapshot else message)

    def clear(self) -> None:
        """Begin anew: the pages show nothing until more comes."""
        self.run = max(self.run + 1, _run())
        self._sent, self._html, self._blocks, self._seq, self._snapped = "", "", Blocks(), 0, 0
        self.page.keep_stream(self.key, self._kept)
        self.page.post({"t": "stream", "id": self.key, "whole": self._kept})

    @property
    def _kept(self) -> dict[str, Any]:
        return {"run": self.run, "seq": self._seq, "html": self._html, "tail": self._blocks.tail}

    def _add(self, added: str) -> str:
        if self.markdown:
            return self._blocks.add(added)
        self._blocks.tail += added
        return ""

    def end(self) -> None:
        """The page has the text in another way from now on."""
        self.page.keep_stream(self.key, None)


@dataclass(slots=True, kw_only=True)
class PageAnswer(Arriving):
    """An answer of a model on a page, under `key`; its thinking is under `key` and "-thinking". Lives on the widget's loop.

    `stepped` is told the turns before the one that is being written, when one has ended or its calls have.
    """

    page: Page
    key: str
    stepped: Callable[[Sequence[Step]], None]
    _text: PageStream = field(init=False)
    _thoughts: PageStream = field(init=False)
    _due: asyncio.TimerHandle | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        Arriving.__post_init__(self)
        self._text = PageStream(self.page, self.key)
        self._thoughts = PageStream(self.page, f"{self.key}-thinking", markdown=False)

    def push(self, piece: str) -> None:
        """Show one more piece of text, soon."""
        Arriving.push(self, piece)
        self._show_soon()

    def think(self, piece: str) -> None:
        """Show one more piece of thinking, soon."""
        Arriving.think(self, piece)
        self._show_soon()

    def called(self, calls: Sequence[ToolCallResult], *, left: bool = False) -> None:
        """The turn has ended with `calls`."""
        Arriving.called(self, calls, left=left)
        self._turn_ended()

    def ran(self, runs: Sequence[ToolRun]) -> None:
        """Show what became of the calls."""
        Arriving.ran(self, runs)
        self.stepped(self.steps)

    def again(self, reason: str) -> None:
        """Show that it is asked again."""
        Arriving.again(self, reason)
        self._turn_ended()

    def finish(self, footer: str = "", *, warning: str = "", drawn: Drawn | None = None) -> None:
        """No more comes: what the page shows from now on, the controller says."""
        del footer, warning, drawn
        self._rest()
        self._text.end()
        self._thoughts.end()

    def _turn_ended(self) -> None:
        self._rest()
        self._text.clear()
        self._thoughts.clear()
        self.stepped(self.steps)

    def _rest(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _show_soon(self) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(PAUSE, self._show)

    def _show(self) -> None:
        self._due = None
        self._text.show(self.so_far)
        thought = self.thought
        if thought is not None:
            self._thoughts.show(thought.text)
