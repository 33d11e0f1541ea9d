"""What happens at an analyst's widget: what a page says, and what the widget tells. And what is wished to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from racto_nb.notebook.controllers.reading import FromPage, Key, Line, Place
from racto_nb.notebook.controllers.sql.state import Picture, Shown, Tables
from racto_nb.pipelines.sql_analyst.answering.checking import NumberCheck
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.guarding.values import Verdict
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult

Statement = Annotated[str, Meta(max_length=100_000)]
"""A question or a statement, in characters."""
Column = Annotated[int, Meta(ge=-1, le=100_000)]
"""The number of a column, -1 for none."""


class Ask(FromPage, frozen=True):
    """Ask the model."""

    text: Statement


class Drafts(FromPage, frozen=True):
    """Ask for so many statements at once."""

    value: Annotated[int, Meta(ge=1, le=10)] | None


class Draft(FromPage, frozen=True):
    """This stands in the editor now."""

    value: Statement


class Run(FromPage, frozen=True):
    """Run what stands in the editor."""


class Stop(FromPage, frozen=True):
    """Stop what runs."""


class Rewrite(FromPage, frozen=True):
    """Put into the editor what the guard would allow."""


class Use(FromPage, frozen=True):
    """Put a candidate's statement into the editor."""

    group: Place
    place: Place = 0


class Look(FromPage, frozen=True):
    """Show the first rows of a table."""

    table: Place


class Reread(FromPage, frozen=True):
    """Read the tables anew."""


class Open(FromPage, frozen=True):
    """Look at another turn."""

    key: Key


class Sort(FromPage, frozen=True):
    """Order the rows by a column; once more: the other way round, and as they came."""

    column: Column


class Search(FromPage, frozen=True):
    """Show the rows that hold this."""

    value: Line


class Rows(FromPage, frozen=True):
    """The page wants the rows from `start` to before `stop`."""

    key: Key
    start: Place
    stop: Place


class Chart(FromPage, frozen=True):
    """Draw another chart: one of its parts changes. "" takes the part away.

    `y` is one column in the place of those there are; `more` puts one beside them, and `less` takes one of several away.
    """

    part: Literal["kind", "x", "y", "more", "less", "color", "how", "title", "x_label", "y_label"]
    value: Line


class Keep(FromPage, frozen=True):
    """Keep the question with the statement of this turn as a gold pair."""

    question: Statement


@dataclass(frozen=True, slots=True)
class Specified:
    """Somebody has written down, in Python, which chart is to be drawn."""

    spec: ChartSpec


HEARD = Ask | Drafts | Draft | Run | Stop | Rewrite | Use | Look | Reread | Open | Sort | Search | Rows | Chart | Keep


@dataclass(frozen=True, slots=True)
class TablesRead:
    """The tables were read."""

    tables: Tables


@dataclass(frozen=True, slots=True)
class Judged:
    """The guard has said its word on `text`."""

    text: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Stepped:
    """The turn `key` has come to the next step."""

    key: str
    line: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The turn `key` has ended."""

    key: str
    state: str
    result: SQLAnalystResult | None = None
    error: str = ""
    numbers: NumberCheck | None = None
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows of the turn `key` that were wished with `number` are `count`."""

    key: str
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """The chart of the turn `key` is drawn."""

    key: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Kept:
    """The statement of the turn `key` is a gold pair; there are `count` of them."""

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class ReadTables:
    """Wish: read the tables; `anew`, if they may have changed."""

    anew: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Wish: ask the guard about `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Wish: ask the model."""

    key: str
    question: str
    drafts: int


@dataclass(frozen=True, slots=True)
class Execute:
    """Wish: run a statement, which answers `question`."""

    key: str
    sql: str
    question: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Wish: stop the turn `key`."""

    key: str


@dataclass(frozen=True, slots=True)
class Arrange:
    """Wish: put the rows of the turn `key` in order."""

    key: str
    result: SQLAnalystResult
    shown: Shown


@dataclass(frozen=True, slots=True)
class Draw:
    """Wish: draw a chart of the turn `key`."""

    key: str
    result: SQLAnalystResult
    spec: ChartSpec
    how: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Wish: keep a gold pair."""

    key: str
    question: str
    sql: str
