"""The pipeline that a widget asks: the one that is given, or a new one over what is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.asking import AnsweringKit
from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline


def pipeline_of(
    source: object, kit: AnsweringKit | None, tables: Sequence[str] | None, wishes: Mapping[str, Any]
) -> SQLAnalystPipeline:
    """The pipeline. It gives errors as results: a widget shows what was reached. UsageError where nobody could be asked."""
    said = {name: value for name, value in wishes.items() if value is not None}
    if said.get("run_answer") is False:
        said["run_pandas"] = False
    if isinstance(source, SQLAnalystPipeline):
        if tables is not None:
            raise UsageError("The pipeline knows itself which tables may be read. Leave out allowed_tables.")
        return source.with_options(kit=kit, safe_mode=True, **said)
    if kit is None:
        raise UsageError(
            "Say who is asked: SqlAnalyst(source, kit=embedded.Chat()), or give a SQLAnalystPipeline. "
            "In a notebook, %racto sql SOURCE asks the model of the cells."
        )
    if source is None:
        raise UsageError("Say what is asked: a file, an address, a connection, a frame, a mapping of names to frames.")
    return SQLAnalystPipeline(kit, engine=source, allowed_tables=tables, safe_mode=True, **said)


def model_of(pipeline: SQLAnalystPipeline) -> str:
    """Who is asked, as a page calls it."""
    kit = pipeline.kit
    return f"{kit.provider}:{kit.model}" if isinstance(kit, DeveloperKit) else type(kit).__name__
