"""What a `%%racto` cell leaves behind: the answer with everything known about it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Self

from racto_nb.exceptions import UsageError
from racto_nb.models.response import LLMResponse
from racto_nb.notebook.display.bundling import Drawn, bundle
from racto_nb.notebook.display.footer import footer
from racto_nb.notebook.display.tables import drawn_frame
from racto_nb.notebook.display.thinking import Thought

NOT_SENT = "not sent"
"""The origin of a result whose question never left."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)  # frames cannot be compared, so a result is equal to itself only
class RactoResult:
    """The answer of a cell, kept as `_racto` and in the variable named by `--into`.

    `text` is what the model wrote. `parsed` is the validated instance (`--as`, or a class as the output format), the list of
    rows (`--df`), the JSON value (`--json`), or None. `frame` is the data frame (`--df`); reading `df` without one raises
    UsageError. `model` names the model that answered, `usage` counts tokens, `cost` is US dollars (0 on this machine, None
    when unknown), `seconds` the time the answer took, `origin` where it came from. `prompt_text` is the exact text that was
    sent, `response` the full LLMResponse. `complete` is False for an answer that was interrupted or cut. `thinking` is what a
    reasoning model showed of its thoughts, None where it showed none; it is no part of `text`, nor of a conversation.

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
    origin: str = "live"
    complete: bool = True
    warning: str = ""
    code: str = field(default="")
    thought: Thought | None = None

    @property
    def done(self) -> bool:
        """True: an answer in the background says False while it is written."""
        return True

    @property
    def thinking(self) -> str | None:
        """What the model showed of its thoughts before it answered."""
        return None if self.thought is None else self.thought.text

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
        """Model, tokens, time, price and origin in one line."""
        if self.origin == NOT_SENT:
            return f"{self.model} · {NOT_SENT}"
        return footer(model=self.model, usage=self.usage, seconds=self.seconds, cost=self.cost, origin=self.origin)

    @property
    def drawn(self) -> Drawn | None:
        """The data frame as it is shown, or None where the text is."""
        return None if self.frame is None else drawn_frame(self.frame)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002  (IPython's)
        return bundle(self.text, self.footer, warning=self.warning, code=self.code, drawn=self.drawn, thought=self.thought)

    def __await__(self) -> Generator[Any, None, Self]:
        return self
        yield  # makes it a generator, as the protocol wants it

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]
