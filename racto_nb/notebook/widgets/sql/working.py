"""What takes time: questions, statements, the guard's word, the order of rows. Runs on the widget's loop, and tells what came."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from functools import partial
from typing import Protocol

from racto_nb.exceptions import RactoGatewayError
from racto_nb.flow.threads import in_thread
from racto_nb.notebook.controllers.sql.charting import drawn, frame_of
from racto_nb.notebook.controllers.sql.events import Answer, Draw, Drawn, Ended, Execute, Judged, Stepped, TablesRead
from racto_nb.notebook.controllers.sql.state import DONE, FAILED, STOPPED, Picture, Tables
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.magics.failing import line_of
from racto_nb.notebook.magics.secrecy import redacted, refuse_secrets
from racto_nb.pipelines.sql_analyst.answering.checking import checked_numbers
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
from racto_nb.pipelines.sql_analyst.schema.cache import clear_schema_cache

STOPPED_WORDS = "stopped"


class Told(Protocol):
    """A widget that is told what has come."""

    def tell(self, event: object) -> None:
        """Something has happened."""
        ...


async def tables_read(widget: Told, pipeline: SQLAnalystPipeline, *, anew: bool) -> None:
    """Read the tables, and once more with samples: these take longer, and nobody should wait for them."""
    if anew:
        clear_schema_cache()
    masked = pipeline.masked_columns
    try:
        seen = await pipeline.atables()
    except RactoGatewayError as error:
        widget.tell(TablesRead(Tables(error=line_of(error))))
        return
    widget.tell(TablesRead(Tables(seen, masked)))
    widget.tell(TablesRead(Tables(await pipeline.atables(samples=True), masked)))


async def judged(widget: Told, pipeline: SQLAnalystPipeline, text: str) -> None:
    """Ask the guard about what is being written."""
    if text.strip():
        widget.tell(Judged(text, await pipeline.acheck(text)))


async def answered(widget: Told, pipeline: SQLAnalystPipeline, wish: Answer) -> None:
    """Ask the model, and tell each step."""

    async def asked() -> SQLAnalystResult:
        refuse_secrets(wish.question, os.environ)
        asking = pipeline.with_options(candidates=wish.drafts)
        return await asking.arun(wish.question, on_step=lambda line: widget.tell(Stepped(wish.key, line)))

    await _to_its_end(widget, wish.key, asked())


async def executed(widget: Told, pipeline: SQLAnalystPipeline, wish: Execute) -> None:
    """Run a statement that somebody wrote."""
    step = partial(_stepped, widget, wish.key)
    await _to_its_end(widget, wish.key, pipeline.arun_sql(wish.sql, question=wish.question, on_step=step))


def _stepped(widget: Told, key: str, line: str) -> None:
    widget.tell(Stepped(key, line))


async def _to_its_end(widget: Told, key: str, work: Awaitable[SQLAnalystResult]) -> None:
    """Tell how `work` ends, however it does: a turn that is told no end would run for ever."""
    try:
        result = await work
        ended = await in_thread(_ended, key, result)
    except asyncio.CancelledError:
        widget.tell(Ended(key, STOPPED, error=STOPPED_WORDS))
        raise
    except RactoGatewayError as error:
        ended = Ended(key, FAILED, error=line_of(error))
    except Exception as error:
        widget.tell(Ended(key, FAILED, error=line_of(error)))
        raise
    widget.tell(ended)


def _ended(key: str, result: SQLAnalystResult) -> Ended:
    """The end of a turn, with its numbers looked up and its chart drawn."""
    frames = [result.frame] if result.analysed is None else [result.frame, result.analysed]
    numbers = None
    if result.answer and result.columns:
        given = "\n".join([result.user_query, *result.assumptions])
        numbers = checked_numbers(printable(result.answer), frames, question=given, sql=result.sql_query)
    spec = None if result.chart_spec is None else ChartSpec(**result.chart_spec)
    picture = Picture() if spec is None else drawn(frame_of(result), spec)
    return Ended(key, FAILED if result.error else DONE, result, redacted(result.error or "", os.environ), numbers, picture)


async def charted(widget: Told, wish: Draw) -> None:
    """Draw another chart."""
    widget.tell(Drawn(wish.key, await in_thread(drawn, frame_of(wish.result), wish.spec, wish.how)))
