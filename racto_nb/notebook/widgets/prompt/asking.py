"""Try a prompt on kits, and say what it would cost. Runs on the widget's loop."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from racto_nb._secrecy import Secrets
from racto_nb.budgets.estimates import Estimate
from racto_nb.exceptions import RactoGatewayError
from racto_nb.models.chat import ChatConfig
from racto_nb.notebook.controllers.prompt.events import Ask, Ended, Gone, Measure, Price, Priced
from racto_nb.notebook.controllers.prompt.state import DONE, FAILED, STOPPED
from racto_nb.notebook.magics.answering import Answered, Asking, answered_async
from racto_nb.notebook.magics.asking import Question
from racto_nb.notebook.magics.failing import line_of
from racto_nb.notebook.magics.secrecy import refuse_secrets
from racto_nb.notebook.widgets.streaming import Page, PageAnswer
from racto_nb.prompts.engine import RactoPrompt

if TYPE_CHECKING:
    from racto_nb.kits.kit import DeveloperKit
    from racto_nb.notebook.magics.result import RactoResult

QUIET = 0.4
"""Seconds without a change after which the price is worked out."""
SHORTEST = "?"
"""What stands for the question while there is none: the least that can be asked."""


class Told(Page, Protocol):
    """A widget that answers are written for."""

    def tell(self, event: object) -> None:
        """Something has happened."""
        ...

    def hold(self, key: str, result: RactoResult) -> None:
        """Keep the result of an answer for as long as it is shown."""
        ...


@dataclass(slots=True)
class Asker:
    """How the builder asks: the kits by their names, and the most tokens of an answer. Keeps the results."""

    kits: Mapping[str, DeveloperKit]
    max_tokens: int
    results: dict[str, RactoResult] = field(default_factory=dict[str, "RactoResult"])
    turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Each kit is asked one thing at a time: a model on this machine could do no more, and others limit their rates."""

    def forget(self, keys: Collection[str]) -> None:
        """Let results go."""
        for key in keys:
            self.results.pop(key, None)

    def config(self, prompt: RactoPrompt, question: str) -> ChatConfig:
        """The question as it is sent."""
        return ChatConfig(user_message=question, prompt=prompt, response_model=prompt.output_model, max_tokens=self.max_tokens)


async def answered(widget: Told, asker: Asker, wish: Ask) -> None:
    """Write the answer of `wish` onto the page and tell the builder how it ended."""
    shown = PageAnswer(page=widget, key=wish.key, stepped=lambda _: None)
    try:
        question = Question(asker.config(wish.prompt, wish.question), None, wants_json=wish.prompt.wants_json)
        refuse_secrets(question.prompt_text, os.environ)
    except RactoGatewayError as error:
        widget.tell(Ended(wish.key, FAILED, warning=line_of(error)))
        return
    place = f"builder.results[{wish.key!r}]"
    async with asker.turns[wish.model]:
        outcome = await answered_async(Asking(asker.kits[wish.model], question, shown, place=place))
    widget.hold(wish.key, outcome.result)
    shown.finish()
    widget.tell(_ended(wish.key, outcome, place))


def _ended(key: str, outcome: Answered, place: str) -> Ended:
    result, error = outcome.result, outcome.error
    stopped = isinstance(error, asyncio.CancelledError)
    return Ended(
        key=key,
        state=STOPPED if stopped else DONE if error is None else FAILED,
        text=result.text,
        footer=result.footer,
        warning="stopped" if stopped else "" if error is None else line_of(error, place=place),
        code=result.code,
        thought=result.thought,
        read=result.usage.get("prompt_tokens"),
        written=result.usage.get("completion_tokens"),
        cost=result.cost,
    )


async def let_go(widget: Told, key: str) -> None:
    """Tell that the answer `key` is stopped, where it had not begun and says nothing itself."""
    await asyncio.sleep(QUIET)
    widget.tell(Gone(key))


async def priced(widget: Told, asker: Asker, wish: Price) -> None:
    """Tell what each kit would read and cost, when nothing has changed for a moment. Nothing is sent."""
    await asyncio.sleep(QUIET)
    if wish.prompt is None:
        widget.tell(Priced({}))
        return
    config = asker.config(wish.prompt, wish.question if wish.question.strip() else SHORTEST)
    widget.tell(Priced(await asyncio.to_thread(_estimates, asker.kits, config)))


def _estimates(kits: Mapping[str, DeveloperKit], config: ChatConfig) -> dict[str, Estimate | str]:
    found: dict[str, Estimate | str] = {}
    for name, kit in kits.items():
        try:
            found[name] = kit.estimate(config)
        except RactoGatewayError as error:
            found[name] = _line(error)
    return found


async def measured(widget: Told, asker: Asker, wish: Measure) -> None:
    """Tell how many tokens the provider counts, and what they cost."""
    kit = asker.kits[wish.model]
    config = asker.config(wish.prompt, wish.question if wish.question.strip() else SHORTEST)
    try:
        refuse_secrets(Question(config, None, wants_json=False).prompt_text, os.environ)
        tokens = await kit.acount_tokens(config)
        found: Estimate | str = (await asyncio.to_thread(kit.estimate, config)).counted(tokens)
    except RactoGatewayError as error:
        found = _line(error)
    widget.tell(Priced({wish.model: found}))


def _line(error: Exception) -> str:
    return Secrets.of(os.environ).cleaned(line_of(error))
