"""An answer that does not fit its class is asked for again, in the same conversation, and shown with the reason.

A kit does so itself where it does not stream. A cell does it here, for both, so that the reader sees what was wrong and that the
answer below is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pydantic import ValidationError

from racto_nb.exceptions import ContextOverflowError, ResponseModelValidationError
from racto_nb.kits.structuring import asking_again, ended_early, reasons_of, validation_failure, without_room
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import ToolCallResult, ToolRun
from racto_nb.models.response import LLMResponse
from racto_nb.models.usage import Spent, added
from racto_nb.notebook.display.arriving import AnswerDisplay

MOST_RETRIES = 2
"""As many more answers as a ChatConfig asks for."""


class Tries:
    """The answers that were tried for one question: what to ask next, and what they cost together."""

    def __init__(self, config: ChatConfig, shown: AnswerDisplay, *, stream: bool = True) -> None:
        self._stream = stream
        self.config = config
        self._shown = shown
        self._usages: list[dict[str, int]] = []
        self._spent: list[Spent] = []
        self._runs: list[ToolRun] = []
        self._failure: ResponseModelValidationError | None = None

    def go_on(self, failure: ResponseModelValidationError) -> None:
        """Make `config` the one that asks again. Raises the failure of all tries where this was the last."""
        response, error = failure.response, failure.last_error
        if not isinstance(response, LLMResponse) or not isinstance(error, ValidationError):
            raise failure
        self._usages.append(response.usage)
        self._spent += response.spent
        self._runs += response.tool_runs
        told = validation_failure(self.config, response, error, usages=self._usages)
        all_of_it = cast("LLMResponse", told.response)
        all_of_it.tool_runs, all_of_it.spent = list(self._runs), tuple(self._spent)
        if not self._stream:
            show_runs(self._shown, response.tool_runs)
        if ended_early(response) or len(self._usages) > MOST_RETRIES:
            raise told from error
        if not self._shown.text:
            self._shown.push(failure.raw_response or "")
        self._shown.again(reasons_of(error, most=3))
        self._failure = told
        self.config = asking_again(self.config, response, error)

    def no_room(self, overflow: ContextOverflowError) -> Exception:
        """What to raise where the conversation has become too long for the model."""
        return overflow if self._failure is None else without_room(self._failure, overflow)

    def whole(self, response: LLMResponse) -> LLMResponse:
        """`response` with the usage and the calls of all tries."""
        if not self._usages:
            return response
        usage = added(*self._usages, response.usage)
        runs, spent = [*self._runs, *response.tool_runs], (*self._spent, *response.spent)
        return response.model_copy(update={"usage": usage, "tool_runs": runs, "spent": spent})


def show_runs(shown: AnswerDisplay, runs: Sequence[object]) -> None:
    """Show and keep the calls of tools behind an answer that was not streamed and did not come well: what they did is done."""
    done = [run for run in runs if isinstance(run, ToolRun)]
    if done:
        shown.called([ToolCallResult(id=run.id, name=run.name, arguments=run.arguments) for run in done])
        shown.ran(done)
