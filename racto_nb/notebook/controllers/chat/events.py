"""What happens in a chat: what a page says, and what the widget tells. And what the chat wishes to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from racto_nb.models.messages import Message
from racto_nb.notebook.controllers.chat.state import Asked
from racto_nb.notebook.controllers.reading import FromPage, Key, Line, Text
from racto_nb.notebook.display.steps import Step
from racto_nb.notebook.display.thinking import Thought
from racto_nb.prompts.files import RactoFile


class Ask(FromPage, frozen=True):
    """Ask the picked models `text`, after what is read."""

    text: Text


class Stop(FromPage, frozen=True):
    """Stop the answer `key`, or all of them."""

    key: Key = ""


class Again(FromPage, frozen=True):
    """Ask for another answer to the question that `key` answers; of `model`, or the same one."""

    key: Key
    model: Line = ""


class Edit(FromPage, frozen=True):
    """Ask another question in the place of the exchange `key`; the old one and all after it stay, as another branch."""

    key: Key
    text: Text


class Open(FromPage, frozen=True):
    """Read the exchange `key` among those after the same answer."""

    key: Key


class Choose(FromPage, frozen=True):
    """Go on from the answer `key`."""

    key: Key


class Pick(FromPage, frozen=True):
    """Ask `model` too, or no more."""

    model: Line
    value: bool


class Allow(FromPage, frozen=True):
    """Run the call `key`, or do not."""

    key: Key
    value: bool


class Attach(FromPage, frozen=True):
    """Files were dropped: their names and types, in the order of the buffers that came along."""

    names: Annotated[list[Line], Meta(max_length=20)]
    types: Annotated[list[Line], Meta(max_length=20)]


class Detach(FromPage, frozen=True):
    """Take the file with this number away."""

    place: Annotated[int, Meta(ge=0, le=100)]


class Clear(FromPage, frozen=True):
    """Begin a new conversation."""


class Export(FromPage, frozen=True):
    """Show the conversation as `kind`; "" puts it away again."""

    kind: Literal["", "markdown", "cells", "example"]


HEARD = Export | Ask | Stop | Again | Edit | Open | Choose | Pick | Allow | Attach | Detach | Clear


@dataclass(frozen=True, slots=True)
class Attached:
    """Files were read."""

    files: tuple[RactoFile, ...]


@dataclass(frozen=True, slots=True)
class Stepped:
    """The answer `key` has ended a turn with calls of tools, or these have ended."""

    key: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Wondered:
    """A tool is about to be called, and waits for a yes."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer `key` has come, or what had come of it when it was stopped or failed."""

    key: str
    state: str
    text: str
    footer: str = ""
    warning: str = ""
    steps: tuple[Step, ...] = ()
    thought: Thought | None = None
    origin: str = ""
    cost: float | None = None
    said: tuple[Message, ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """Wish: ask `model` for the answer `key`."""

    key: str
    model: str
    question: str
    files: tuple[RactoFile, ...]
    history: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Halt:
    """Wish: stop writing the answer `key`."""

    key: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Wish: forget the results of answers that nobody can read any more."""

    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settle:
    """Wish: the call `key` may run, or not."""

    key: str
    allowed: bool
