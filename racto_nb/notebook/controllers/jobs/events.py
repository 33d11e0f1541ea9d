"""What happens in a panel of jobs, and what it wishes to be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from racto_nb.notebook.controllers.jobs.state import Job, Verb
from racto_nb.notebook.controllers.reading import FromPage, Line


class Look(FromPage, frozen=True):
    """Ask all sources now."""


class Cancel(FromPage, frozen=True):
    """Ask for the end of a job."""

    source: Line
    id: Line


class Read(FromPage, frozen=True):
    """Fetch what came of a job."""

    source: Line
    id: Line


class Resume(FromPage, frozen=True):
    """Go on with a job that was left in the middle."""

    source: Line
    id: Line


class Every(FromPage, frozen=True):
    """Look again each so many seconds; 0 for never."""

    value: Annotated[float, Meta(ge=0, le=86_400)]


HEARD = Look | Cancel | Read | Resume | Every


@dataclass(frozen=True, slots=True)
class Listed:
    """A source has told its jobs."""

    source: str
    jobs: Sequence[Job]


@dataclass(frozen=True, slots=True)
class Troubled:
    """A source could not be asked."""

    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Looked:
    """All sources were asked, by the look of this `number`."""

    number: int


@dataclass(frozen=True, slots=True)
class Changed:
    """What was asked about a job has ended: `result` says what was read, and `cost` its price; `error` why it could not be."""

    source: str
    id: str
    result: str = ""
    error: str = ""
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LookAround:
    """Wish: ask all sources, and again after `every` seconds (0: not again). It takes the place of a look that runs."""

    every: float
    number: int


@dataclass(frozen=True, slots=True)
class Do:
    """Wish: cancel, read or resume a job."""

    what: Verb
    source: str
    id: str
