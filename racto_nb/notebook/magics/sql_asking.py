"""`%%racto sql SOURCE`: the cell is a question, which a database, a file or frames answer."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import UsageError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.notebook.display.progressing import StepLine
from racto_nb.notebook.display.sql_showing import show_result
from racto_nb.notebook.magics.asking import Question
from racto_nb.notebook.magics.costing import budget_of
from racto_nb.notebook.magics.hearing import heard
from racto_nb.notebook.magics.interpolating import rendered
from racto_nb.notebook.magics.secrecy import refuse_secrets
from racto_nb.notebook.magics.sql_options import SqlOptions, read_sql_options
from racto_nb.notebook.magics.sql_sources import Asked, source_of
from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from racto_nb.notebook.magics.racto import RactoMagics


@dataclass(frozen=True, slots=True)
class SqlCell:
    """A cell that can be asked: what it is `asked` of, the `question` without braces, and who is asked instead of others."""

    magics: RactoMagics
    options: SqlOptions
    asked: Asked
    question: str
    kit: DeveloperKit | None

    @property
    def pipeline(self) -> SQLAnalystPipeline:
        """The pipeline of the variable, or a new one. It gives errors as results: a cell shows what was reached."""
        options, wishes = self.options, _wishes(self.options)
        if self.asked.pipeline is not None:
            return self.asked.pipeline.with_options(kit=self.kit, **wishes)
        kit = self.kit or self.magics.kit(self.magics.model, self.options.asking)
        return SQLAnalystPipeline(kit, allowed_tables=None if options.tables is None else list(options.tables), **wishes)

    def answer(self, pipeline: SQLAnalystPipeline) -> None:
        """Ask, show, keep."""
        asking, magics = self.options.asking, self.magics
        mode = magics.mode_of(asking)
        line = StepLine() if hasattr(magics.shell, "kernel") and mode in {"auto", "live"} else None
        with heard() as notes, budget_of(asking) or nullcontext():
            result = pipeline.run(self.question, on_step=line, **self.asked.source)
        result.notices += [note for note in notes if note not in result.notices]
        magics.keep_value(result, asking)
        if mode != "off":
            show_result(result, line)
        if result.exception is not None:
            raise result.exception

    def show_dry(self, pipeline: SQLAnalystPipeline) -> None:
        """Show the exact text that would be sent to who writes the SQL. The schema is read, and nobody is asked."""
        from racto_nb.notebook.magics.dry_runs import show_dry, show_only

        shown = Question(pipeline.prepare(self.question, **self.asked.source), None, wants_json=False)
        kit = pipeline.kit
        if isinstance(kit, DeveloperKit):
            show_dry(self.magics, kit, self.options.asking, lambda _: shown)
        else:
            show_only(shown, type(kit).__name__, "price unknown")


def ask_sql(magics: RactoMagics, words: Sequence[str], cell: str) -> None:
    """Carry out the cell. An error fails it; what was reached is shown and kept either way."""
    read = _read(magics, words, cell)
    pipeline = read.pipeline
    try:
        if read.options.asking.dry_run:
            read.show_dry(pipeline)
        else:
            read.answer(pipeline)
    finally:
        if read.asked.pipeline is None:
            pipeline.close()


def _read(magics: RactoMagics, words: Sequence[str], cell: str) -> SqlCell:
    options = read_sql_options(words)
    options = replace(options, asking=magics.with_settings(options.asking))
    magics.refuse_overwriting(options.asking)
    if options.asking.into == options.source:
        message = f"--into {options.source} would overwrite what is asked. Choose another name. Nothing was sent."
        raise UsageError(message)
    asked = source_of(options.source, magics.namespace)
    if options.tables is not None and asked.pipeline is not None:
        message = f"{options.source} knows itself which tables may be read. Leave out --tables. Nothing was sent."
        raise UsageError(message)
    question = rendered(cell, magics.namespace).strip()
    if not question:
        message = "The cell is empty. Write the question below the %%racto line."
        raise UsageError(message)
    refuse_secrets(question, os.environ)
    return SqlCell(magics, options, asked, question, _kit(options, asked, magics))


def _kit(options: SqlOptions, asked: Asked, magics: RactoMagics) -> DeveloperKit | None:
    """Who is asked instead of the pipeline's own kits; None where those are."""
    asking = options.asking
    if not asking.model and asked.pipeline is not None:
        return None
    return magics.kit(asking.model[0] if asking.model else magics.model, asking)


def _wishes(options: SqlOptions) -> dict[str, Any]:
    """What the line says otherwise than a pipeline, as its keywords."""
    said: dict[str, Any] = {"candidates": options.candidates, "max_rows": options.max_rows}
    wishes = {name: value for name, value in said.items() if value is not None}
    if options.no_answer:
        wishes |= {"run_answer": False, "run_pandas": False}
    if options.chart is not None:
        wishes["chart"] = {"auto": "auto", "none": None}.get(options.chart, {"chart_type": options.chart})
    return {"safe_mode": True, **wishes}
