"""What happens in a prompt builder: what a page says, and what the widget tells. And what the builder wishes to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import BaseModel

from racto_nb.budgets.estimates import Estimate
from racto_nb.notebook.controllers.prompt.drafts import Draft
from racto_nb.notebook.controllers.reading import FromPage, Key, Line, Text
from racto_nb.notebook.display.thinking import Thought
from racto_nb.prompts.engine import RactoPrompt

Where = Literal["constraints", "examples", "fields"]
Part = Literal["role", "aim", "constraints", "tone", "output"]
Rule = Annotated[str, Meta(max_length=200_000)]
"""What a row of a list holds, in characters."""


class Put(FromPage, frozen=True):
    """A field of the form says something else."""

    field: Literal["role", "aim", "tone", "context", "description", "class_name", "question"]
    value: Text


class Guard(FromPage, frozen=True):
    """Add the guardrails, or do not."""

    value: bool


class Shape(FromPage, frozen=True):
    """Another kind of output."""

    value: Line


class Add(FromPage, frozen=True):
    """One more row in a list."""

    where: Where
    text: Rule = ""


class Write(FromPage, frozen=True):
    """A cell of a row says something else."""

    where: Where
    key: Key
    column: Literal["text", "input", "output", "name", "kind", "choices", "about", "optional"]
    value: Rule | bool


class Drop(FromPage, frozen=True):
    """Take a row away."""

    where: Where
    key: Key


class Lift(FromPage, frozen=True):
    """Put a row before the one above it."""

    where: Where
    key: Key


class Keep(FromPage, frozen=True):
    """Keep the draft as a version."""

    note: Line = ""


class Restore(FromPage, frozen=True):
    """Go on from a version. The draft is kept as one first, where it is none."""

    key: Key


class Compare(FromPage, frozen=True):
    """Compare with this version; "" for the latest that differs."""

    value: Key = ""


class Turn(FromPage, frozen=True):
    """Look at the trials, the versions or the Python."""

    value: Literal["try", "versions", "python"]


class Pick(FromPage, frozen=True):
    """Try `model` too, or no more."""

    model: Line
    value: bool


class Try(FromPage, frozen=True):
    """Ask the picked models the question."""

    question: Text | None = None


class Stop(FromPage, frozen=True):
    """Stop the answer `key`, or all of them."""

    key: Key = ""


class Open(FromPage, frozen=True):
    """Read another trial."""

    value: Key


class Ablate(FromPage, frozen=True):
    """Ask again without `part`, or five times without one of the five; what comes is compared with the answer `key`."""

    key: Key
    part: Part | Literal["all"] = "all"


class Count(FromPage, frozen=True):
    """Have the provider of `model` count the tokens."""

    model: Line


class Look(FromPage, frozen=True):
    """Look for Pydantic classes in the notebook again."""


_FORM = Put | Guard | Shape | Add | Write | Drop | Lift
HEARD = _FORM | Keep | Restore | Compare | Turn | Pick | Try | Stop | Open | Ablate | Count | Look


@dataclass(frozen=True, slots=True)
class Loaded:
    """The form holds another draft."""

    draft: Draft
    classes: Mapping[str, type[BaseModel]]


@dataclass(frozen=True, slots=True)
class Seen:
    """The Pydantic classes that the notebook has now."""

    classes: Mapping[str, type[BaseModel]]


@dataclass(frozen=True, slots=True)
class Priced:
    """What models would read and cost, or why nobody knows."""

    prices: Mapping[str, Estimate | str]


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer `key` has come, or what had come of it when it was stopped or failed."""

    key: str
    state: str
    text: str = ""
    footer: str = ""
    warning: str = ""
    code: str = ""
    thought: Thought | None = None
    read: int | None = None
    written: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Nobody writes the answer `key` any more: it was stopped before it had begun."""

    key: str


@dataclass(frozen=True, slots=True)
class Price:
    """Wish: say what the prompt would cost with the question, when it has become quiet. None: it is no prompt yet."""

    prompt: RactoPrompt | None
    question: str


@dataclass(frozen=True, slots=True)
class Measure:
    """Wish: have the provider of `model` count the tokens."""

    model: str
    prompt: RactoPrompt
    question: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Wish: ask `model` for the answer `key`."""

    key: str
    model: str
    prompt: RactoPrompt
    question: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Wish: stop writing the answer `key`."""

    key: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Wish: forget the results of answers that are shown nowhere any more."""

    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Search:
    """Wish: tell which Pydantic classes the notebook has."""
