"""What a model wrote, what became of it, and how drafts agree. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import polars as pl
from pydantic import BaseModel, Field

from racto_nb.models.response import LLMResponse
from racto_nb.pipelines.sql_analyst.guarding.values import Verdict

AttemptOutcome = Literal["ran", "refused", "failed", "unreadable", "cannot_answer"]
"""What became of a statement: it gave rows, the guard refused it, the database did, no statement was found in the answer, or
the model says that the tables cannot answer."""
WritingOutcome = Literal["answered", "cannot_answer", "refused", "failed"]


class Attempt(BaseModel):
    """One statement that was tried: `sql` as the model wrote it, `message` why it was not run or what the database said of it.

    `note` tells what was changed without asking the model: a statement in another database's dialect is translated. `candidate`
    counts from 1 where several drafts were asked for.
    """

    sql: str
    outcome: AttemptOutcome
    message: str = ""
    note: str = ""
    candidate: int = 1


class CandidateGroup(BaseModel):
    """Drafts that give the same rows, whatever their order and names: `sqls` has each of them, `votes` how many they are.

    `digest` tells groups apart and `row_count` how many rows they gave; drafts without rows are a group of their own, with the
    `error` of the first. The group with `chosen` is the answer.
    """

    sqls: list[str] = Field(default_factory=list[str])
    votes: int = 0
    digest: str | None = None
    row_count: int | None = None
    error: str | None = None
    chosen: bool = False


class WrittenSQL(BaseModel):
    """What a model is asked for: the statement, or why there is none."""

    sql: str = Field(description="one SELECT statement that answers the question")
    tables_used: list[str] = Field(default_factory=list[str])
    assumptions: list[str] = Field(
        default_factory=list[str], description="what the question left open and how you took it; mostly empty"
    )
    cannot_answer: bool = Field(default=False, description="true only where no table has what is asked for; then sql is empty")
    reason: str = Field(default="", description="why it cannot be answered, else empty")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a model's answer: a statement, or the reason why it cannot be answered, or neither."""

    sql: str = ""
    reason: str | None = None
    assumptions: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement gave: masked rows, the names as the database gave them, and which of their columns came as text."""

    frame: pl.DataFrame
    names: tuple[str, ...]
    truncated: bool = False
    as_text: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def notices(self) -> list[str]:
        """What must be said about them."""
        told = [f"The column {name!r} came as text: its type has no counterpart." for name in self.as_text]
        if self.truncated:
            told.insert(0, f"There may be more rows than the {self.frame.height:,} that are here: the limit was reached.")
        return told


@dataclass(frozen=True, slots=True)
class Draft:
    """How the writing of one statement ended: with `rows` where it ran. `error` is the last error of a draft that failed."""

    outcome: WritingOutcome
    sql: str = ""
    verdict: Verdict | None = None
    rows: Rows | None = None
    reading: Reading = field(default_factory=Reading)
    attempts: tuple[Attempt, ...] = ()
    responses: tuple[LLMResponse, ...] = ()
    error: Exception | None = None
