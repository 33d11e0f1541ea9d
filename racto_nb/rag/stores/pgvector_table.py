"""The table of a PGVectorStore: its name, how it is made, and its rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple, cast

from racto_nb.exceptions import StoreError, UsageError
from racto_nb.rag.documents import Chunk
from racto_nb.rag.stores.checking import Array
from racto_nb.rag.stores.payload import read_from, written
from racto_nb.rag.stores.pgvector_conditions import Condition, stored_fields, stored_text

if TYPE_CHECKING:
    from psycopg import Connection, sql

    from racto_nb.rag.stores.pgvector_connections import Held

COLUMNS = ("chunk_id", "source", "content", "fields", "chunk", "embedding")
"""`embedding` has length one: no square is too large then, and all distances agree."""
_TYPES = ("text", "text", "text", "jsonb", "text", "vector")
_LONGEST_NAME = 63
_WIDEST_INDEXED = 2000
OPERATORS = {"cosine": ("<=>", "vector_cosine_ops"), "l2": ("<->", "vector_l2_ops"), "inner": ("<#>", "vector_ip_ops")}

_STATE: LiteralString = """
    SELECT (SELECT count(*) FROM pg_attribute WHERE attrelid = wanted AND attname = ANY(%s) AND NOT attisdropped),
           (SELECT atttypmod FROM pg_attribute WHERE attrelid = wanted AND attname = 'embedding' AND NOT attisdropped),
           ARRAY(SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                 JOIN pg_am ON pg_am.oid = relam WHERE indrelid = wanted AND amname IN ('hnsw', 'ivfflat') AND indisvalid)
    FROM (SELECT to_regclass(%s)::oid AS wanted) AS named WHERE wanted IS NOT NULL
"""


class State(NamedTuple):
    """What the database has: how long the vectors are (None: not known yet), and the indexes of vectors by name."""

    dimension: int | None
    indexes: list[str]


class Table:
    """The table `name`, or `schema.name`. UsageError for a name that PostgreSQL would cut or cannot have."""

    def __init__(self, name: str) -> None:
        parts = name.split(".", 1)
        if any(not part or "\0" in part or len(part.encode()) > _LONGEST_NAME for part in parts):
            msg = f"A table is named by 1 to {_LONGEST_NAME} bytes, or as 'schema.table', not {name!r:.200}."
            raise UsageError(msg)
        self.parts = parts

    @property
    def identifier(self) -> sql.Identifier:
        """The name, quoted."""
        from psycopg import sql

        return sql.Identifier(*self.parts)

    def filled(self, text: str, **parts: str) -> sql.Composed:
        """`text` (ours, with `{table}` and `{columns}` in it) as a statement. `parts` are words of ours, too."""
        from psycopg import sql

        words = {name: sql.SQL(cast("LiteralString", part)) for name, part in parts.items()}
        columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
        return sql.SQL(cast("LiteralString", text)).format(table=self.identifier, columns=columns, **words)

    def state(self, connection: Connection[Any]) -> State | None:
        """What the database knows of the table; None when there is none. StoreError for a table of somebody else's."""
        name = self.identifier.as_string(connection)
        row = connection.execute(_STATE, [list(COLUMNS), name]).fetchone()
        if row is None:
            return None
        found, dimension, indexes = row
        if found != len(COLUMNS):
            msg = f"The table {'.'.join(self.parts)!r} is there, but not one of PGVectorStore: name another with table=..."
            raise StoreError(msg, place=".".join(self.parts))
        return State(dimension if dimension > 0 else None, indexes)

    def made(self, held: Held, dimension: int) -> State:
        """The table for vectors of `dimension`, made or given its dimension where it has none. Call it inside a transaction."""
        connection = held.connection
        state = self.state(connection)
        if state is not None and state.dimension is not None:
            return state
        self.lock(connection, "making")
        state = self.state(connection)
        if state is None:
            _install(connection)
            connection.execute(self.filled(_table(dimension)))
            connection.execute(self.filled("CREATE INDEX ON {table} USING hash (source)"))
        elif state.dimension is None:
            connection.execute(self.filled(f"ALTER TABLE {{table}} ALTER COLUMN embedding TYPE vector({dimension:d})"))
        return State(dimension if state is None or state.dimension is None else state.dimension, [])

    def index(self, connection: Connection[Any], state: State, distance: str) -> None:
        """Make the HNSW index, where there is none. Call it inside a transaction."""
        if state.indexes:
            return
        if (state.dimension or 0) > _WIDEST_INDEXED:
            msg = (
                f"pgvector indexes vectors of at most {_WIDEST_INDEXED} dimensions, these have {state.dimension}. "
                "Leave index=None (every search is exact then), or use a shorter embedding."
            )
            raise UsageError(msg)
        self.lock(connection, "indexing")
        current = self.state(connection)
        if current is not None and not current.indexes:
            _, operators = OPERATORS[distance]
            connection.execute(self.filled("CREATE INDEX ON {table} USING hnsw (embedding {operators})", operators=operators))

    def emptied(self, connection: Connection[Any], state: State) -> None:
        """Remove all rows, and the length of the vectors with them. Call it inside a transaction."""
        connection.execute(self.filled("TRUNCATE {table}"))
        for name in state.indexes:
            connection.execute(self.filled("DROP INDEX {name}", name=name))  # quoted by the server
        connection.execute(self.filled("ALTER TABLE {table} ALTER COLUMN embedding TYPE vector"))

    def lock(self, connection: Connection[Any], purpose: str) -> None:
        """Wait for others who do the same to this table, until the transaction ends."""
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"racto_nb {'.'.join(self.parts)} {purpose}"]
        )

    def write(self, connection: Connection[Any], rows: Iterable[tuple[Any, ...]]) -> None:
        """Put `rows` in, in place of those of the same ids. Call it inside a transaction.

        They go into a table of this transaction by COPY, and from there in the order of their ids, so that two writers of the
        same ids wait for each other and do not lock each other out.
        """
        connection.execute(self.filled("CREATE TEMP TABLE racto_nb_new (LIKE {table}) ON COMMIT DROP"))
        with connection.cursor().copy(self.filled("COPY pg_temp.racto_nb_new ({columns}) FROM STDIN (FORMAT BINARY)")) as copy:
            copy.set_types(list(_TYPES))
            for row in rows:
                copy.write_row(row)
        changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
        connection.execute(
            self.filled(
                "INSERT INTO {table} ({columns}) SELECT {columns} FROM pg_temp.racto_nb_new ORDER BY chunk_id "
                "ON CONFLICT (chunk_id) DO UPDATE SET {changes}",
                changes=changes,
            )
        )

    def delete(self, connection: Connection[Any], condition: Condition) -> None:
        """Remove the rows that `condition` holds for."""
        connection.execute(self.filled("DELETE FROM {table} WHERE {condition}", condition=condition.text), condition.parameters)


def _table(dimension: int) -> str:
    types = [f"vector({dimension:d})" if kind == "vector" else kind for kind in _TYPES]
    texts = {"chunk_id": ' COLLATE "C" PRIMARY KEY', "source": ' COLLATE "C"'}
    columns = (f"{name} {kind}{texts.get(name, '')} NOT NULL" for name, kind in zip(COLUMNS, types, strict=True))
    return f"CREATE TABLE {{table}} ({', '.join(columns)})"


def _install(connection: Connection[Any]) -> None:
    """The extension, before anything asks for its type."""
    import psycopg

    if connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone():
        return
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('racto_nb extension', 0))")
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile, psycopg.errors.InsufficientPrivilege) as error:
        msg = (
            f"pgvector cannot be installed in this database: {' '.join(str(error).split())}. Install it on the server "
            "(https://github.com/pgvector/pgvector), or let an administrator run: CREATE EXTENSION vector"
        )
        raise StoreError(msg) from error


def row_of(chunk: Chunk, vector: Array) -> tuple[Any, ...]:
    """The row of `chunk`, whose vector of length one is `vector`. The text stands in its column only, where it can."""
    from psycopg.types.json import Jsonb

    content = stored_text(chunk.content)
    body = written(chunk if content != chunk.content else chunk.model_copy(update={"content": ""}))
    return stored_text(chunk.chunk_id), stored_text(chunk.metadata.source), content, Jsonb(stored_fields(chunk)), body, vector


def chunk_of(body: str, content: str, embedding: Any, place: str) -> Chunk:
    """The chunk of a row."""
    chunk = read_from(body, place, embedding.to_list())
    chunk.content = chunk.content or content
    return chunk
