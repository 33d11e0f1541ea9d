"""An answer that is written in the background: what `%%racto --background --into NAME` puts into the variable NAME.

It is written on the session's own event loop, which other cells do not block, and shown below the cell that asked. Whoever
waits for it gets the result, or the error that would have failed the cell; an error that nobody has heard of is written to the
standard error of the next cell that ends.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import UnfinishedError, UsageError, did_you_mean
from racto_nb.kits.conversations import Place
from racto_nb.notebook.display.bundling import bundle
from racto_nb.notebook.display.streaming import LiveAnswer
from racto_nb.notebook.magics.answering import Answered, Asking, answered_async
from racto_nb.notebook.magics.failing import Interrupted, in_one_line, is_ours, line_of
from racto_nb.notebook.magics.result import RactoResult
from racto_nb.notebook.magics.waiting import Waiting

if TYPE_CHECKING:
    from racto_nb.flow.portal import Portal

PATIENCE = 2.0
"""Seconds that a caller who stopped the answer waits until what had arrived is kept."""
TICK = 0.1
"""Seconds between two looks at an answer that is awaited. A kernel whose loop sleeps does not notice the stop button."""
_RESULT = frozenset(
    {item.name for item in fields(RactoResult)} | {name for name in vars(RactoResult) if not name.startswith("_")}
)
_OFFERED = frozenset({"cancel", "done", "name", "result"}) | (
    _RESULT - {"code", "drawn", "footer", "frame", "pane", "steps", "thought", "warning"}
)
"""What TAB and `dir` offer: not what only the display needs."""


class PendingAnswer:
    """An answer that is written in the background.

    `await answer` waits for the RactoResult and returns it, `answer.result()` does so without an event loop; both raise what
    went wrong, and both stop the model when they are interrupted. `done` says whether it has ended, `cancel()` stops it; what
    had arrived is kept. When it has ended, `answer.text`, `.parsed`, `.df` and all else of the result can be read from it;
    before, that raises UnfinishedError, which is a UsageError and an AttributeError.
    """

    def __init__(
        self,
        asking: Asking,
        *,
        keep: Callable[[Answered], None],
        conversation: Place | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        self._asking = asking
        self._keep = keep
        self._conversation = conversation
        self._waiting = waiting or Waiting()
        self._ended: Future[Answered] = Future()
        self._turn = threading.Lock()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._heard = False

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._ended.done()

    @property
    def name(self) -> str:
        """The variable it was asked into."""
        return self._asking.place

    def cancel(self) -> bool:
        """Stop the model. False when the answer has ended already."""
        with self._turn:
            if self.done:
                return False
            self._stopped = True
            if self._task is not None:
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)
            return True

    def result(self, timeout: float | None = None) -> RactoResult:
        """Wait for the answer and return it. TimeoutError after `timeout` seconds, which leaves it to be written on."""
        try:
            outcome = self._ended.result(timeout)
        except KeyboardInterrupt:
            self.cancel()
            wait([self._ended], PATIENCE)
            raise Interrupted(self._kept()) from None
        finally:
            self._heard = self._heard or self.done
        return self._given(outcome)

    def __await__(self) -> Generator[Any, None, RactoResult]:
        return self._awaited().__await__()

    async def _awaited(self) -> RactoResult:
        ended = asyncio.wrap_future(self._ended)
        with self._waiting.here():
            try:
                while not ended.done():
                    await asyncio.wait([ended], timeout=TICK)
            except asyncio.CancelledError:
                self.cancel()
                await asyncio.wait([ended], timeout=PATIENCE)
                raise in_one_line(asyncio.CancelledError(self._kept())) from None
        self._heard = True
        return self._given(ended.result())

    def _given(self, outcome: Answered) -> RactoResult:
        self._repeat()
        if outcome.error is None:
            return outcome.result
        if is_ours(outcome.error) or isinstance(outcome.error, asyncio.CancelledError):
            in_one_line(outcome.error, place=self.name)
        raise outcome.error

    def _repeat(self) -> None:
        if isinstance(self._asking.shown, LiveAnswer):
            # nbconvert does not listen to a cell that has ended; what is sent while another one runs it takes.
            self._asking.shown.repeat()

    def _kept(self) -> str:
        return f"the partial answer is kept in {self.name}.text" if self._asking.shown.text else "no answer had arrived"

    async def _write(self) -> None:
        with self._turn:
            self._task = asyncio.current_task()
            if self._stopped and self._task is not None:
                self._task.cancel()
        try:
            outcome = await answered_async(self._asking)
            self._keep(outcome)
            self._show(outcome)
        except Exception as error:  # noqa: BLE001  (a fault of a display, say: raised by who waits)
            self._ended.set_exception(error)
        else:
            self._ended.set_result(outcome)

    def _end_unwritten(self) -> None:
        """When the loop ends before the first step, nothing was sent, and nobody must wait."""
        if not self.done:
            self._ended.set_exception(UsageError(f"The session ended before {self.name!r} was asked. Nothing was sent."))

    def _show(self, outcome: Answered) -> None:
        result, error = outcome.result, outcome.error
        warning = result.warning
        if error is not None:
            stopped = isinstance(error, asyncio.CancelledError)
            warning = f"{warning}: {'stopped' if stopped else line_of(error, place=self.name)}"
        self._asking.shown.finish(result.footer, warning=warning, drawn=result.drawn if error is None else None)

    def __getattr__(self, name: str) -> Any:
        if name not in _RESULT:
            hint = "" if name.startswith("_") else did_you_mean(name, _OFFERED)
            raise AttributeError(f"An answer has no {name!r}.{hint}", name=name, obj=self)
        if not self.done:
            message = f"The answer {self.name!r} is still being written. Wait for it first: await {self.name}"
            raise in_one_line(UnfinishedError(message))
        return getattr(self._ended.result().result, name)

    def __dir__(self) -> list[str]:
        return sorted(_OFFERED)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        if not self.done:
            kit, written = self._asking.kit, len(self._asking.shown.text)
            return bundle("", f"{kit.provider}:{kit.model} is writing … {written:,} characters so far · await {self.name}")
        if (fault := self._ended.exception()) is not None:
            return bundle("", f"{self.name}", warning=line_of(fault))
        result: Any = self._ended.result().result
        return result._repr_mimebundle_(include, exclude)

    def __str__(self) -> str:
        return str(self._ended.result().result) if self.done and self._ended.exception() is None else repr(self)

    def __repr__(self) -> str:
        return self._repr_mimebundle_()["text/plain"].strip()


# What the session does with an answer. No methods: they would be offered to whoever reads it in a cell.
# ruff: noqa: SLF001  (a part of the same state)
# pyright: reportPrivateUsage=false


def begin(answer: PendingAnswer, portal: Portal) -> None:
    """Start writing `answer`. Called once."""
    portal.start(answer._write).add_done_callback(lambda _: answer._end_unwritten())


def place_of(answer: PendingAnswer) -> Place | None:
    """The conversation that its turn will join, None without one."""
    return answer._conversation


def show_again(answer: PendingAnswer) -> None:
    """Show `answer` below the cell that runs now too: where it was asked first, that has just emptied its output."""
    shown = answer._asking.shown
    if isinstance(shown, LiveAnswer):
        shown.show_again()
    else:
        shown.open()


def news_of(answer: PendingAnswer) -> str:
    """The failure of an answer that has ended, in a line, where nobody has heard of it; else nothing.

    What the answer shows is sent once more: a run without a reader takes only what is sent while a cell runs.
    """
    if answer._heard:
        return ""
    answer._heard = True
    answer._repeat()
    error = answer._ended.exception() or answer._ended.result().error
    if error is None or isinstance(error, asyncio.CancelledError):
        return ""
    return f"The answer {answer.name!r} in the background failed. {line_of(error, place=answer.name)}"
