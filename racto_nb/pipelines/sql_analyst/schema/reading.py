"""A database's schema, read from its own catalogue in a few statements. Pure but for `read`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema import reading_duckdb, reading_mysql, reading_postgres, reading_sqlite
from racto_nb.pipelines.sql_analyst.schema.catalogue import Catalogue, Read, assembled
from racto_nb.pipelines.sql_analyst.schema.sampling import with_counts, with_samples
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, SchemaWish

_CATALOGUES: Mapping[Dialect, Callable[[Read, SchemaWish], Catalogue]] = {
    "duckdb": reading_duckdb.catalogue_of,
    "sqlite": reading_sqlite.catalogue_of,
    "postgres": reading_postgres.catalogue_of,
    "mysql": reading_mysql.catalogue_of,
}


def schema_of(dialect: Dialect, read: Read, wish: SchemaWish | None = None) -> DatabaseSchema:
    """The tables and views of a database with columns, keys and what else `wish` asks for (default: indexes).

    `read` runs one statement of ours on the source's own connection, just as it stands (no parameters: a percent sign or a colon
    in it means nothing), and gives all rows; it raises SourceError or QueryError for what the database refuses. Those statements
    read the catalogue, and with `row_counts` and `samples` tables too: they are not meant for the guard. A table or view that
    cannot be read has no count and no samples; whatever is wrong with the catalogue itself is raised.

    >>> import duckdb
    >>> connection = duckdb.connect()
    >>> _ = connection.execute("CREATE TABLE pets (id INTEGER PRIMARY KEY, kind VARCHAR)")
    >>> schema = schema_of("duckdb", lambda sql: connection.execute(sql).fetchall())
    >>> [(column.name, column.type) for column in schema.tables[0].columns]
    [('id', 'INTEGER'), ('kind', 'VARCHAR')]
    """
    wish = wish or SchemaWish()
    catalogue = _CATALOGUES[dialect](read, wish)
    schema = assembled(catalogue)
    if wish.row_counts:
        schema = with_counts(schema, catalogue, read)
    if wish.samples:
        schema = with_samples(schema, catalogue, read, wish.sample_limit)
    return schema
