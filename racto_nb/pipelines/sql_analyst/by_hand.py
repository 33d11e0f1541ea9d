"""Statements that a person writes: judged by the same guard, run behind the same locks, and nobody is asked. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from racto_nb.exceptions import UsageError
from racto_nb.flow.effects import Flow
from racto_nb.flow.threads import in_thread
from racto_nb.flow.twins import either
from racto_nb.pipelines.sql_analyst.guarding.guard import SQLGuard
from racto_nb.pipelines.sql_analyst.guarding.values import Verdict
from racto_nb.pipelines.sql_analyst.keeping import KeptSources
from racto_nb.pipelines.sql_analyst.progress import Progress
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
from racto_nb.pipelines.sql_analyst.running import Asked, Begun, charted, policy_for, reached, told, workbench
from racto_nb.pipelines.sql_analyst.schema.cache import SchemaCache
from racto_nb.pipelines.sql_analyst.schema.filtering import visible, without_samples
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema
from racto_nb.pipelines.sql_analyst.settings import Settings
from racto_nb.pipelines.sql_analyst.sources.source import Source
from racto_nb.pipelines.sql_analyst.telling import Tables
from racto_nb.pipelines.sql_analyst.writing.mending import as_written
from racto_nb.pipelines.sql_analyst.writing.unknowns import unknown_columns


def tables_seen(settings: Settings, kept: KeptSources, asked: Asked, *, samples: bool) -> Flow[DatabaseSchema]:
    """The tables that may be read. With `samples`, values of columns that have few, and the numbers of rows; none of what is
    masked."""
    source = yield from kept.source(asked.address)
    wish = replace(settings.wish, samples=True, row_counts=True) if samples else settings.wish
    whole = yield from SchemaCache(settings.schema_ttl).reading(source, wish)
    held = settings.restrictions
    seen = visible(whole, allowed_tables=held.allowed_tables, blocked_columns=held.blocked_columns)
    return without_samples(seen, held.mask_columns)


def judged(settings: Settings, kept: KeptSources, asked: Asked, sql: str) -> Flow[Verdict]:
    """What the guard says of `sql`, with columns that no table has among its notes. Nothing is run."""
    if not settings.force_read_only:
        return Verdict(sql, sql, notes=("The guard of this pipeline is turned off. The database still lets nothing be written.",))
    begun = yield from _begun(settings, kept, asked)
    return (yield from either(_judged, _ajudged, settings, begun, sql))


def _judged(settings: Settings, begun: Begun, sql: str) -> Verdict:
    verdict = SQLGuard(policy_for(settings, begun)).check(sql)
    unknown = unknown_columns(sql, begun.tables.visible) if verdict.allowed and begun.tables.visible is not None else []
    return replace(verdict, notes=(*verdict.notes, *unknown))


async def _ajudged(settings: Settings, begun: Begun, sql: str) -> Verdict:
    return await in_thread(_judged, settings, begun, sql)


def ran(settings: Callable[[], Settings], kept: KeptSources, asked: Asked, sql: str, *, safe: bool) -> Flow[SQLAnalystResult]:
    """The rows of `sql` and a chart that fits them. `asked.question` is what they answer, where anybody has said so."""

    def steps(made: Settings, progress: Progress) -> Flow[None]:
        return _steps(made, kept, asked, sql, progress)

    return reached(settings, asked.question, steps, safe=safe)


def _steps(settings: Settings, kept: KeptSources, asked: Asked, sql: str, progress: Progress) -> Flow[None]:
    if not isinstance(sql, str) or not sql.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"sql is a statement, not {sql!r:.80}. Write one, such as SELECT 1."
        raise UsageError(msg)
    yield from told(asked, "reading the schema")
    begun = yield from _begun(settings, kept, asked)
    progress.source = begun.source
    progress.notices += begun.source.notices
    progress.draft = yield from as_written(workbench(settings, asked, begun), sql)
    if progress.draft.error is not None:
        raise progress.draft.error
    if progress.rows is not None:
        progress.notices += () if progress.draft.verdict is None else progress.draft.verdict.notes
        progress.notices += progress.rows.notices
        yield from told(asked, "choosing a chart")
        yield from charted(settings, progress)


def _begun(settings: Settings, kept: KeptSources, asked: Asked) -> Flow[Begun]:
    source: Source = yield from kept.source(asked.address)
    whole = yield from SchemaCache(settings.schema_ttl).reading(source, settings.wish)
    held = settings.restrictions
    seen = visible(whole, allowed_tables=held.allowed_tables, blocked_columns=held.blocked_columns)
    return Begun(source, Tables("", "", whole, seen), ())
