"""The catalogue of SQLite, by its pragma functions. Pure but for `read`."""

# ruff: noqa: S608  (statements are put together from constants of ours, names are quoted)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from racto_nb.exceptions import QueryError, SourceError
from racto_nb.pipelines.sql_analyst.schema.catalogue import (
    Catalogue,
    ColumnRow,
    ForeignRow,
    IndexRow,
    KeyRow,
    Place,
    Read,
    TableRow,
    text,
    text_or_none,
)
from racto_nb.pipelines.sql_analyst.schema.values import SchemaWish

# Virtual tables keep their rows in "shadow" tables that are none of the user's. CROSS JOIN: SQLite keeps the order, so that each
# pragma has the name that it is asked about.
_TABLES = """SELECT schema, name, type, wr FROM pragma_table_list
WHERE type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"""
_MINE = f"(SELECT schema AS place, name AS owner FROM ({_TABLES}) WHERE type <> 'view')"
_COLUMNS = """SELECT {place}, {owner}, c.name, c.type, c."notnull", c.pk FROM {tables}
pragma_table_xinfo({owner}, {place}) AS c WHERE c.hidden <> 1 ORDER BY 1, 2, c.cid"""
_FOREIGN = f"""SELECT t.place, t.owner, f.id, f."from", f."table", f."to" FROM {_MINE} AS t
CROSS JOIN pragma_foreign_key_list(t.owner, t.place) AS f ORDER BY 1, 2, f.id, f.seq"""
_INDEXES = f"""SELECT t.place, t.owner, i.name, x.name FROM {_MINE} AS t CROSS JOIN pragma_index_list(t.owner, t.place) AS i
CROSS JOIN pragma_index_xinfo(i.name, t.place) AS x WHERE x.key AND i.origin <> 'pk' ORDER BY 1, 2, i.name, x.seqno"""

_UNREADABLE = "a view that cannot be read: what it is made from has changed"


def catalogue_of(read: Read, wish: SchemaWish) -> Catalogue:
    """What SQLite's catalogue says."""
    found = read(_TABLES)
    tables = {_place(row): row for row in found}  # the last one: a temporary table hides the one of its name
    rows = _columns(read, _COLUMNS.format(place="t.place", owner="t.owner", tables=f"{_MINE} AS t CROSS JOIN"), tables)
    columns, keys = [row for row, _ in rows], [(row, number) for row, number in rows if number]
    places = {(schema, name.lower()): (schema, name) for schema, name in tables}
    views, broken = _views(read, tables)
    return Catalogue(
        dialect="sqlite",
        default_schema="main",
        tables=[_table(row, broken) for row in tables.values()],
        columns=[*_never_null(columns, keys, tables), *views],
        primary=[KeyRow(row.place, row.name) for row, _ in sorted(keys, key=lambda key: key[1])],
        foreign=[
            ForeignRow(place, text(row[2]), text(row[3]), _target(place, text(row[4]), places), text_or_none(row[5]))
            for place, row in _of(read(_FOREIGN), tables)
        ],
        indexes=[
            IndexRow(place, text(row[2]), text_or_none(row[3]) or "(expression)")
            for place, row in _of(read(_INDEXES) if wish.indexes else (), tables)
        ],
    )


def _place(row: Sequence[object]) -> Place:
    schema = text(row[0])
    return None if schema in {"main", "temp"} else schema, text(row[1])


def _of(rows: Iterable[Sequence[object]], tables: dict[Place, Sequence[object]]) -> Iterable[tuple[Place, Sequence[object]]]:
    """The rows of tables that are seen, with their places."""
    for row in rows:
        place = _place(row)
        if place in tables and text(tables[place][0]) == text(row[0]):
            yield place, row


def _columns(read: Read, sql: str, tables: dict[Place, Sequence[object]]) -> list[tuple[ColumnRow, int]]:
    """The columns with their numbers in the primary key (0: not in it). SQLite keeps any value in any column, so all are
    comparable; blobs are left out value by value."""
    return [
        (ColumnRow(place, text(row[2]), text(row[3]), not row[4], None, comparable=True), int(text(row[5])))
        for place, row in _of(read(sql), tables)
    ]


def _never_null(
    columns: Iterable[ColumnRow], keys: Sequence[tuple[ColumnRow, int]], tables: dict[Place, Sequence[object]]
) -> Iterable[ColumnRow]:
    """The columns, with those of a primary key that SQLite really keeps from being null: the row's number, and all of a table
    WITHOUT ROWID. Other primary keys may hold nulls."""
    members: dict[Place, list[ColumnRow]] = {}
    for row, _ in keys:
        members.setdefault(row.place, []).append(row)
    for row in columns:
        key = members.get(row.place, [])
        number = len(key) == 1 and row.type.upper() == "INTEGER"
        yield replace(row, nullable=False) if row in key and (number or tables[row.place][3]) else row


def _views(read: Read, tables: dict[Place, Sequence[object]]) -> tuple[list[ColumnRow], set[Place]]:
    """The columns of views, and the views that have none: one by one, since a broken view breaks the statement it stands in."""
    columns: list[ColumnRow] = []
    broken: set[Place] = set()
    for place, row in tables.items():
        if text(row[2]) != "view":
            continue
        schema, name = _literal(text(row[0])), _literal(text(row[1]))
        try:
            columns += [row for row, _ in _columns(read, _COLUMNS.format(place=schema, owner=name, tables=""), tables)]
        except (SourceError, QueryError):
            broken.add(place)
    return columns, broken


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _table(row: Sequence[object], broken: set[Place]) -> TableRow:
    kind = "view" if text(row[2]) == "view" else "table"
    comment = _UNREADABLE if _place(row) in broken else None
    return TableRow(_place(row), kind, comment, (text(row[0]), text(row[1])), readable=kind == "table")


def _target(place: Place, name: str, places: dict[tuple[str | None, str], Place]) -> Place:
    """The table that a key names, in its own letters: SQLite takes any."""
    return places.get((place[0], name.lower()), (place[0], name))
