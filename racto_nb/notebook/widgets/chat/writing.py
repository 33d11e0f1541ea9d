"""Ask one of the chat's kits for an answer, and tell the chat what comes of it. Runs on the widget's loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from racto_nb._secrecy import Secrets
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import Message, MessageRole
from racto_nb.models.sources import Retriever, ToolSource
from racto_nb.notebook.controllers.chat.events import Ended, Stepped, Wondered, Write
from racto_nb.notebook.controllers.chat.state import DONE, FAILED, STOPPED, Asked
from racto_nb.notebook.display.steps import Call, Step
from racto_nb.notebook.magics.answering import Answered, Asking, answered_async
from racto_nb.notebook.magics.asking import Question
from racto_nb.notebook.magics.failing import is_ours, line_of
from racto_nb.notebook.magics.guarding import guarded
from racto_nb.notebook.magics.secrecy import refuse_secrets
from racto_nb.notebook.widgets.approving import Approved
from racto_nb.notebook.widgets.chat.passages import found
from racto_nb.notebook.widgets.streaming import Page, PageAnswer
from racto_nb.prompts.engine import RactoPrompt

if TYPE_CHECKING:
    from racto_nb.kits.kit import DeveloperKit
    from racto_nb.notebook.magics.result import RactoResult


class Told(Page, Protocol):
    """A widget that an answer is written for."""

    def tell(self, event: object) -> None:
        """Something has happened."""
        ...

    def hold(self, key: str, result: RactoResult) -> None:
        """Keep the result of an answer for as long as it can be read."""
        ...


@dataclass(slots=True)
class Asker:
    """How the chat asks: the kits by their names and what goes along with each question. Keeps the results and the open calls."""

    kits: Mapping[str, DeveloperKit]
    prompt: RactoPrompt | None
    tools: ToolSource | None
    approve: bool
    rag: Retriever | None
    thinking: bool
    max_tokens: int
    results: dict[str, RactoResult] = field(default_factory=dict[str, "RactoResult"])
    _open: dict[str, asyncio.Future[bool]] = field(default_factory=dict[str, "asyncio.Future[bool]"])
    _numbers: count[int] = field(default_factory=count)

    def config(self, wish: Write, widget: Told) -> ChatConfig:
        """The question of `wish`."""
        tools = guarded(self.tools, os.environ)
        if tools is not None and self.approve:
            tools = Approved(tools, lambda name, arguments: self._agreed(widget, wish.key, name, arguments))
        return ChatConfig(
            user_message=wish.question,
            prompt=self.prompt,
            history=list(wish.history),
            attachments=list(wish.files) or None,
            tools=tools,
            auto_execute_tools=tools is not None,
            max_tool_turns=10,
            native_thinking=self.thinking and self.kits[wish.model].spec.abilities.thinking is not False,
            max_tokens=self.max_tokens,
        )

    def settle(self, key: str, *, allowed: bool) -> None:
        """The call `key` may run, or not. One that nobody waits for any more is let go."""
        answer = self._open.get(key)
        if answer is not None:
            answer.get_loop().call_soon_threadsafe(lambda: answer.done() or answer.set_result(allowed))

    def forget(self, keys: Collection[str]) -> None:
        """Let results go."""
        for key in keys:
            self.results.pop(key, None)

    @property
    def secrets(self) -> Secrets:
        """What must not be shown."""
        return Secrets.of(os.environ)

    async def _agreed(self, widget: Told, answer: str, name: str, arguments: Mapping[str, Any]) -> bool:
        key = f"call{next(self._numbers)}"
        self._open[key] = waiting = asyncio.get_running_loop().create_future()
        try:
            line = Call(name, self.secrets.cleaned_value(dict(arguments))).line
            widget.tell(Wondered(Asked(key, answer, line)))
            return await waiting
        finally:
            del self._open[key]


async def written(widget: Told, asker: Asker, wish: Write) -> None:
    """Write the answer of `wish` onto the page and tell the chat how it ended, however that was."""
    try:
        await _written(widget, asker, wish)
    except asyncio.CancelledError:
        widget.tell(Ended(wish.key, STOPPED, "", warning="stopped"))
        raise
    except Exception as error:
        widget.tell(Ended(wish.key, FAILED, "", warning=asker.secrets.cleaned(line_of(error))))
        if not is_ours(error):
            raise  # shown beside the chat, and logged: somebody has to mend it


async def _written(widget: Told, asker: Asker, wish: Write) -> None:
    shown = PageAnswer(page=widget, key=wish.key, stepped=lambda steps: widget.tell(Stepped(wish.key, tuple(steps))))
    kit, seen = asker.kits[wish.model], None
    config = asker.config(wish, widget)
    if asker.rag is not None:
        seen = await found(asker.rag, kit, config)
        config = seen.ready.config
    question = Question(config, None, wants_json=False)
    refuse_secrets(question.prompt_text, os.environ)
    if seen is not None and not seen.ready.sources:
        outcome = seen.nothing(kit)
    else:
        outcome = await answered_async(Asking(kit, question, shown, place="chat.last"))
    if seen is not None and outcome.error is None:
        outcome.result = seen.told(outcome.result)
    widget.hold(wish.key, outcome.result)
    shown.finish()
    widget.tell(_ended(wish.key, outcome, shown.steps))


def _ended(key: str, outcome: Answered, steps: Sequence[Step]) -> Ended:
    result, error = outcome.result, outcome.error
    stopped = isinstance(error, asyncio.CancelledError)
    drawn = result.drawn if error is None else None
    said = result.response.messages or [Message(role=MessageRole.ASSISTANT, content=result.text)]
    return Ended(
        key=key,
        state=STOPPED if stopped else DONE if error is None else FAILED,
        text=result.text,
        footer=result.footer,
        warning="stopped" if stopped else "" if error is None else line_of(error, place="chat.last"),
        steps=tuple(steps),
        thought=result.thought,
        origin=result.origin,
        cost=result.cost,
        said=tuple(said) if error is None or (stopped and result.text.strip()) else (),
        body="" if drawn is None else drawn.html,
    )
