"""A question from the schema to the answer, in both colours: what is asked, what is run, what is kept when a step fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from colours import run_unblocked
from pipelines.analyst.small_source import ADULTS, NO_PLAN, MemorySource, pipeline, told, wrote

from racto_nb.exceptions import (
    QueryError,
    QueryTimeoutError,
    RactoGatewayServerError,
    ReadOnlyViolationError,
    TruncatedAnswerError,
    UsageError,
)
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.pipelines.sql_analyst.pipeline import AsyncSQLAnalystPipeline, SQLAnalystPipeline
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
from racto_nb.providers.wire import Abilities
from racto_nb.testing import FakeKit
from racto_nb.testing.replies import FakeReply

QUESTION = "Who is an adult?"
Ask = Callable[..., SQLAnalystResult]


def plainly(asked: SQLAnalystPipeline, question: str = QUESTION, **given: Any) -> SQLAnalystResult:
    return asked.run(question, **given)


def awaited(asked: SQLAnalystPipeline, question: str = QUESTION, **given: Any) -> SQLAnalystResult:
    return run_unblocked(asked.arun(question, **given))


both = pytest.mark.parametrize("ask", [plainly, awaited], ids=["run", "arun"])


@both
def test_a_question_costs_one_call_for_the_sql(ask: Ask):
    kit, source = FakeKit([wrote(ADULTS, assumptions=["adult means 18"])]), MemorySource()

    result = ask(pipeline(kit, source))

    assert (result.outcome, result.error, result.row_count, result.columns) == ("answered", None, 2, ["name", "age"])
    assert result.raw_rows == [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 41}]
    assert result.sql_query.startswith(ADULTS)
    assert result.assumptions == ["adult means 18"]
    assert result.tables_used == ["people"]
    assert [(attempt.sql, attempt.outcome) for attempt in result.attempts] == [(ADULTS, "ran")]
    assert (len(kit.calls), kit.calls[0]["response_model"], source.ran) == (1, "WrittenSQL", [result.sql_query])
    assert "people" in told(kit)
    assert "DuckDB" in told(kit)
    assert QUESTION in kit.calls[0]["messages"][-1]["content"]
    assert result.usage.total_tokens == result.usage.sql_input_tokens + result.usage.sql_output_tokens > 0
    assert (result.model, result.source, result.verdict is not None and result.verdict.allowed) == (
        "fake:fake-model",
        "memory",
        True,
    )


@both
def test_all_steps_together(ask: Ask):
    kit, steps = FakeKit([wrote(ADULTS), NO_PLAN, "Ada is 36 and Bob is 41."]), []

    result = ask(pipeline(kit, run_pandas=True, run_answer=True, chart="auto"), on_step=steps.append)

    assert steps == ["reading the schema", "writing SQL", "running SQL", "analysing", "answering"]
    assert result.answer == "Ada is 36 and Bob is 41."
    assert result.chart_spec is not None
    assert result.figure is result.plotly_figure is not None
    assert result.flagged_numbers == []
    assert len(kit.calls) == 3
    assert result.usage.answer_output_tokens > 0 < result.usage.pandas_output_tokens
    assert "Ada" in str(result)
    assert "Ada" in result.text_chart


@both
@pytest.mark.parametrize(
    "reply",
    [f"Sure!\n```sql\n{ADULTS}\n```\nThis lists the adults.", ADULTS, f"```\n{ADULTS}\n```", f'{{"sql": "{ADULTS}"}}'],
    ids=["fenced", "bare", "plain fence", "json"],
)
def test_an_answer_of_any_shape_costs_one_call(ask: Ask, reply: str):
    kit = FakeKit([reply])

    assert ask(pipeline(kit)).row_count == 2
    assert len(kit.calls) == 1


@both
def test_an_object_with_chat_and_achat_is_a_kit_too(ask: Ask):
    class Own:
        def chat(self, config: ChatConfig) -> LLMResponse:
            return LLMResponse(content=f"```sql\n{ADULTS}\n```", model="own")

        async def achat(self, config: ChatConfig) -> LLMResponse:
            return self.chat(config)

    result = ask(SQLAnalystPipeline(Own(), engine=MemorySource(), run_pandas=False, run_answer=False))

    assert (result.row_count, result.model, result.cost) == (2, "own", None)


@both
def test_a_model_with_a_small_window_answers_without_a_plan_and_a_notice_says_so(ask: Ask):
    kit = FakeKit([wrote(ADULTS), "Two."], abilities=Abilities(json_schema=True, window=4096))

    result = ask(pipeline(kit, run_answer=True, run_pandas=True))

    assert (result.error, result.answer, result.pandas_code, len(kit.calls)) == (None, "Two.", None, 2)
    assert any("no room for the rules of a plan" in notice for notice in result.notices)


@both
def test_what_cannot_be_answered_costs_one_call_and_is_no_error(ask: Ask):
    kit, source = FakeKit([wrote("", cannot_answer=True, reason="There is no table of weather.")]), MemorySource()

    result = ask(pipeline(kit, source, run_answer=True, run_pandas=True), "How warm is it?")

    assert (result.outcome, result.reason, result.error) == ("cannot_answer", "There is no table of weather.", None)
    assert (len(kit.calls), source.ran, result.row_count) == (1, [], 0)


@both
def test_an_error_of_the_database_is_told_to_the_model(ask: Ask):
    kit = FakeKit([wrote("SELECT name FROM people WHERE age > 'old'"), wrote(ADULTS)])

    result = ask(pipeline(kit))

    assert [attempt.outcome for attempt in result.attempts] == ["failed", "ran"]
    assert "Conversion Error" in kit.calls[1]["messages"][-1]["content"]
    assert kit.calls[1]["messages"][-2]["role"] == "assistant"
    assert result.usage.sql_output_tokens > 0


@both
def test_an_unknown_column_is_not_run_and_the_nearest_is_named(ask: Ask):
    kit, source = FakeKit([wrote("SELECT nam FROM people"), wrote(ADULTS)]), MemorySource()

    ask(pipeline(kit, source))

    assert len(source.ran) == 1
    assert "people.name" in kit.calls[1]["messages"][-1]["content"]


@both
def test_a_dialect_slip_is_translated_without_another_call(ask: Ask):
    kit = FakeKit([wrote("SELECT `name` FROM `people` WHERE `age` >= 18")])

    result = ask(pipeline(kit))

    assert (result.row_count, len(kit.calls)) == (2, 1)
    assert "translated from" in result.attempts[0].note


@both
def test_a_refused_table_is_mended(ask: Ask):
    kit, source = FakeKit([wrote("SELECT k FROM secrets"), wrote(ADULTS)]), MemorySource()

    result = ask(pipeline(kit, source, allowed_tables=["people"]))

    assert [attempt.outcome for attempt in result.attempts] == ["refused", "ran"]
    assert all("secrets" not in sql for sql in source.ran)


@both
@pytest.mark.parametrize("sql", ["DROP TABLE people", "DELETE FROM people", "SET threads = 1"])
def test_a_statement_that_writes_is_refused_once_and_for_all(ask: Ask, sql: str):
    kit, source = FakeKit([wrote(sql)]), MemorySource()

    result = ask(pipeline(kit, source, safe_mode=True))

    assert (result.outcome, len(kit.calls), source.ran) == ("refused", 1, [])
    assert isinstance(result.exception, ReadOnlyViolationError)
    assert result.verdict is not None
    assert not result.verdict.allowed
    assert result.sql_query == sql
    with pytest.raises(ReadOnlyViolationError) as caught:
        ask(pipeline([wrote(sql)], source))
    assert isinstance(caught.value.result, SQLAnalystResult)
    assert caught.value.result.sql_query == sql


@both
def test_mending_ends_after_so_many_tries(ask: Ask):
    wrong = [wrote(f"SELECT age::DATE, {number} FROM people") for number in range(3)]
    kit = FakeKit(wrong)

    result = ask(pipeline(kit, safe_mode=True, max_sql_retries=2))

    assert (result.outcome, len(kit.calls), len(result.attempts)) == ("failed", 3, 3)
    assert result.error is not None
    assert result.usage.sql_input_tokens > 0


@both
def test_the_same_wrong_statement_again_is_asked_for_otherwise_once_and_then_given_up(ask: Ask):
    kit = FakeKit([wrote("SELECT age::DATE FROM people")], repeat_last=True)

    result = ask(pipeline(kit, safe_mode=True, max_sql_retries=5))

    assert (result.outcome, [call["temperature"] for call in kit.calls]) == ("failed", [0.0, 0.0, 0.7])
    assert len(result.attempts) == 1


@both
def test_an_answer_without_a_statement_is_asked_for_again(ask: Ask):
    result = ask(pipeline(["I would look at the people.", wrote(ADULTS)]))

    assert [attempt.outcome for attempt in result.attempts] == ["unreadable", "ran"]


@both
def test_a_statement_that_took_too_long_is_not_tried_again(ask: Ask):
    kit, source = FakeKit([wrote(ADULTS)]), MemorySource()
    source.error = QueryTimeoutError("It took longer than 1 s and was stopped.", sql=ADULTS, reason="stopped")

    result = ask(pipeline(kit, source, safe_mode=True))

    assert (result.outcome, len(kit.calls)) == ("failed", 1)
    assert isinstance(result.exception, QueryTimeoutError)


@both
def test_half_a_statement_is_never_run(ask: Ask):
    source = MemorySource()
    cut = FakeReply(("SELECT name FROM people",), finish_reason=FinishReason.LENGTH)

    result = ask(pipeline([cut], source, safe_mode=True))

    assert (source.ran, result.outcome) == ([], "failed")
    assert isinstance(result.exception, TruncatedAnswerError)


@both
def test_a_whole_statement_before_the_cut_counts(ask: Ask):
    cut = FakeReply((f'{{"sql": "{ADULTS}", "assumptions": ["one", "tw',), finish_reason=FinishReason.LENGTH)

    assert ask(pipeline([cut])).row_count == 2


@both
def test_an_error_between_two_tries_keeps_the_first(ask: Ask):
    kit = FakeKit([wrote("SELECT age::DATE FROM people"), RactoGatewayServerError("down")])

    result = ask(pipeline(kit, safe_mode=True))

    assert (len(result.attempts), result.outcome, result.error) == (1, "failed", "down")
    assert result.usage.sql_output_tokens > 0


@both
def test_rows_outlive_a_failed_analysis_and_a_failed_answer(ask: Ask):
    kit = FakeKit([wrote(ADULTS), RactoGatewayServerError("down")])

    result = ask(pipeline(kit, safe_mode=True, run_answer=True, chart="auto"))

    assert (result.row_count, result.error, result.outcome, result.answer) == (2, "down", "answered", None)
    assert result.chart_spec is not None
    with pytest.raises(RactoGatewayServerError) as caught:
        ask(pipeline([wrote(ADULTS), RactoGatewayServerError("down")], run_pandas=True))
    assert isinstance(caught.value.result, SQLAnalystResult)
    assert caught.value.result.row_count == 2


@both
def test_an_error_of_a_foreign_kit_carries_what_was_reached_too(ask: Ask):
    with pytest.raises(ZeroDivisionError) as caught:
        ask(pipeline([wrote(ADULTS), ZeroDivisionError("of somebody else")], run_pandas=True))
    assert vars(caught.value)["result"].row_count == 2


@both
def test_a_chart_that_does_not_fit_leaves_rows_and_answer(ask: Ask):
    result = ask(pipeline([wrote(ADULTS), "Two."], run_answer=True, chart={"chart_type": "bar", "x": "nme", "y": "age"}))

    assert (result.row_count, result.answer, result.chart_spec, result.figure, result.error) == (2, "Two.", None, None, None)
    assert "name" in result.chart_note


@both
def test_safe_mode_tells_also_of_wrong_settings_and_sources(ask: Ask):
    asked = pipeline([wrote(ADULTS)], safe_mode=True)

    assert "max_rows" in str(ask(asked, max_rows="many").error)
    assert "user_query" in str(ask(asked, " ").error)
    no_source = SQLAnalystPipeline(FakeKit([]), safe_mode=True)
    assert "connection_string" in str(ask(no_source).error)
    with pytest.raises(UsageError, match="connection_string"):
        ask(SQLAnalystPipeline(FakeKit([])))


@both
def test_more_rows_than_allowed_are_left_out_and_it_is_said(ask: Ask):
    result = ask(pipeline([wrote("SELECT name FROM people")], max_rows=2))

    assert (result.row_count, result.truncated) == (2, True)
    assert "more rows" in result.notices[0]


@both
def test_a_call_says_otherwise_than_the_pipeline(ask: Ask):
    kit = FakeKit([wrote(ADULTS), "Two."])
    asked = pipeline(kit, max_rows=1)

    result = ask(asked, run_answer=True, max_rows=5, sql_temperature=0.5, sql_max_tokens=77)

    assert (result.row_count, result.answer) == (2, "Two.")
    assert (kit.calls[0]["temperature"], kit.calls[0]["max_tokens"]) == (0.5, 77)


@both
def test_a_text_of_tables_takes_the_place_of_reading_them(ask: Ask):
    kit, source = FakeKit([wrote(ADULTS)]), MemorySource()

    result = ask(pipeline(kit, source), schema="people(name, age)")

    assert (source.read, result.schema_used) == (0, "people(name, age)")
    assert "people(name, age)" in told(kit)


@both
def test_without_the_guard_the_source_still_decides(ask: Ask):
    source = MemorySource()

    result = ask(pipeline([wrote(ADULTS)], source, force_read_only=False))

    assert (result.verdict, result.row_count, source.ran) == (None, 2, [ADULTS])
    with pytest.raises(UsageError, match="force_read_only"):
        pipeline([], force_read_only=False, mask_columns=["email"])


@both
def test_what_a_step_hears_of_may_end_the_run(ask: Ask):
    def stop(line: str) -> None:
        raise QueryError(f"stopped at {line}")

    with pytest.raises(QueryError, match="stopped at reading the schema"):
        ask(pipeline([]), on_step=stop)


def test_the_async_pipeline_is_awaited():
    asked = AsyncSQLAnalystPipeline(FakeKit([wrote(ADULTS)]), engine=MemorySource(), run_pandas=False, run_answer=False)

    assert run_unblocked(asked.run(QUESTION, max_rows=1)).row_count == 1


def test_a_cancelled_question_ends_at_once():
    begun = asyncio.Event()

    class Slow(MemorySource):
        async def arun(self, sql, limits):
            begun.set()
            await asyncio.sleep(60)

    async def main() -> None:
        source = Slow()
        task = asyncio.create_task(pipeline([wrote(ADULTS)], source, safe_mode=True).arun(QUESTION))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_unblocked(main())


def test_what_would_be_asked_can_be_seen_first():
    kit, source = FakeKit([]), MemorySource()
    asked = pipeline(kit, source)

    config, other = asked.prepare(QUESTION), run_unblocked(asked.aprepare(QUESTION, engine=source))

    assert QUESTION in config.user_message
    assert "people" in config.user_message
    assert config.user_message == other.user_message
    assert kit.calls == []


def test_options_make_another_pipeline_on_the_same_sources():
    first = pipeline([wrote(ADULTS)], max_rows=1)
    kit = FakeKit([wrote(ADULTS)])

    other = first.with_options(kit=kit, max_rows=5, safe_mode=True)

    assert (other.kit, other.safe_mode, other.run(QUESTION).row_count) == (kit, True, 2)
    assert first.run(QUESTION).row_count == 1
