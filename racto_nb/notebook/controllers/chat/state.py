"""What a chat holds. A conversation is a tree: an exchange follows an answer, and an answer is one of several to its question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from racto_nb.models.messages import Message
from racto_nb.notebook.display.steps import Step
from racto_nb.notebook.display.thinking import Thought
from racto_nb.prompts.files import RactoFile

WRITING, DONE, STOPPED, FAILED = "writing", "done", "stopped", "failed"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Answer:
    """One model's answer. `state` is writing, done, stopped or failed; `footer` says tokens, price and origin.

    `said` are the messages that a next question is sent after: calls of tools with their results, and the text.
    """

    key: str
    model: str
    state: str = WRITING
    text: str = ""
    footer: str = ""
    warning: str = ""
    steps: tuple[Step, ...] = ()
    thought: Thought | None = None
    origin: str = ""
    cost: float | None = None
    said: tuple[Message, ...] = ()
    body: str = ""
    """The text as clean HTML, where it is more than Markdown: with links to the passages below it."""

    @property
    def goes_on(self) -> bool:
        """Whether a next question may follow it: it is whole, or stopped with something said."""
        return self.state == DONE or (self.state == STOPPED and bool(self.said))


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Exchange:
    """A question after the answer `parent` ("" for the first), and the `answers` to it; a next question follows `chosen`."""

    key: str
    parent: str
    question: str
    files: tuple[RactoFile, ...] = ()
    answers: tuple[Answer, ...] = ()
    chosen: str = ""

    def answer(self, key: str) -> Answer | None:
        """The answer `key`, None where it is another exchange's."""
        return next((answer for answer in self.answers if answer.key == key), None)

    def with_answer(self, answer: Answer) -> Exchange:
        """With `answer` in the place of the one with its key."""
        return replace(self, answers=tuple(answer if each.key == answer.key else each for each in self.answers))


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of a tool that waits for a yes or a no: `line` is the call as Python would write it."""

    key: str
    answer: str
    line: str


@dataclass(frozen=True, slots=True)
class ChatState:
    """`models` can be asked, `picked` are asked next. `opened` says which of the exchanges after an answer is read."""

    models: tuple[str, ...]
    picked: tuple[str, ...]
    exchanges: Mapping[str, Exchange] = field(default_factory=dict[str, Exchange])
    opened: Mapping[str, str] = field(default_factory=dict[str, str])
    files: tuple[RactoFile, ...] = ()
    waiting: tuple[Asked, ...] = ()
    before: tuple[Message, ...] = ()
    """What was said before the first question."""
    system: str = ""
    """The system prompt, as the models read it."""
    exported: str = ""
    """The conversation in another form, to be copied."""
    count: int = 0
    title: str = "Chat"

    def after(self, parent: str) -> list[Exchange]:
        """The exchanges that follow the answer `parent`, in the order in which they were asked."""
        return [exchange for exchange in self.exchanges.values() if exchange.parent == parent]

    def path(self) -> Iterator[Exchange]:
        """The exchanges that are read, from the first on."""
        parent = ""
        while (found := self.exchanges.get(self.opened.get(parent, ""))) is not None:
            yield found
            parent = found.chosen

    def holder(self, answer: str) -> Exchange | None:
        """The exchange with the answer `answer`."""
        return next((exchange for exchange in self.exchanges.values() if exchange.answer(answer) is not None), None)

    def history(self, parent: str) -> list[Message]:
        """What was said up to the answer `parent`, and before the chat."""
        turns: list[Message] = []
        while parent and (exchange := self.holder(parent)) is not None:
            answer = exchange.answer(parent)
            question = Message(role="user", content=exchange.question, attachments=list(exchange.files))  # pyright: ignore[reportArgumentType]
            turns = [question, *(answer.said if answer is not None else ()), *turns]
            parent = exchange.parent
        return [*self.before, *turns]

    @property
    def busy(self) -> bool:
        """Whether an answer is being written."""
        return any(answer.state == WRITING for exchange in self.exchanges.values() for answer in exchange.answers)

    def with_exchange(self, exchange: Exchange) -> ChatState:
        """With `exchange` in the place of the one with its key, or as a new one."""
        return replace(self, exchanges={**self.exchanges, exchange.key: exchange})
