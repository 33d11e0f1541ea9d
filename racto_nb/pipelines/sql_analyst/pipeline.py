"""SQLAnalystPipeline: a question in plain language to a database. Kind: flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Unpack

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.models.asking import AnsweringKit
from racto_nb.models.sources import Retriever
from racto_nb.pipelines.asking import ChatMemory, RateLimiter, checked_kit
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.options import PreparedPipeline
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
from racto_nb.pipelines.sql_analyst.running import OnStep
from racto_nb.pipelines.sql_analyst.schema.knowledge import Pair
from racto_nb.pipelines.sql_analyst.schema.values import SchemaWish
from racto_nb.pipelines.sql_analyst.settings import (
    UNSET,
    Chart,
    Engine,
    RunOptions,
    Settings,
    Step,
    Unset,
    background_from,
    checked,
    limits_of,
    restrictions_of,
)
from racto_nb.prompts.engine import RactoPrompt


class SQLAnalystPipeline(PreparedPipeline):
    """Asks a database questions in plain language: SQL that is guarded twice, rows, a chart from a spec, a checked answer.

    `kit` writes the SQL, says what to compute from the rows and answers; `sql_kit`, `pandas_kit` and `answer_kit` take one step,
    and so do prompts, temperatures and most tokens. `run_pandas`, `run_answer` and `chart` (None) leave steps out. `engine` is
    the database of calls that name none: a connection, a frame, a mapping of names to frames or files.

    Statements pass a guard that reads them (`force_read_only`): one SELECT of `allowed_tables`, without `blocked_columns`; values
    of `mask_columns` are replaced in the rows; at most `max_rows` come (0: all). Then the database runs them, by a login or in a
    process that cannot write. `force_read_only=False` turns the guard off and never this second lock: nothing is written through
    a pipeline, since a model's statement would change data before anybody has read it. Run `result.sql_query` yourself for that.

    `max_sql_retries` mends a statement that failed, with the database's words. `candidates` above 1 asks for several drafts and
    takes what most agree on. `schema_…` say what is read of tables, and for how many seconds it is kept. `table_docs`,
    `column_docs`, `glossary` and `examples` (pairs of question and SQL) tell the model what names do not; `table_retriever` and
    `max_tables` choose tables of a large database. `analysis_engine` is the library of what is computed; `generated_code` lets a
    model write Python for that, which runs in a process without network and files. `limits` bounds each statement. `memory`
    remembers conversations by `session_id`, `rate_limiter` counts the tokens of `user_id`. With `safe_mode` an error comes in the
    result instead of being raised.

    May be used from several threads and event loops. Close it (`close`, or as a context manager) to give back what it opened.
    """

    def __init__(
        self, kit: AnsweringKit, *, sql_kit: AnsweringKit | None = None, pandas_kit: AnsweringKit | None = None,
        answer_kit: AnsweringKit | None = None, sql_prompt: RactoPrompt | None = None, pandas_prompt: RactoPrompt | None = None,
        answer_prompt: RactoPrompt | None = None, sql_temperature: float = 0.0, sql_max_tokens: int = 1024,
        pandas_temperature: float = 0.0, pandas_max_tokens: int = 2048, answer_temperature: float = 0.3,
        answer_max_tokens: int = 2048, run_pandas: bool = True, run_answer: bool = True, chart: Chart = "auto",
        force_read_only: bool = True, engine: object = None, max_sql_retries: int = 2, max_rows: int = 10000,
        schema_cache_ttl: float = 3600.0, schema_include_indexes: bool = True, schema_include_row_counts: bool = False,
        schema_include_sample_values: bool = False, schema_sample_value_limit: int = 8,
        allowed_tables: Sequence[str] | None = None, blocked_columns: Sequence[str] | None = None,
        mask_columns: Sequence[str] | None = None, table_docs: Mapping[str, str] | None = None,
        column_docs: Mapping[str, Mapping[str, str]] | None = None, safe_mode: bool = False,
        analysis_engine: Engine = "pandas", memory: ChatMemory | None = None, rate_limiter: RateLimiter | None = None,
        user_id: str | None = None, candidates: int = 1, examples: Iterable[Pair] | None = None,
        glossary: Mapping[str, str] | None = None, table_retriever: Retriever | None = None, max_tables: int | None = None,
        limits: RunLimits | None = None, generated_code: bool = False, allowed_functions: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        sql = Step(checked_kit(sql_kit or kit, "sql_kit"), sql_prompt, sql_temperature, sql_max_tokens)
        pandas = Step(checked_kit(pandas_kit or kit, "pandas_kit"), pandas_prompt, pandas_temperature, pandas_max_tokens)
        answer = Step(checked_kit(answer_kit or kit, "answer_kit"), answer_prompt, answer_temperature, answer_max_tokens)
        wish = SchemaWish(
            schema_include_indexes, schema_include_row_counts, schema_include_sample_values, schema_sample_value_limit
        )
        settings = Settings(
            sql, pandas, answer, run_pandas=run_pandas, run_answer=run_answer, chart=chart, force_read_only=force_read_only,
            engine=engine, max_sql_retries=max_sql_retries, limits=limits_of(limits, max_rows), schema_ttl=schema_cache_ttl,
            wish=wish, restrictions=restrictions_of(allowed_tables, blocked_columns, mask_columns, allowed_functions),
            background=background_from((table_docs, column_docs), examples, glossary, table_retriever, max_tables),
            safe_mode=safe_mode, analysis_engine=analysis_engine, generated_code=generated_code, memory=memory,
            rate_limiter=rate_limiter, user_id=user_id, candidates=candidates,
        )  # fmt: skip
        super().__init__(checked_kit(kit), checked(settings))

    def run(
        self, user_query: str, *, connection_string: str | Path | None = None, host: str = "localhost", port: int = 5432,
        database: str | None = None, username: str | None = None, password: str | None = None, driver: str = "postgresql",
        engine: object = UNSET, schema: str | None = None, run_pandas: bool | None = None, run_answer: bool | None = None,
        chart: Chart | Unset = UNSET, force_read_only: bool | None = None, sql_temperature: float | None = None,
        sql_max_tokens: int | None = None, pandas_temperature: float | None = None, pandas_max_tokens: int | None = None,
        answer_temperature: float | None = None, answer_max_tokens: int | None = None, max_rows: int | None = None,
        user_id: str | None = None, session_id: str | None = None, candidates: int | None = None,
        on_step: OnStep | None = None,
    ) -> SQLAnalystResult:  # fmt: skip
        """Ask the database `user_query`: SQL, rows, what is computed from them, a chart and an answer.

        The database is `connection_string` (an address, or the path of a file), or the parts of a server's address with
        `database`, or `engine` (a connection, a frame, a mapping of names to frames or files); without one of them the pipeline's
        own engine. `schema` is a text of tables that takes the place of reading them. The other parameters hold for this call
        only, in place of the pipeline's. `session_id` names the conversation in the memory. `on_step` hears what begins.

        Raises what a step raises, with `.result` as far as it came; with `safe_mode` it returns that result, with `error` set.
        """
        asking = self._asking(
            user_query, connection_string=connection_string, host=host, port=port, database=database, username=username,
            password=password, driver=driver, engine=engine, schema=schema, run_pandas=run_pandas, run_answer=run_answer,
            chart=chart, force_read_only=force_read_only, sql_temperature=sql_temperature, sql_max_tokens=sql_max_tokens,
            pandas_temperature=pandas_temperature, pandas_max_tokens=pandas_max_tokens, answer_temperature=answer_temperature,
            answer_max_tokens=answer_max_tokens, max_rows=max_rows, user_id=user_id, session_id=session_id,
            candidates=candidates, on_step=on_step,
        )  # fmt: skip
        return SyncDriver().run(asking)

    async def arun(
        self, user_query: str, *, connection_string: str | Path | None = None, host: str = "localhost", port: int = 5432,
        database: str | None = None, username: str | None = None, password: str | None = None, driver: str = "postgresql",
        engine: object = UNSET, schema: str | None = None, run_pandas: bool | None = None, run_answer: bool | None = None,
        chart: Chart | Unset = UNSET, force_read_only: bool | None = None, sql_temperature: float | None = None,
        sql_max_tokens: int | None = None, pandas_temperature: float | None = None, pandas_max_tokens: int | None = None,
        answer_temperature: float | None = None, answer_max_tokens: int | None = None, max_rows: int | None = None,
        user_id: str | None = None, session_id: str | None = None, candidates: int | None = None,
        on_step: OnStep | None = None,
    ) -> SQLAnalystResult:  # fmt: skip
        """Ask the database `user_query`: SQL, rows, what is computed from them, a chart and an answer."""
        asking = self._asking(
            user_query, connection_string=connection_string, host=host, port=port, database=database, username=username,
            password=password, driver=driver, engine=engine, schema=schema, run_pandas=run_pandas, run_answer=run_answer,
            chart=chart, force_read_only=force_read_only, sql_temperature=sql_temperature, sql_max_tokens=sql_max_tokens,
            pandas_temperature=pandas_temperature, pandas_max_tokens=pandas_max_tokens, answer_temperature=answer_temperature,
            answer_max_tokens=answer_max_tokens, max_rows=max_rows, user_id=user_id, session_id=session_id,
            candidates=candidates, on_step=on_step,
        )  # fmt: skip
        return await AsyncDriver().run(asking)


class AsyncSQLAnalystPipeline(SQLAnalystPipeline):
    """A SQLAnalystPipeline whose `run` is awaited, as `arun` is: `result = await pipeline.run("How many orders?", ...)`."""

    async def run(self, user_query: str, **kwargs: Unpack[RunOptions]) -> SQLAnalystResult:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  (the documents fix it)
        """Ask the database `user_query`: SQL, rows, what is computed from them, a chart and an answer."""
        return await self.arun(user_query, **kwargs)
