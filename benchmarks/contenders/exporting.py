"""Rows out of DuckDB, measured in a child process as it runs statements: our frame, and DuckDB's own Arrow export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from contenders.timing import in_turns
from racto_nb.pipelines.sql_analyst.sources.duckdb_child import opened, rows_of

if TYPE_CHECKING:
    import polars as pl

    from racto_nb.pipelines.sql_analyst.sources.child_wire import Message


class Exports:
    """Measures both sides in turns; the answer has the processor seconds of each round."""

    def interrupt(self) -> None:
        """Nothing here ends early."""

    def perform(self, request: Message) -> tuple[Message, pl.DataFrame | None]:
        """The seconds of both, and of a second Arrow export beside the first: what noise alone makes of a ratio."""
        spill = Path.cwd() / "spill"

        def ours() -> None:
            with opened(request, spill) as connection:
                rows_of(connection, request)

        def theirs() -> None:
            with opened(request, spill) as connection:
                connection.sql(request["sql"]).to_arrow_table()

        def frame() -> None:
            import polars as pl

            with opened(request, spill) as connection:
                pl.DataFrame(connection.sql(request["sql"]))

        sides = {"ours": ours, "arrow": theirs, "again": theirs, "polars": frame}
        return in_turns(sides, rounds=request["rounds"]), None


def work() -> Exports:
    """What the child process is told to do."""
    return Exports()
