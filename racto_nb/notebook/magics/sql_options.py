"""Reading a line `%%racto sql SOURCE …`: which source, and what is wanted of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.options import Options, options_of, parsed, refuse_contradictions, refuse_empty
from racto_nb.notebook.magics.pipeline_tables import SQL_TABLE

MOST_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class SqlOptions:
    """What a `%%racto sql` line says: the `source`, and as `asking` what other cells say too. None means: not given."""

    source: str
    chart: str | None = None
    candidates: int | None = None
    max_rows: int | None = None
    tables: tuple[str, ...] | None = None
    no_answer: bool = False
    asking: Options = field(default_factory=Options)


def read_sql_options(words: Sequence[str]) -> SqlOptions:
    """The options of the `words` behind `sql`. The first of them is the source, also where it is missing: then it is empty.

    Raises UsageError as `read_options` does.

    >>> read_sql_options(["shop.duckdb", "--candidates", "3"]).candidates
    3
    """
    named = bool(words) and not words[0].startswith("-")
    values = parsed(words[1:] if named else words, SQL_TABLE)
    refuse_empty(SQL_TABLE, values)
    asking = options_of(values)
    refuse_contradictions(asking)
    _refuse_unfit(values, asking)
    names = values["tables"]
    tables = None if names is None else tuple(name.strip() for name in names.split(",") if name.strip())
    return SqlOptions(
        words[0] if named else "",
        values["chart"],
        values["candidates"],
        values["max_rows"],
        tables,
        values["no_answer"],
        asking,
    )


def _refuse_unfit(values: Mapping[str, Any], asking: Options) -> None:
    candidates, rows = values["candidates"], values["max_rows"]
    clashes = (
        (
            candidates is not None and not 1 <= candidates <= MOST_CANDIDATES,
            f"--candidates is between 1 and {MOST_CANDIDATES}, not {candidates}",
        ),
        (rows is not None and rows < 1, f"--max-rows is 1 or more, not {rows}"),
        (len(asking.model) > 1, "%%racto sql is answered by one model. Give one --model"),
    )
    for wrong, why in clashes:
        if wrong:
            raise UsageError(f"{why}. Nothing was sent.")
