"""A chat beside the cells: answers stream, a Stop stops them, and the conversation branches where a question is edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import traitlets

from racto_nb.exceptions import UsageError
from racto_nb.models.messages import Message
from racto_nb.notebook.controllers.chat.events import (
    HEARD,
    Allow,
    Ask,
    Attach,
    Attached,
    Clear,
    Forget,
    Halt,
    Settle,
    Stop,
    Write,
)
from racto_nb.notebook.controllers.chat.exporting import as_cells, as_example, as_markdown, said_in
from racto_nb.notebook.controllers.chat.state import ChatState
from racto_nb.notebook.controllers.chat.update import update
from racto_nb.notebook.controllers.chat.view import twin, view
from racto_nb.notebook.controllers.controller import Controller
from racto_nb.notebook.controllers.reading import dropped
from racto_nb.notebook.widgets.bridge import Bridge, part
from racto_nb.notebook.widgets.chat.writing import Asker, written
from racto_nb.notebook.widgets.naming import named
from racto_nb.notebook.widgets.scripts import script, style
from racto_nb.prompts.files import RactoFile

if TYPE_CHECKING:
    from racto_nb.finetune.examples import RactoTrainingExample
    from racto_nb.kits.kit import DeveloperKit
    from racto_nb.models.sources import Retriever, ToolSource
    from racto_nb.notebook.magics.result import RactoResult
    from racto_nb.prompts.engine import RactoPrompt


class Chat(Bridge[ChatState]):
    """A chat with one kit, or with several side by side. Display it, or ask from Python; both see the same conversation.

    `prompt` is the system prompt, `tools` what the models may call: with `approve`, each call waits for a yes on the page. `rag`
    is a retriever whose passages the answers cite. `history` is what was said before. `thinking` asks models that can to
    show their thoughts, `max_tokens` limits each answer.

    Raises UsageError without a kit.

    >>> from racto_nb.testing import FakeKit
    >>> chat = Chat(FakeKit(["Paris."]))
    >>> chat.ask("Capital of France?")
    >>> chat.wait().text
    'Paris.'
    >>> [message.content for message in chat.messages]
    ['Capital of France?', 'Paris.']
    >>> chat.close()
    """

    _esm = script("chat")
    _css = style("chat")
    controller: ClassVar[Controller[ChatState]] = Controller(HEARD, update, view, twin)

    path = part(traitlets.List)
    exchanges = part(keyed=True)
    asking = part()
    exported = part(traitlets.Unicode)

    def __init__(
        self,
        *kits: DeveloperKit,
        prompt: RactoPrompt | None = None,
        tools: ToolSource | None = None,
        approve: bool = False,
        rag: Retriever | None = None,
        history: Sequence[Message] = (),
        thinking: bool = False,
        max_tokens: int = 4096,
    ) -> None:
        if not kits:
            raise UsageError("A chat needs a kit, e.g. Chat(embedded.Chat()). In a notebook, %racto chat opens one.")
        self._asker = Asker(
            kits=named(kits), prompt=prompt, tools=tools, approve=approve, rag=rag, thinking=thinking, max_tokens=max_tokens
        )
        models = tuple(self._asker.kits)
        system = "" if prompt is None else prompt.compile()
        super().__init__(ChatState(models, models, before=tuple(history), system=system))

    def ask(self, text: str, attachments: Sequence[RactoFile] = ()) -> None:
        """Ask the picked models; answers arrive on the page and, after `wait()`, in `last`. UsageError while one is written."""
        if attachments:
            self.tell(Attached(tuple(attachments)))
        self.tell(Ask(text))

    def stop(self) -> None:
        """Stop all answers that are being written; what had arrived is kept."""
        self.tell(Stop())

    def clear(self) -> None:
        """Begin a new conversation. What was said is forgotten, with its results."""
        self.tell(Clear())

    def allow(self, value: bool = True) -> None:  # noqa: FBT001, FBT002  (the one thing that is said)
        """Let all calls of tools run that wait for a yes, or refuse them."""
        for asked in self._state.waiting:
            self.tell(Allow(asked.key, value))

    def wait(self, timeout: float | None = None) -> RactoResult:
        """Wait until no answer is being written; the last one. TimeoutError after `timeout` seconds; the answers go on."""
        self._await_quiet(
            lambda: self.busy, timeout, late=f"The answer was not whole after {timeout} s. It is still being written."
        )
        return self.last

    @property
    def busy(self) -> bool:
        """Whether an answer is being written."""
        with self._turn:  # what has ended is on its way to the page then
            return self._state.busy

    @property
    def last(self) -> RactoResult:
        """The last answer with everything that is known about it. UsageError where nothing was asked."""
        if not self._asker.results:
            raise UsageError("Nothing was asked in this chat yet.")
        return next(reversed(self._asker.results.values()))

    @property
    def results(self) -> dict[str, RactoResult]:
        """All answers by their keys, also those of other branches."""
        return dict(self._asker.results)

    @property
    def messages(self) -> list[Message]:
        """The conversation that is read, as a kit takes it: `ChatConfig(history=chat.messages)`."""
        return said_in(self._state)

    @property
    def cost(self) -> float | None:
        """US dollars of all answers of all branches, None when the price of one is unknown."""
        costs = [result.cost for result in self._asker.results.values()]
        return None if None in costs else float(sum(cost for cost in costs if cost is not None))

    def markdown(self) -> str:
        """The conversation that is read, as Markdown."""
        return as_markdown(self._state)

    def cells(self, name: str = "chat") -> list[str]:
        """The questions of the conversation as `%%racto` cells of the conversation `name`, which go on from one another."""
        return as_cells(self._state, name=name)

    def example(self) -> RactoTrainingExample:
        """The conversation as an example to train on, with the system prompt."""
        return as_example(self._state)

    def hold(self, key: str, result: RactoResult) -> None:
        """Keep the result of the answer `key`, unless the conversation was cleared meanwhile."""
        with self._turn:
            if self._state.holder(key) is not None:
                self._asker.results[key] = result

    def _perform(self, wish: object) -> None:
        match wish:
            case Write():
                self._begin(wish.key, lambda: written(self, self._asker, wish))
            case Halt():
                self._stop(wish.key)
            case Forget():
                self._asker.forget(wish.keys)
            case Settle():
                self._asker.settle(wish.key, allowed=wish.allowed)
            case _:
                super()._perform(wish)

    def _hear(self, event: object, buffers: object) -> None:
        if isinstance(event, Attach):
            if len(event.types) != len(event.names):
                raise UsageError("Files were announced without their types. Nothing was attached.")
            files = dropped(buffers, len(event.names))
            event = Attached(tuple(map(RactoFile.from_bytes, files, event.types, event.names)))
        self.tell(event)
