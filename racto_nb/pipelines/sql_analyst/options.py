"""What a pipeline of questions to databases is besides asking: its options, its sources, what it would ask. Kind: flow."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, Unpack

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.models.asking import AnsweringKit
from racto_nb.models.chat import ChatConfig
from racto_nb.pipelines.asking import checked_kit
from racto_nb.pipelines.sql_analyst.by_hand import judged, ran, tables_seen
from racto_nb.pipelines.sql_analyst.guarding.values import Verdict
from racto_nb.pipelines.sql_analyst.keeping import KeptSources
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
from racto_nb.pipelines.sql_analyst.running import Asked, answered, prepared
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema
from racto_nb.pipelines.sql_analyst.settings import UNSET, Chart, RunOptions, Settings, Unset, address_of, with_call

_OF_A_CALL = frozenset(
    {"run_pandas", "run_answer", "chart", "force_read_only", "max_rows", "candidates"}
    | {f"{step}_{part}" for step in ("sql", "pandas", "answer") for part in ("temperature", "max_tokens")}
)
"""What a call may say otherwise than the pipeline."""
_NOT_GIVEN: Mapping[str, Any] = {
    "connection_string": None, "host": "localhost", "port": 5432, "database": None, "username": None, "password": None,
    "driver": "postgresql", "engine": UNSET, "schema": None, "user_id": None, "session_id": None, "on_step": None,
}  # fmt: skip


class PreparedPipeline:
    """The part of a pipeline that asks nobody: what it was made with, and the sources that it has opened."""

    def __init__(self, kit: AnsweringKit, settings: Settings) -> None:
        self._kit, self._settings = kit, settings
        self._kept = KeptSources()

    def prepare(self, user_query: str, **source: Unpack[RunOptions]) -> ChatConfig:
        """What the model that writes SQL would be asked first. The schema is read, and nobody is asked."""
        return SyncDriver().run(self._preparing(user_query, source))

    async def aprepare(self, user_query: str, **source: Unpack[RunOptions]) -> ChatConfig:
        """What the model that writes SQL would be asked first. The schema is read, and nobody is asked."""
        return await AsyncDriver().run(self._preparing(user_query, source))

    def open(self, **source: Unpack[RunOptions]) -> str:
        """Open the database now, rather than with the first question; its name, without a password.

        What is wrong with an address or a file is told at once. A server is still connected to when it is asked first.
        """
        return SyncDriver().run(self._kept.source(self._asked("", {**_NOT_GIVEN, **source}).address)).name

    async def aopen(self, **source: Unpack[RunOptions]) -> str:
        """Open the database now, rather than with the first question; its name, without a password."""
        return (await AsyncDriver().run(self._kept.source(self._asked("", {**_NOT_GIVEN, **source}).address))).name

    def tables(self, *, samples: bool = False, **source: Unpack[RunOptions]) -> DatabaseSchema:
        """The tables that may be read: without blocked columns. Raises SourceError.

        With `samples`, also the numbers of rows, and values of columns that have few different ones; none of masked columns.
        """
        return SyncDriver().run(self._seen(samples, source))

    async def atables(self, *, samples: bool = False, **source: Unpack[RunOptions]) -> DatabaseSchema:
        """The tables that may be read: without blocked columns. Raises SourceError."""
        return await AsyncDriver().run(self._seen(samples, source))

    def check(self, sql: str, **source: Unpack[RunOptions]) -> Verdict:
        """What the guard says of the statement `sql`; its notes name columns that no table has. Nothing is run."""
        return SyncDriver().run(self._judging(sql, source))

    async def acheck(self, sql: str, **source: Unpack[RunOptions]) -> Verdict:
        """What the guard says of the statement `sql`; its notes name columns that no table has. Nothing is run."""
        return await AsyncDriver().run(self._judging(sql, source))

    def run_sql(self, sql: str, *, question: str = "", **source: Unpack[RunOptions]) -> SQLAnalystResult:
        """The rows of a statement of yours, by the same guard, locks, limits and masks; no model is asked.

        `question` is what it answers, if you say so. Raises ReadOnlyViolationError for what the guard refuses, QueryError for
        what the database does, with `.result`; with `safe_mode` it returns that result, with `error` set.

        >>> import polars as pl
        >>> from racto_nb.pipelines import SQLAnalystPipeline
        >>> from racto_nb.testing import FakeKit
        >>> with SQLAnalystPipeline(FakeKit([]), engine={"shops": pl.DataFrame({"city": ["Oslo"]})}) as analyst:
        ...     analyst.run_sql("SELECT city FROM shops").raw_rows
        [{'city': 'Oslo'}]
        """
        return SyncDriver().run(self._running(sql, question, source))

    async def arun_sql(self, sql: str, *, question: str = "", **source: Unpack[RunOptions]) -> SQLAnalystResult:
        """The rows of a statement of yours, by the same guard, locks, limits and masks; no model is asked."""
        return await AsyncDriver().run(self._running(sql, question, source))

    def with_options(
        self,
        *,
        kit: AnsweringKit | None = None,
        candidates: int | None = None,
        chart: Chart | Unset = UNSET,
        max_rows: int | None = None,
        run_pandas: bool | None = None,
        run_answer: bool | None = None,
        safe_mode: bool | None = None,
    ) -> Self:
        """The same pipeline on the same sources with other options. `kit` is asked in all steps."""
        other = copy(self)
        settings = self._settings
        if kit is not None:
            other._kit = checked_kit(kit)  # noqa: SLF001  (a copy of itself)
            steps = {name: replace(getattr(settings, name), kit=kit) for name in ("sql", "pandas", "answer")}
            settings = replace(settings, **steps)
        said: dict[str, object] = {
            "candidates": candidates,
            "chart": chart,
            "max_rows": max_rows,
            "run_pandas": run_pandas,
            "run_answer": run_answer,
            "safe_mode": safe_mode,
        }
        other._settings = with_call(settings, said)  # noqa: SLF001  (another of this class)
        return other

    @property
    def kit(self) -> AnsweringKit:
        """Who is asked where a step has no kit of its own."""
        return self._kit

    @property
    def candidates(self) -> int:
        """How many statements are written for a question."""
        return self._settings.candidates

    @property
    def masked_columns(self) -> frozenset[str]:
        """The columns whose values nobody gets, as they were named."""
        return self._settings.restrictions.mask_columns

    @property
    def safe_mode(self) -> bool:
        """Whether `run` returns a result with its `error` instead of raising."""
        return self._settings.safe_mode

    def close(self) -> None:
        """Give back the connections and processes of the databases that were opened. The next question opens them again."""
        SyncDriver().run(self._kept.close())

    async def aclose(self) -> None:
        """Give back the connections and processes of the databases that were opened. The next question opens them again."""
        await AsyncDriver().run(self._kept.close())

    def _asking(self, user_query: str, **given: Any) -> Flow[SQLAnalystResult]:
        asked = self._asked(user_query, given)
        changed = _changed(given)
        return answered(lambda: with_call(self._settings, changed), self._kept, asked, safe=self._settings.safe_mode)

    def _seen(self, samples: bool, given: RunOptions) -> Flow[DatabaseSchema]:  # noqa: FBT001  (handed on)
        return tables_seen(self._settings, self._kept, self._asked("", {**_NOT_GIVEN, **given}), samples=samples)

    def _judging(self, sql: str, given: RunOptions) -> Flow[Verdict]:
        asked = self._asked("", {**_NOT_GIVEN, **given})
        return judged(with_call(self._settings, _changed(given)), self._kept, asked, sql)

    def _running(self, sql: str, question: str, given: RunOptions) -> Flow[SQLAnalystResult]:
        asked = self._asked(question, {**_NOT_GIVEN, **given})
        return ran(lambda: with_call(self._settings, _changed(given)), self._kept, asked, sql, safe=self._settings.safe_mode)

    def _preparing(self, user_query: str, given: RunOptions) -> Flow[ChatConfig]:
        asked = self._asked(user_query, {**_NOT_GIVEN, **given})
        return prepared(with_call(self._settings, _changed(given)), self._kept, asked)

    def _asked(self, user_query: str, given: Mapping[str, Any]) -> Asked:
        address = address_of(given, self._settings.engine)
        return Asked(user_query, address, *(given[name] for name in ("schema", "user_id", "session_id", "on_step")))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kit={self._kit!r})"


def _changed(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a call says otherwise than the pipeline."""
    return {name: value for name, value in given.items() if name in _OF_A_CALL}
