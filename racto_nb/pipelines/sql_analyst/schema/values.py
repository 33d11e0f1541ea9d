"""A database as data: tables, columns, keys. Pure values, without anything that a pipeline hides or adds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from racto_nb.exceptions import UsageError
from racto_nb.pipelines.sql_analyst.limits import Dialect


@dataclass(frozen=True, slots=True)
class SchemaWish:
    """What is read of each table besides columns and keys. `sample_limit` values are read of columns with few distinct ones."""

    indexes: bool = True
    row_counts: bool = False
    samples: bool = False
    sample_limit: int = 8

    def __post_init__(self) -> None:
        if self.sample_limit < 1:
            msg = f"sample_limit is 1 or more, not {self.sample_limit!r}. For no sample values at all: samples=False."
            raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its `type` as the database writes it. `samples` are a few of its values as text, where they were read."""

    name: str
    type: str
    nullable: bool = True
    comment: str | None = None
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` of a table are the `target_columns` of the table `target` (with its schema, where it is another one)."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view. `schema` is None where it lies in the default one: then it is written without. `row_count` is exact or
    the database's own estimate (`estimated`), None where it was not read."""

    name: str
    columns: tuple[Column, ...]
    schema: str | None = None
    kind: Literal["table", "view"] = "table"
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    row_count: int | None = None
    estimated: bool = False
    comment: str | None = None

    @property
    def full_name(self) -> str:
        """`schema.name`, or `name` in the default schema."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True, slots=True)
class DatabaseSchema:
    """The tables of a source in its `dialect`, sorted by name. Those of `default_schema` are written without it.

    `database` is the name of the database itself where tables may be called by it too (DuckDB); it may change with a file's name.
    """

    dialect: Dialect
    tables: tuple[Table, ...] = field(default=())
    default_schema: str | None = None
    database: str | None = None
