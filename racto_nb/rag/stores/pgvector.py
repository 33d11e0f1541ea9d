"""A store in PostgreSQL with the extension pgvector. Kind: threaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from racto_nb.exceptions import UsageError
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Eq, Filters, In, Not, as_filter
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.stores.checking import (
    Array,
    checked_ids,
    checked_top_k,
    embeddings_of,
    last_of_each,
    refuse_length,
    unit_vector,
    unit_vectors,
)
from racto_nb.rag.stores.payload import read_from
from racto_nb.rag.stores.pgvector_conditions import STANDING_IN, Condition, condition_of, stored_text
from racto_nb.rag.stores.pgvector_connections import Connections, Held
from racto_nb.rag.stores.pgvector_table import OPERATORS, State, Table, chunk_of, row_of
from racto_nb.rag.stores.vector_store import BaseVectorStore

if TYPE_CHECKING:
    from psycopg import Connection

T = TypeVar("T")
_FEWEST_LOOKED_AT, _MOST_LOOKED_AT = 100, 1000
"""What `hnsw.ef_search` may be: pgvector takes no more."""
_MOST_ROWS = 2**31


class PGVectorStore(BaseVectorStore):
    """Keeps chunks in a table of a PostgreSQL database that has, or can get, the extension pgvector (0.5 or newer).

    `dsn` (or `connection_string`) says where: "postgresql://user:password@host:5432/database", or "host=... dbname=...". `table`
    may be "schema.table"; it is made with the first chunk, and remembers how long the vectors are. `dimension` fixes that
    beforehand. Searches compare all rows, unless `index="hnsw"` builds an approximate index (up to 2000 dimensions): near ones
    may be missed then, but there are never fewer hits than `top_k` while enough rows fit. Scores are cosines whatever `distance`
    is ("cosine", "l2", "inner"): vectors are kept at length one, where the three agree; it chooses the operator. `batch_size`
    is taken and not needed: an `add` is one transaction, and its rows go out in one stream.

    A lost connection is opened again once. Raises StoreError for what the database refuses; no error holds the password.
    """

    def __init__(
        self,
        dsn: str | None = None,
        *,
        connection_string: str | None = None,
        table: str = "rag_chunks",
        dimension: int | None = None,
        distance: str = "cosine",
        batch_size: int = 100,
        index: Literal["hnsw"] | None = None,
    ) -> None:
        if distance not in OPERATORS:
            msg = f"distance is one of {', '.join(OPERATORS)}, not {distance!r}."
            raise UsageError(msg)
        if index not in {None, "hnsw"}:
            msg = f"index is None (every search is exact) or 'hnsw', not {index!r}."
            raise UsageError(msg)
        if batch_size < 1:
            msg = f"batch_size is a number of chunks, 1 or more, not {batch_size!r}."
            raise UsageError(msg)
        self._connections = Connections(_one_dsn(dsn, connection_string))
        self._table, self._dimension = Table(table), dimension
        self._distance, self._index = distance, index

    def __repr__(self) -> str:
        return f"PGVectorStore({self._connections.place!r}, table={'.'.join(self._table.parts)!r})"

    @property
    def place(self) -> str:
        """Where the chunks lie, as a later session can find them."""
        return self._place

    def add(self, chunks: list[Chunk]) -> None:
        """Put `chunks`, with their vectors, into the store, in one transaction. A known `chunk_id` is replaced."""
        if chunks:
            self._write(chunks)

    def replace(self, source: str, chunks: list[Chunk]) -> None:
        """Let `chunks` be all that the store holds of `source` (by their metadata), in one transaction."""
        if chunks:
            self._write(chunks, instead_of=source)
        else:
            self._in_table(lambda held, _: self._table.delete(held.connection, condition_of(Eq("source", source))), None)

    def search(self, embedding: list[float], top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The `top_k` chunks nearest to `embedding` that fit `filters`, best first. Fewer only when there are no more."""
        top_k, condition = checked_top_k(top_k), condition_of(as_filter(filters))
        asked = unit_vector(embedding, self._dimension)

        def work(held: Held, state: State) -> list[RetrievalResult]:
            if state.dimension is None:
                return []
            refuse_length(len(asked), state.dimension)
            return self._nearest(held, state, asked, min(top_k, _MOST_ROWS), condition)

        return self._in_table(work, [])

    def delete(self, chunk_ids: list[str]) -> None:
        """Remove the chunks of these ids. Unknown ids are passed over."""
        condition = Condition("chunk_id = ANY(%s)", [[stored_text(name) for name in checked_ids(chunk_ids)]])
        self._in_table(lambda held, _: self._table.delete(held.connection, condition), None)

    def clear(self) -> None:
        """Remove all chunks. Vectors of another length may come then, unless `dimension` was given. The table stays."""

        def work(held: Held, _: State) -> None:
            with held.connection.transaction():
                self._table.lock(held.connection, "making")
                if (state := self._table.state(held.connection)) is not None:
                    self._table.emptied(held.connection, state)

        self._in_table(work, None)

    def count(self) -> int:
        """The number of chunks."""

        def work(held: Held, _: State) -> int:
            row = held.connection.execute(self._table.filled("SELECT count(*) FROM {table}")).fetchone()
            return row[0] if row else 0

        return self._in_table(work, 0)

    def chunk_ids(self, filters: Filters = None) -> list[str]:
        """The ids of all chunks that fit `filters`, in no order."""
        condition = condition_of(as_filter(filters))

        def work(held: Held, _: State) -> list[str]:
            query = self._table.filled(
                "SELECT chunk_id, CASE WHEN chunk_id ~ %s THEN chunk END FROM {table} WHERE {condition}", condition=condition.text
            )
            rows = held.connection.execute(query, [STANDING_IN, *condition.parameters])
            return [name if body is None else read_from(body, self._place).chunk_id for name, body in rows]

        return self._in_table(work, [])

    def get(self, chunk_ids: list[str]) -> list[Chunk]:
        """The chunks of these ids with their vectors of length one, in their order. Unknown ids are passed over."""

        def work(held: Held, _: State) -> list[Chunk]:
            query = self._table.filled("SELECT chunk, content, embedding FROM {table} WHERE chunk_id = ANY(%s)")
            rows = _rows(held, query, [[stored_text(name) for name in checked_ids(chunk_ids)]])
            found = {chunk.chunk_id: chunk for chunk in (chunk_of(*row, place=self._place) for row in rows)}
            return [found[name].model_copy(deep=True) for name in chunk_ids if name in found]

        return self._in_table(work, [])

    def close(self) -> None:
        """Close the connections. The next use opens others."""
        self._connections.close()

    @property
    def _place(self) -> str:
        return f"{self._connections.place} {'.'.join(self._table.parts)}"

    def _in_table(self, work: Callable[[Held, State], T], otherwise: T) -> T:
        """What `work` makes of the table, and `otherwise` when there is none yet."""

        def look(held: Held) -> T:
            state = self._table.state(held.connection)
            return otherwise if state is None else work(held, state)

        return self._connections.perform(look)

    def _write(self, chunks: list[Chunk], instead_of: str | None = None) -> None:
        new = last_of_each(chunks)
        vectors = unit_vectors(embeddings_of(new), self._dimension)
        dimension = int(vectors.shape[1])

        def work(held: Held) -> None:
            with held.connection.transaction():
                state = self._table.made(held, dimension)
                refuse_length(dimension, state.dimension)
                held.learn_vectors()
                if instead_of is not None:
                    self._table.lock(held.connection, f"replacing {instead_of}")
                    gone = condition_of(Eq("source", instead_of) & Not(In("chunk_id", tuple(chunk.chunk_id for chunk in new))))
                    self._table.delete(held.connection, gone)
                self._table.write(held.connection, map(row_of, new, vectors))
                if self._index:
                    self._table.index(held.connection, state, self._distance)

        self._connections.perform(work)

    def _nearest(self, held: Held, state: State, asked: Array, top_k: int, condition: Condition) -> list[RetrievalResult]:
        held.learn_vectors()
        with held.connection.transaction():
            if self._index and state.indexes:
                _set(held.connection, "hnsw.ef_search", min(max(2 * top_k, _FEWEST_LOOKED_AT), _MOST_LOOKED_AT))
                _set(held.connection, "hnsw.iterative_scan", "strict_order")  # look on until enough rows fit the filter
                found = self._found(held, asked, top_k, condition)
                if len(found) == top_k:
                    return found
            if state.indexes:
                _set(held.connection, "enable_indexscan", "off")  # pgvector gives up after so many rows: compare all
            return self._found(held, asked, top_k, condition)

    def _found(self, held: Held, asked: Array, top_k: int, condition: Condition) -> list[RetrievalResult]:
        query = self._table.filled(
            "SELECT chunk, content, embedding, 1 - (embedding <=> %s) FROM {table} WHERE {condition} "
            "ORDER BY embedding {operator} %s LIMIT %s",
            condition=condition.text,
            operator=OPERATORS[self._distance][0],
        )
        rows = _rows(held, query, [asked, *condition.parameters, asked, top_k])
        return [
            RetrievalResult(chunk=chunk_of(*row, place=self._place), score=max(-1.0, min(1.0, score)), rank=rank)
            for rank, (*row, score) in enumerate(rows, start=1)
        ]


def _rows(held: Held, query: Any, parameters: list[Any]) -> list[Any]:
    """The rows, in PostgreSQL's binary format: a vector as text is long."""
    with held.connection.cursor(binary=True) as cursor:
        return cursor.execute(query, parameters).fetchall()


def _set(connection: Connection[Any], name: str, value: object) -> None:
    """Set an option until the transaction ends."""
    connection.execute("SELECT set_config(%s, %s, true)", [name, str(value)])


def _one_dsn(dsn: str | None, connection_string: str | None) -> str:
    if dsn is not None and connection_string is not None:
        msg = "dsn and connection_string are two names of one thing: give one."
        raise UsageError(msg)
    found = dsn if dsn is not None else connection_string
    if found is None:
        msg = "Say where the database is: PGVectorStore('postgresql://user:password@host:5432/database')."
        raise UsageError(msg)
    return found
