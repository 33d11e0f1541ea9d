"""How much a statement may take. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from racto_nb.exceptions import UsageError

Dialect = Literal["duckdb", "sqlite", "postgres", "mysql"]
"""The language of a source, by sqlglot's name. MariaDB speaks "mysql"."""

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What one statement may take before it is stopped.

    `max_rows` rows are kept (None: all) and the rest is left out, which the result says; more than `max_bytes` of Arrow data is
    an error. After `deadline` seconds the statement is stopped. `memory` bytes is what a process of ours may take for it
    (DuckDB, SQLite and generated code; servers have limits of their own).
    """

    max_rows: int | None = 10_000
    max_bytes: int = 256 * _MIB
    deadline: float = 30.0
    memory: int = 2_048 * _MIB

    def __post_init__(self) -> None:
        for name in ("max_bytes", "deadline", "memory"):
            if not getattr(self, name) > 0:
                msg = f"{name} is more than 0, not {getattr(self, name)!r}."
                raise UsageError(msg)
        if self.max_rows is not None and self.max_rows < 1:
            msg = f"max_rows is 1 or more, or None for all rows, not {self.max_rows!r}."
            raise UsageError(msg)
