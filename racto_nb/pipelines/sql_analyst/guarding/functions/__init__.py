"""Which functions a statement may call, by the dialect and the name that it writes. Data: what is not here is refused."""

from __future__ import annotations

from racto_nb.pipelines.sql_analyst.guarding.functions import duckdb, mysql, postgres, sqlite
from racto_nb.pipelines.sql_analyst.limits import Dialect

NAMES: dict[Dialect, frozenset[str]] = {
    "duckdb": duckdb.NAMES,
    "sqlite": sqlite.NAMES,
    "postgres": postgres.NAMES,
    "mysql": mysql.NAMES,
}
"""Scalar, aggregate and window functions, in small letters."""

TABLES: dict[Dialect, frozenset[str]] = {
    "duckdb": duckdb.TABLES,
    "sqlite": sqlite.TABLES,
    "postgres": postgres.TABLES,
    "mysql": mysql.TABLES,
}
"""Functions that may stand where a table may, in small letters."""
