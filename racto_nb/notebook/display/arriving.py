"""What has arrived of an answer, in the order in which it came: what every display keeps.

Secrets of the environment are taken out of what is shown. One may come in several pieces, so texts are cleaned as a whole, and an
end that may become a secret is held back while more is awaited.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from racto_nb._secrecy import Secrets
from racto_nb._taping import is_replaying
from racto_nb.models.messages import ToolCallResult, ToolRun
from racto_nb.notebook.display.bundling import Drawn
from racto_nb.notebook.display.steps import Call, State, Step
from racto_nb.notebook.display.thinking import Thinking, Thought


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

    def called(self, calls: Sequence[ToolCallResult], *, left: bool = False) -> None:
        """Show that the text so far ends in `calls` of tools: they are about to run, or are `left` as they are."""
        ...

    def ran(self, runs: Sequence[ToolRun]) -> None:
        """Show what became of the calls."""
        ...

    def again(self, reason: str) -> None:
        """Show that the text so far does not fit, and is asked for again."""
        ...

    def stop(self) -> None:
        """Mark the calls that still run: nobody waits for them any more. What is shown changes with `finish`."""
        ...

    def finish(self, footer: str, *, warning: str = "", drawn: Drawn | None = None) -> None:
        """Show the whole text and the line below it, or `drawn` in place of the text. Called exactly once, last."""
        ...

    @property
    def text(self) -> str:
        """The text of the turn that is being written, without secrets: what came before a call of tools is in `steps`."""
        ...

    @property
    def thought(self) -> Thought | None:
        """The thinking of that turn, None when there was none."""
        ...

    @property
    def steps(self) -> tuple[Step, ...]:
        """The turns before it."""
        ...

    @property
    def runs(self) -> tuple[ToolRun, ...]:
        """All calls that were carried out."""
        ...


@dataclass(slots=True, kw_only=True)
class Arriving:
    """The pieces of an answer while they come: the turn that is being written, and the steps before it."""

    clock: Callable[[], float] = time.monotonic
    secrets: Secrets = field(default_factory=lambda: Secrets.of(os.environ), repr=False)
    steps: tuple[Step, ...] = field(init=False, default_factory=tuple[Step, ...])
    runs: tuple[ToolRun, ...] = field(init=False, default_factory=tuple[ToolRun, ...])
    _pieces: list[str] = field(init=False, default_factory=list[str])
    _thinking: Thinking = field(init=False)

    def __post_init__(self) -> None:
        self._thinking = Thinking(_still if is_replaying() else self.clock)

    def open(self) -> None:
        """Nothing has come yet."""

    def push(self, piece: str) -> None:
        """Keep one more piece of text."""
        self._pieces.append(piece)

    def think(self, piece: str) -> None:
        """Keep one more piece of thinking."""
        self._thinking.add(piece)

    def called(self, calls: Sequence[ToolCallResult], *, left: bool = False) -> None:
        """The turn has ended with `calls`."""
        state = State.LEFT if left else State.RUNS
        clean = self.secrets.cleaned_value
        self._end_turn(calls=tuple(Call(call.name, clean(call.arguments), state, id=call.id) for call in calls))

    def ran(self, runs: Sequence[ToolRun]) -> None:
        """What became of the last calls. Each is found by its id, or by its place where ids are missing or given twice."""
        self.runs += tuple(runs)
        if not self.steps or not self.steps[-1].calls:
            self._end_turn(calls=())
        calls = list(self.steps[-1].calls)
        for run in runs:
            came = self._came(run)
            waiting = [place for place, call in enumerate(calls) if call.state is State.RUNS]
            named = [place for place in waiting if calls[place].id == run.id]
            if found := named or waiting:
                calls[found[0]] = came
            else:
                calls.append(came)
        self.steps = (*self.steps[:-1], replace(self.steps[-1], calls=tuple(calls)))

    def again(self, reason: str) -> None:
        """The turn has ended with a text that does not fit."""
        self._end_turn(again=self.secrets.cleaned(reason))

    def stop(self) -> None:
        """Mark the calls that still run."""
        if self.steps:
            last = self.steps[-1]
            calls = [replace(call, state=State.STOPPED) if call.state is State.RUNS else call for call in last.calls]
            self.steps = (*self.steps[:-1], replace(last, calls=tuple(calls)))

    @property
    def text(self) -> str:
        """All text of the turn so far."""
        return self.secrets.cleaned(self._written)

    @property
    def so_far(self) -> str:
        """The text of the turn that can be shown while more is awaited."""
        return self.secrets.settled(self._written)[0]

    @property
    def thought(self) -> Thought | None:
        """All thinking of the turn so far."""
        whole = self._thinking.whole()
        return None if whole is None else replace(whole, text=self.secrets.cleaned(whole.text))

    @property
    def _written(self) -> str:
        if len(self._pieces) > 1:
            self._pieces[:] = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def _came(self, run: ToolRun) -> Call:
        call = ended(run)
        return replace(call, arguments=self.secrets.cleaned_value(call.arguments), told=self.secrets.cleaned(call.told))

    def _end_turn(self, *, calls: tuple[Call, ...] = (), again: str = "") -> None:
        self.steps += (Step(self.text, calls, again, self.thought),)
        self._pieces, self._thinking = [], Thinking(_still if is_replaying() else self.clock)


def _still() -> float:
    """A clock for what may be replayed: how long a model thinks is shown the same each time, as unknown."""
    return 0.0


def ended(run: ToolRun) -> Call:
    """A call that was carried out, as it is shown."""
    failed = run.error is not None
    told = run.error or run.content or "it failed" if failed else run.content
    return Call(run.name, run.arguments, State.FAILED if failed else State.DONE, told, run.id)
