"""One question, from the schema to the answer. What a step reached stays, whatever the next one does. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import polars as pl

from racto_nb.exceptions import ChartError, UsageError
from racto_nb.flow.effects import Flow, call, now
from racto_nb.flow.twins import either
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import Message
from racto_nb.pipelines.sql_analyst.analysing.asking import Analysis, analysis
from racto_nb.pipelines.sql_analyst.analysing.generating import generated_analysis
from racto_nb.pipelines.sql_analyst.answering import answer
from racto_nb.pipelines.sql_analyst.charting import checked_chart, chosen_chart
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.guarding.guard import SQLGuard
from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy, Verdict
from racto_nb.pipelines.sql_analyst.keeping import KeptSources
from racto_nb.pipelines.sql_analyst.masking import masked
from racto_nb.pipelines.sql_analyst.progress import Progress, in_library, writer_of
from racto_nb.pipelines.sql_analyst.remembering import Conversation, Taken, consumed, remembered, settled, written_down
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
from racto_nb.pipelines.sql_analyst.settings import Address, Settings
from racto_nb.pipelines.sql_analyst.sources.source import Source
from racto_nb.pipelines.sql_analyst.telling import Tables, tables_for
from racto_nb.pipelines.sql_analyst.writing.candidates import chosen_draft
from racto_nb.pipelines.sql_analyst.writing.drafting import Writer, config_for
from racto_nb.pipelines.sql_analyst.writing.mending import Bench
from racto_nb.pipelines.sql_analyst.writing.values import Rows

OnStep = Callable[[str], None]
"""Hears a short line when a step begins."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: the question, where the rows are, a text of tables that takes the place of reading them, and who asks."""

    question: str
    address: Address
    schema: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    on_step: OnStep | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What is there before anybody is asked: the source, its tables as the model is told of them, what was said before."""

    source: Source
    tables: Tables
    history: tuple[Message, ...]


def answered(settings: Callable[[], Settings], kept: KeptSources, asked: Asked, *, safe: bool) -> Flow[SQLAnalystResult]:
    """What came of `asked`. An error of a step is raised with the `result` of those before it, or with `safe` only told in it.

    `settings` are made within, since what a call changes may be wrong too.
    """
    return reached(settings, asked.question, lambda made, progress: _steps(made, kept, asked, progress), safe=safe)


def reached(
    settings: Callable[[], Settings], question: str, steps: Callable[[Settings, Progress], Flow[None]], *, safe: bool
) -> Flow[SQLAnalystResult]:
    """What `steps` have reached, and how long it took."""
    began = yield from now()
    progress = Progress(question)
    try:
        yield from steps(settings(), progress)
    except Exception as error:  # noqa: BLE001  (raised below with what was reached, or told in the result)
        progress.failed(error, step="")
    ended = yield from now()
    result = progress.result(ended.clock - began.clock)
    if progress.error is not None and not safe:
        vars(progress.error)["result"] = result  # an error of ours declares it; one of a kit of the user's gets it all the same
        raise progress.error
    return result


def _steps(settings: Settings, kept: KeptSources, asked: Asked, progress: Progress) -> Flow[None]:
    """All steps, and after them, however they ended, what was taken is counted and what was said is remembered."""
    user = asked.user_id or settings.user_id
    said = Conversation(settings.memory, asked.session_id or user)
    held = Taken(0)
    try:
        begun = yield from _begun(settings, kept, asked, progress, said)
        held = yield from consumed(settings, user, begun.tables.message)
        yield from _written(settings, asked, progress, begun)
        if progress.rows is not None:
            yield from _analysed(settings, asked, progress, begun.history)
            yield from charted(settings, progress)
            yield from _put_into_words(settings, asked, progress, begun.history)
    except Exception as error:  # noqa: BLE001  (the caller raises it, or tells of it)
        progress.failed(error, step="")
    yield from settled(settings, user, progress, held)
    yield from written_down(said, progress)


def _begun(settings: Settings, kept: KeptSources, asked: Asked, progress: Progress, said: Conversation) -> Flow[Begun]:
    """Open the source and read what the model is told. Raises UsageError for a question that says nothing."""
    if not isinstance(asked.question, str) or not asked.question.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"user_query is a question in words, not {asked.question!r:.80}."
        raise UsageError(msg)
    source = yield from kept.source(asked.address)
    progress.source = source
    yield from told(asked, "reading the schema")
    tables = yield from tables_for(settings, source, asked.question, asked.schema)
    progress.schema_used = tables.text
    progress.notices += source.notices
    history = yield from remembered(said)
    return Begun(source, tables, history)


def prepared(settings: Settings, kept: KeptSources, asked: Asked) -> Flow[ChatConfig]:
    """What the model that writes SQL would be asked first."""
    said = Conversation(settings.memory, asked.session_id or asked.user_id or settings.user_id)
    begun = yield from _begun(settings, kept, asked, Progress(asked.question), said)
    return config_for(_writer(settings, begun), begun.tables.message)


def told(asked: Asked, line: str) -> Flow[None]:
    """Let the user hear what begins. What their function raises is raised."""
    if asked.on_step is not None:
        yield from call(partial(asked.on_step, line))


def _writer(settings: Settings, begun: Begun) -> Writer:
    step = settings.sql
    return Writer(step.kit, begun.source.dialect, step.prompt, step.temperature, step.max_tokens, begun.history)


def _written(settings: Settings, asked: Asked, progress: Progress, begun: Begun) -> Flow[None]:
    """Rows, or the reason why there are none. Raises the error of a statement that failed, or was refused."""
    bench, writer, message = workbench(settings, asked, begun), _writer(settings, begun), begun.tables.message
    progress.draft, progress.candidates = yield from chosen_draft(bench, writer, message, settings.candidates)
    progress.model = writer_of(settings.sql.kit, progress.draft.responses)
    if progress.draft.error is not None:
        raise progress.draft.error
    if progress.rows is not None:
        verdict = progress.draft.verdict
        progress.notices += [] if verdict is None else verdict.notes
        progress.notices += progress.rows.notices


def policy_for(settings: Settings, begun: Begun) -> GuardPolicy:
    """What the guard allows."""
    tables, held = begun.tables, settings.restrictions
    return GuardPolicy(
        dialect=begun.source.dialect,
        schema=tables.whole,
        database=None if tables.whole is None else tables.whole.database,
        allowed_tables=held.allowed_tables,
        blocked_columns=held.blocked_columns,
        mask_columns=held.mask_columns,
        functions=held.functions,
        max_rows=settings.limits.max_rows,
    )


def workbench(settings: Settings, asked: Asked, begun: Begun) -> Bench:
    """What statements are tried on."""
    source, tables, held = begun.source, begun.tables, settings.restrictions

    def run(sql: str, verdict: Verdict | None) -> Flow[Rows]:
        found = yield from either(source.run, source.arun, sql, settings.limits)
        kept = found.frame if settings.limits.max_rows is None else found.frame.head(settings.limits.max_rows)
        frame = kept if verdict is None else masked(kept, verdict)
        return Rows(frame, found.names, found.truncated or kept.height < found.frame.height, found.as_text, found.seconds)

    def secret(verdict: Verdict | None) -> bool:
        return bool(held.mask_columns) and (verdict is None or _reads(verdict, held.mask_columns))

    return Bench(
        dialect=source.dialect,
        check=SQLGuard(policy_for(settings, begun)).check if settings.force_read_only else None,
        run=run,
        told=partial(told, asked),
        secret=secret,
        schema=tables.visible,
        retries=settings.max_sql_retries,
    )


def _reads(verdict: Verdict, masked_columns: frozenset[str]) -> bool:
    """Whether a statement reads masked columns, or may: where its columns are not known it may read any."""
    if verdict.masked or not verdict.columns:
        return True
    hidden = {name.rpartition(".")[2].casefold() for name in masked_columns}
    return any(column.rpartition(".")[2].casefold() in hidden for column in verdict.columns)


def _analysed(settings: Settings, asked: Asked, progress: Progress, history: tuple[Message, ...]) -> Flow[None]:
    """What the question wants computed from the rows. A plan that fails leaves the rows, and the other steps go on."""
    rows = progress.rows
    if not settings.run_pandas or rows is None or rows.frame.height == 0 or progress.draft is None:
        return
    yield from told(asked, "analysing")
    try:
        found = yield from _analysis(settings, asked.question, progress.draft.sql, rows.frame, history)
    except Exception as error:
        progress.failed(error, step="pandas")
        raise
    progress.analysis = found
    progress.notices += [found.note] if found.note else []
    progress.analysed = yield from call(partial(in_library, found.frame, settings.analysis_engine))
    if found.error is not None:
        progress.failed(found.error, step="pandas")


def _analysis(settings: Settings, question: str, sql: str, frame: pl.DataFrame, history: tuple[Message, ...]) -> Flow[Analysis]:
    step = settings.pandas
    if not settings.generated_code:
        return (
            yield from analysis(
                step.kit,
                frame,
                question=question,
                sql=sql,
                history=history,
                prompt=step.prompt,
                temperature=step.temperature,
                max_tokens=step.max_tokens,
            )
        )
    return (
        yield from generated_analysis(
            step.kit,
            frame,
            question=question,
            sql=sql,
            engine=settings.analysis_engine,
            limits=settings.limits,
            history=history,
            prompt=step.prompt,
            temperature=step.temperature,
            max_tokens=step.max_tokens,
        )
    )


def charted(settings: Settings, progress: Progress) -> Flow[None]:
    """The chart as data. One that does not fit the rows is left out, and the result says why."""
    rows = progress.rows
    if settings.chart is None or rows is None:
        return
    analysed = None if progress.analysis is None else progress.analysis.frame
    for frame in [rows.frame] if analysed is None else [analysed, rows.frame]:
        try:
            spec, note = yield from call(partial(_chart_of, settings, frame))
        except ChartError as error:
            progress.chart_note = progress.chart_note or str(error)
            continue
        progress.chart, progress.chart_note, progress.charted = spec, note, frame
        return


def _chart_of(settings: Settings, frame: pl.DataFrame) -> tuple[ChartSpec | None, str]:
    if isinstance(settings.chart, str) or settings.chart is None:
        choice = chosen_chart(frame)
        return choice.spec, "" if choice.spec is not None else choice.reason
    return checked_chart(settings.chart, frame), ""


def _put_into_words(settings: Settings, asked: Asked, progress: Progress, history: tuple[Message, ...]) -> Flow[None]:
    rows, step, draft = progress.rows, settings.answer, progress.draft
    if not settings.run_answer or rows is None or draft is None:
        return
    yield from told(asked, "answering")
    try:
        progress.answer = yield from answer(
            step.kit,
            rows.frame,
            question=asked.question,
            sql=draft.sql,
            assumptions=draft.reading.assumptions,
            analysed=None if progress.analysis is None else progress.analysis.frame,
            truncated=rows.truncated,
            history=history,
            prompt=step.prompt,
            temperature=step.temperature,
            max_tokens=step.max_tokens,
        )
    except Exception as error:
        progress.failed(error, step="answer")
        raise
