"""The tables of a large database that a question needs. Kind: flow.

Found by a retriever over texts that describe the tables, by words (names, columns, comments, what the user told, terms of the
glossary), or both; then the tables are added that foreign keys need to join them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from racto_nb.exceptions import UsageError
from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.models.sources import Retriever
from racto_nb.pipelines.sql_analyst.schema.examples import asked_with_terms
from racto_nb.pipelines.sql_analyst.schema.knowledge import Knowledge
from racto_nb.pipelines.sql_analyst.schema.naming import TableNames
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, Table
from racto_nb.pipelines.sql_analyst.schema.words import WordIndex, best_first, weighted

LIMIT = 12
"""Tables that are chosen at most, if the user does not say. A database with no more is taken whole."""
LONGEST_TEXT = 900
"""Characters of a text that describes a table, so that no chunker cuts it; a wide table has several."""
_FURTHEST = 3
"""Foreign keys between two tables that are followed at most."""
_RANK = 60
"""What is added to each place when two orders are made one: high places of either count, and none alone decides."""
_FEW = 6
"""Tables with a column of the same name that may be related by it; "name" or "created_at" relates nothing."""
_NAME, _COLUMN, _TEXT = 3.0, 1.0, 1.0


def chosen_tables(
    schema: DatabaseSchema,
    question: str,
    *,
    retriever: Retriever | None = None,
    limit: int = LIMIT,
    knowledge: Knowledge | None = None,
    always: Iterable[str] = (),
) -> Flow[DatabaseSchema]:
    """`schema` with at most `limit` tables: those that `question` needs, and those that join them. Smaller ones are taken whole.

    `retriever` finds texts made by `table_documents`; what it finds counts as much as words do. `always` are tables that are
    taken in any case (those of examples that are shown), as long as there is room. `left_out(schema, chosen)` are the others.
    """
    if limit < 1:
        msg = f"limit is 1 or more, not {limit!r}."
        raise UsageError(msg)
    if len(schema.tables) <= limit:
        return schema
    told = knowledge or Knowledge()
    orders = [_by_words(schema, question, told)]
    if retriever is not None:
        hits = yield from either(retriever.retrieve, retriever.aretrieve, question, 2 * limit)
        orders.append(_found(schema, [hit.chunk.content for hit in hits]))
    first = TableNames.of(always, schema.default_schema)
    wanted = [place for place, table in enumerate(schema.tables) if (table.schema, table.name) in first]
    return _with(schema, joined(schema, [*wanted, *_fused(orders)], limit))


def left_out(schema: DatabaseSchema, chosen: DatabaseSchema) -> list[str]:
    """The names of the tables of `schema` that are not in `chosen`."""
    kept = {table.full_name for table in chosen.tables}
    return [table.full_name for table in schema.tables if table.full_name not in kept]


def table_documents(schema: DatabaseSchema, knowledge: Knowledge | None = None) -> list[str]:
    """Texts that describe the tables, for a retriever to ingest: one for each, several for a wide one. Each begins with the name.

    >>> from racto_nb.pipelines.sql_analyst.schema.values import Column
    >>> table_documents(DatabaseSchema("duckdb", (Table("pets", (Column("id", "INTEGER"), Column("kind", "VARCHAR"))),)))
    ['Table: pets\\nColumns: id, kind']
    """
    told = knowledge or Knowledge()
    return [text for table in schema.tables for text in _documents(schema, table, told)]


def joined(schema: DatabaseSchema, order: Sequence[int], limit: int) -> list[int]:
    """The first tables in `order` that fit into `limit` together with what joins them by foreign keys; the rest of the room goes
    to neighbours of those, or, where nothing was found, to the tables that most others name. Pure."""
    near = _neighbours(schema.tables)
    chosen: list[int] = []
    for place in order:
        if place in chosen:
            continue
        path = [each for each in _path(near, chosen, place) if each not in chosen] or [place]
        if len(chosen) + len(path) <= limit:
            chosen += path
    return [*chosen, *_beside(schema.tables, near, set(chosen))[: limit - len(chosen)]]


def _beside(tables: Sequence[Table], near: Mapping[int, set[int]], chosen: set[int]) -> list[int]:
    """The tables that are not chosen, the nearest to those first: by keys, by columns of the same name, by the schema."""
    holders = _holders(tables)
    schemas = {tables[place].schema for place in chosen}

    def nearness(place: int) -> tuple[int, int, bool, int]:
        shared = sum(1 for column in tables[place].columns if holders.get(column.name.casefold(), set[int]()) & chosen)
        return len(near[place] & chosen), shared, tables[place].schema in schemas, len(near[place])

    return sorted((place for place in range(len(tables)) if place not in chosen), key=nearness, reverse=True)


def _holders(tables: Sequence[Table]) -> Mapping[str, set[int]]:
    """The tables that have a column of a name, for names that only a few have: where no keys are declared, those tell them."""
    holders: defaultdict[str, set[int]] = defaultdict(set)
    for place, table in enumerate(tables):
        for column in table.columns:
            holders[column.name.casefold()].add(place)
    return {name: places for name, places in holders.items() if len(places) <= _FEW}


def _by_words(schema: DatabaseSchema, question: str, told: Knowledge) -> list[int]:
    index = WordIndex([weighted(_parts(schema, table, told)) for table in schema.tables])
    return best_first(index.scores(asked_with_terms(question, told.glossary)))


def _parts(schema: DatabaseSchema, table: Table, told: Knowledge) -> Iterator[tuple[str, float]]:
    """The texts that tell what `table` is, with their weights."""
    yield table.full_name, _NAME
    yield told.of_table(schema, table) or "", _TEXT
    yield table.comment or "", _TEXT
    for column in table.columns:
        yield column.name, _COLUMN
        yield told.of_column(schema, table, column) or "", _TEXT
        yield column.comment or "", _TEXT
        yield " ".join(column.samples), _TEXT


def _found(schema: DatabaseSchema, texts: Iterable[str]) -> list[int]:
    """The tables that `texts` of a retriever describe, each once, in their order. What describes none is passed over."""
    places = {_first_line(table): place for place, table in enumerate(schema.tables)}
    found = (places.get(text.strip().split("\n", 1)[0].strip()) for text in texts)
    return list(dict.fromkeys(place for place in found if place is not None))


def _fused(orders: Sequence[Sequence[int]]) -> list[int]:
    scores: defaultdict[int, float] = defaultdict(float)
    for order in orders:
        for rank, place in enumerate(order, 1):
            scores[place] += 1 / (_RANK + rank)
    return sorted(scores, key=lambda place: -scores[place])


def _neighbours(tables: Sequence[Table]) -> Mapping[int, set[int]]:
    """The tables that a foreign key leads to or from, for each table."""
    places = {table.full_name: place for place, table in enumerate(tables)}
    near: defaultdict[int, set[int]] = defaultdict(set)
    for place, table in enumerate(tables):
        for key in table.foreign_keys:
            target = places.get(key.target)
            if target is not None and target != place:
                near[place].add(target)
                near[target].add(place)
    return near


def _path(near: Mapping[int, set[int]], chosen: Collection[int], place: int) -> list[int]:
    """The tables on the shortest way from one of `chosen` to `place`; none where there is no short one."""
    came: dict[int, int | None] = dict.fromkeys(chosen)
    line = deque((each, 0) for each in chosen)
    while line:
        here, steps = line.popleft()
        if here == place:
            path: list[int] = []
            step: int | None = here
            while step is not None:
                path.append(step)
                step = came[step]
            return path[::-1]
        for other in sorted(near.get(here, set[int]()) - set(came)) if steps < _FURTHEST else ():
            came[other] = here
            line.append((other, steps + 1))
    return []


def _with(schema: DatabaseSchema, places: Collection[int]) -> DatabaseSchema:
    return replace(schema, tables=tuple(schema.tables[place] for place in sorted(places)))


def _first_line(table: Table) -> str:
    return "Table: " + " ".join(table.full_name.split())


def _documents(schema: DatabaseSchema, table: Table, told: Knowledge) -> Iterator[str]:
    about = told.of_table(schema, table) or table.comment
    head = "\n".join([_first_line(table), *(["About: " + " ".join(about.split())[:LONGEST_TEXT]] if about else [])])
    text = ""
    for column in table.columns:
        note = told.of_column(schema, table, column) or column.comment
        words = column.name + (f" ({' '.join(note.split())[:LONGEST_TEXT]})" if note else "")
        if text and len(head) + len(text) + len(words) > LONGEST_TEXT:
            yield f"{head}\nColumns: {text}"
            text, head = "", _first_line(table)
        text = f"{text}, {words}" if text else words
    yield f"{head}\nColumns: {text}" if text else head
