"""What a `%%racto` cell leaves behind: the answer with everything known about it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from racto_nb.exceptions import UsageError
from racto_nb.models.messages import ToolCallResult, ToolRun
from racto_nb.models.response import REPLAY, LLMResponse
from racto_nb.notebook.display.bundling import Drawn, Pane
from racto_nb.notebook.display.footer import duration, footer
from racto_nb.notebook.display.responses import drawn_response
from racto_nb.notebook.display.steps import Step
from racto_nb.notebook.display.tables import drawn_frame
from racto_nb.notebook.display.theme import framed
from racto_nb.notebook.display.thinking import Thought

if TYPE_CHECKING:
    from racto_nb.rag.results import RAGResponse

NOT_SENT = "not sent"
"""The origin of a result whose question never left."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)  # frames cannot be compared, so a result is equal to itself only
class RactoResult:
    """The answer of a cell, kept as `_racto` and in the variable named by `--into`.

    `text` is what the model wrote. `parsed` is the validated instance (`--as`, or a class as the output format), the list of rows
    (`--df`), the JSON value (`--json`), or None. `frame` is the data frame (`--df`); reading `df` without one raises UsageError.
    `model` names the model that answered, `usage` counts tokens, `cost` is US dollars (0 on this machine, None when unknown),
    `seconds` the time the answer took, `origin` where it came from; of a replay both are 0. `age` is how many seconds ago
    an answer was given that a cache kept. `prompt_text` is the exact text that was sent, `response` the full LLMResponse.
    `complete` is False for an answer that was interrupted or cut. `thinking` is what a
    reasoning model showed of its thoughts, None where it showed none; it is no part of `text`, nor of a conversation.
    `tool_runs` are the calls of tools that were carried out (`--tools`), each with `name`, `arguments`, `content` and `error`,
    and `tool_calls` those that were not, such as a call of a Pydantic class. `attached` names the files that were sent along,
    `notes` is what the kit warned of, such as an option that the model does not take. `rag` is the RAGResponse of a
    `%%racto rag` cell: its `outcome`, `sources` and `citations`; None for other cells.

    `await answer` gives the result itself, so that a cell may await any answer, also one that is there already.
    """

    text: str
    response: LLMResponse
    model: str
    prompt_text: str
    parsed: Any = None
    frame: Any = None
    cost: float | None = None
    seconds: float = 0.0
    origin: str = "fresh"
    age: float | None = None
    complete: bool = True
    warning: str = ""
    code: str = field(default="")
    thought: Thought | None = None
    attached: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    rag: RAGResponse | None = None

    @property
    def done(self) -> bool:
        """True: an answer in the background says False while it is written."""
        return True

    @property
    def thinking(self) -> str | None:
        """What the model showed of its thoughts before it answered."""
        found = [thought.text for thought in (*(step.thought for step in self.steps), self.thought) if thought is not None]
        return "\n\n".join(found) if found else None

    @property
    def tool_runs(self) -> list[ToolRun]:
        """The calls of tools that were carried out, in their order."""
        return self.response.tool_runs

    @property
    def tool_calls(self) -> list[ToolCallResult]:
        """The calls of tools that were not carried out."""
        return self.response.tool_calls

    @property
    def usage(self) -> dict[str, int]:
        """Tokens read and written, as counted by the provider; empty when unknown."""
        return self.response.usage

    @property
    def df(self) -> Any:
        """The data frame of a cell with `--df`."""
        if self.frame is None:
            message = "This answer has no data frame. Ask for one with %%racto --df."
            raise UsageError(message)
        return self.frame

    @property
    def footer(self) -> str:
        """Model, tokens, time, price and origin in one line, what was attached, and what was left out of the history."""
        return " · ".join((self._counted, *self.notes))

    @property
    def _counted(self) -> str:
        if self.origin == NOT_SENT:
            return f"{self.model} · {NOT_SENT}"
        if not (self.complete or self.text.strip() or self.usage):  # nothing came that could have a price
            return f"{self.model} · {REPLAY if self.origin == REPLAY else duration(self.seconds)}"
        files = f" · attached: {', '.join(self.attached)}" if self.attached else ""
        counted = footer(
            model=self.model, usage=self.usage, seconds=self.seconds, cost=self.cost, origin=self.origin, age=self.age
        )
        left_out = self.response.truncation
        return counted + files + (f" · {left_out.notice}" if left_out is not None else "")

    @property
    def drawn(self) -> Drawn | None:
        """The data frame as it is shown, or the answer with its sources; None where the text is."""
        if self.rag is not None:
            return drawn_response(self.rag)
        return None if self.frame is None else drawn_frame(self.frame)

    def pane(self, name: str = "") -> Pane:
        """The answer as it is shown; `name` says whose it is where there are several."""
        left = bool(self.steps) and self.steps[-1].is_left  # the text stands above the calls that ended it
        text, thought = ("", None) if left else (self.text, self.thought)
        return Pane(text, self.footer, self.warning, self.code, self.drawn, thought, self.steps, name)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002  (IPython's)
        pane = self.pane()
        return {"text/html": framed(pane.html), "text/plain": pane.plain}

    def __await__(self) -> Generator[Any, None, Self]:
        return self
        yield  # makes it a generator, as the protocol wants it

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]
