"""What an analyst's widget holds: the tables, the statement that is being written, and what was asked, one turn after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from racto_nb.pipelines.sql_analyst.answering.checking import NumberCheck
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.guarding.values import Verdict
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema

RUNNING, DONE, STOPPED, FAILED = "running", "done", "stopped", "failed"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Tables:
    """The tables that were read, or why they could not be. None of both: they are being read."""

    schema: DatabaseSchema | None = None
    masked: frozenset[str] = frozenset()
    error: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Picture:
    """A chart as it is drawn: `spec` of the rows, gathered by `how` ("": as they are), and its points as `data`."""

    spec: ChartSpec | None = None
    how: str = ""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Shown:
    """Which of a turn's rows are looked at: in the order of `column` (-1: as they came), those that hold `search`.

    `number` counts what was wished, `count` are the rows that it gave; None: they are being looked for.
    """

    column: int = -1
    descending: bool = False
    search: str = ""
    number: int = 0
    count: int | None = None


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Turn:
    """A question, or a statement that somebody wrote (`by_hand`), and what came of it. `text` is the statement in the editor."""

    key: str
    question: str
    text: str = ""
    by_hand: bool = False
    state: str = RUNNING
    step: str = ""
    result: SQLAnalystResult | None = None
    error: str = ""
    numbers: NumberCheck | None = None
    picture: Picture = field(default_factory=Picture)
    shown: Shown = field(default_factory=Shown)
    kept: bool = False

    @property
    def statement(self) -> str:
        """The statement as it was written, without the limit that the guard writes into it."""
        if self.result is None:
            return self.text
        return self.result.verdict.original if self.result.verdict is not None else self.result.sql_query


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Word:
    """What the guard says of `text`; None: it is being asked."""

    text: str
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class SqlState:
    """`name` is the source's, without a password. `version` counts the statements that were put into the editor by others than
    who types there."""

    name: str
    model: str = ""
    tables: Tables = field(default_factory=Tables)
    text: str = ""
    version: int = 0
    word: Word = field(default_factory=lambda: Word(""))
    turns: Mapping[str, Turn] = field(default_factory=dict[str, Turn])
    opened: str = ""
    drafts: int = 1
    kept: int = 0
    kept_in: str = ""
    count: int = 0

    @property
    def turn(self) -> Turn | None:
        """The turn that is looked at."""
        return self.turns.get(self.opened)

    @property
    def running(self) -> Turn | None:
        """The turn that is being answered."""
        return next((turn for turn in self.turns.values() if turn.state == RUNNING), None)

    def with_turn(self, turn: Turn) -> SqlState:
        """With `turn` in the place of the one with its key, or as a new one."""
        return replace(self, turns={**self.turns, turn.key: turn})

    def with_text(self, text: str) -> SqlState:
        """With `text` in the editor."""
        return replace(self, text=text, version=self.version + 1)
