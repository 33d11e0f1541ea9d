"""What a database's catalogue says, in rows of ours, and the schema that is put together from them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, ForeignKey, Table

Read = Callable[[str], Sequence[Sequence[object]]]
"""Runs a statement of ours as it stands (a percent sign or colon in it means nothing) and gives all its rows. Raises SourceError
or QueryError for what the database refuses."""

Place = tuple[str | None, str]
"""A table: the schema (None: the default one) and the name."""

R = TypeVar("R")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A table or view. `path` are the names by which a statement reaches it. `readable`: its rows may be read for counts and
    samples, which is not so for views, whose reading may take any time. `estimate` is the database's own number of rows, and
    `countable` tells whether counting them is cheap."""

    place: Place
    kind: Literal["table", "view"]
    comment: str | None
    path: tuple[str, ...]
    readable: bool = True
    estimate: int | None = None
    countable: bool = True


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column, in the order of its table. `comparable`: it has values that can be told apart and shown as text."""

    place: Place
    name: str
    type: str
    nullable: bool
    comment: str | None
    comparable: bool


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A column of a primary key, in its order."""

    place: Place
    column: str


@dataclass(frozen=True, slots=True)
class ForeignRow:
    """A column of the foreign key `key`, in its order. `target_column` None: the target's primary key."""

    place: Place
    key: str
    column: str
    target: Place
    target_column: str | None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A column or expression of the index `index`, in its order."""

    place: Place
    index: str
    column: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that the catalogue says."""

    dialect: Dialect
    default_schema: str | None
    tables: Sequence[TableRow]
    columns: Sequence[ColumnRow]
    primary: Sequence[KeyRow] = ()
    foreign: Sequence[ForeignRow] = ()
    indexes: Sequence[IndexRow] = ()
    database: str | None = None


def assembled(catalogue: Catalogue) -> DatabaseSchema:
    """The schema of `catalogue`, its tables sorted by name: those of the default schema first."""
    columns = _grouped(catalogue.columns, lambda row: row.place)
    primary = _grouped(catalogue.primary, lambda row: row.place)
    keys = {place: tuple(row.column for row in rows) for place, rows in primary.items()}
    foreign = _grouped(catalogue.foreign, lambda row: row.place)
    indexes = _grouped(catalogue.indexes, lambda row: row.place)
    tables = [
        Table(
            name=row.place[1],
            schema=row.place[0],
            kind=row.kind,
            comment=row.comment,
            columns=tuple(Column(each.name, each.type, each.nullable, each.comment) for each in columns[row.place]),
            primary_key=keys.get(row.place, ()),
            foreign_keys=_foreign_keys(foreign[row.place], keys),
            indexes=_indexes(indexes[row.place], keys.get(row.place, ())),
        )
        for row in catalogue.tables
    ]
    tables.sort(key=lambda table: (table.schema is not None, table.schema or "", table.name))
    return DatabaseSchema(catalogue.dialect, tuple(tables), catalogue.default_schema, catalogue.database)


def _foreign_keys(rows: Iterable[ForeignRow], keys: dict[Place, tuple[str, ...]]) -> tuple[ForeignKey, ...]:
    """Sorted, since databases number them as they like."""
    made: list[ForeignKey] = []
    for group in _grouped(rows, lambda row: row.key).values():
        target = group[0].target
        named = tuple(row.target_column for row in group if row.target_column is not None)
        columns = tuple(row.column for row in group)
        made.append(ForeignKey(columns, full_name(target), named or keys.get(target, ())))
    return tuple(sorted(made, key=lambda key: (key.columns, key.target)))


def _indexes(rows: Iterable[IndexRow], primary: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Each once, without the one that every primary key has, sorted."""
    found = {tuple(row.column for row in group) for group in _grouped(rows, lambda row: row.index).values()}
    return tuple(sorted(found - {primary}))


def _grouped(rows: Iterable[R], key: Callable[[R], K]) -> defaultdict[K, list[R]]:
    groups: defaultdict[K, list[R]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def full_name(place: Place) -> str:
    """`schema.name`, or `name` in the default schema: as Table.full_name."""
    schema, name = place
    return f"{schema}.{name}" if schema else name


def text(value: object) -> str:
    """`value` of a catalogue as text: some drivers give bytes."""
    return value.decode() if isinstance(value, (bytes, bytearray)) else str(value)


def text_or_none(value: object) -> str | None:
    """The same for what may be missing; an empty text is missing too."""
    return None if value is None else text(value).strip() or None


def number_or_none(value: object) -> int | None:
    """`value` of a catalogue as a number."""
    return None if value is None else int(text(value))
