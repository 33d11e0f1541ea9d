"""How people name tables and columns, and what such a name means. Pure.

Names are compared without regard to capitals, and with or without quotes. A table is "name" in the default schema, or
"schema.name". A column is "column" (in every table), "table.column" (in tables of that name, whatever their schema) or
"schema.table.column".
A name with a dot in it is written in quotes: '"my.table".price'.

A bare table name does not mean the tables of other schemas, since it gives rights; a bare column name means all, since it takes
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from racto_nb.exceptions import UsageError, WrongTypeError

_PART = r'"(?:[^"]|"")*"|`(?:[^`]|``)*`|[^."`][^.]*'
_NAME = re.compile(rf"(?:{_PART})(?:\.(?:{_PART}))*")
_PARTS = re.compile(_PART)
Parts = tuple[str, ...]


def folded(name: str) -> str:
    """`name` as names are compared."""
    return name.casefold()


def parts_of(given: str) -> Parts:
    """The parts of a name that somebody wrote, without their quotes, folded.

    >>> parts_of("Sales.Orders"), parts_of('"my.table"."Größe"'), parts_of("weird name")
    (('sales', 'orders'), ('my.table', 'grösse'), ('weird name',))
    """
    text = given.strip()
    if not _NAME.fullmatch(text):
        return (folded(text),)
    return tuple(folded(_unquoted(part)) for part in _PARTS.findall(text))


def names_given(given: Iterable[str] | None, what: str) -> frozenset[str]:
    """The names in the list that the user gave as `what`; none where it is None. WrongTypeError for what is no list of texts.

    >>> names_given("password", "blocked_columns")
    Traceback (most recent call last):
    racto_nb.exceptions.WrongTypeError: blocked_columns is a list of names, not one text. Write ['password'].
    """
    if given is None:
        return frozenset()
    if isinstance(given, str):
        msg = f"{what} is a list of names, not one text. Write [{given!r}]."
        raise WrongTypeError(msg)
    names = list(given)
    for name in names:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
            msg = f"{what} holds names as text, not {name!r:.80}."
            raise WrongTypeError(msg)
        if not name.strip():
            msg = f"{what} holds an empty name. Leave it out."
            raise UsageError(msg)
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class TableNames:
    """Tables as the user named them."""

    parts: frozenset[Parts]
    default_schema: str | None = None

    @classmethod
    def of(cls, names: Iterable[str], default_schema: str | None = None) -> TableNames:
        """The tables `names`; those of `default_schema` may be written with or without it."""
        return cls(frozenset(map(parts_of, names)), default_schema)

    def __contains__(self, place: tuple[str | None, str]) -> bool:
        """Whether the table in the schema (None: the default one) with the name is meant.

        >>> (None, "Orders") in TableNames.of(["orders"]), ("private", "orders") in TableNames.of(["orders"])
        (True, False)
        """
        return not self.parts.isdisjoint(_table_parts(place, self.default_schema))


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """Columns as the user named them."""

    parts: frozenset[Parts]
    default_schema: str | None = None

    @classmethod
    def of(cls, names: Iterable[str], default_schema: str | None = None) -> ColumnNames:
        """The columns `names`; tables of `default_schema` may be written with or without it."""
        return cls(frozenset(map(parts_of, names)), default_schema)

    def __contains__(self, place: tuple[str | None, str, str]) -> bool:
        """Whether the column of the table in the schema (None: the default one) is meant.

        >>> ("private", "users", "Password") in ColumnNames.of(["users.password"])
        True
        """
        schema, table, column = place
        bare = parts_of_name(column)
        tables = {*_table_parts((schema, table), self.default_schema), parts_of_name(table)}
        return bare in self.parts or any((*each, *bare) in self.parts for each in tables)


def parts_of_name(name: str) -> Parts:
    """The parts of one name as the database has it: it is one, whatever stands in it."""
    return (folded(name),)


def _table_parts(place: tuple[str | None, str], default_schema: str | None) -> set[Parts]:
    """The ways to name a table. A schema with a dot in it (of another attached database) is written with or without quotes."""
    schema, name = place
    last = folded(name)
    if schema is not None and (default_schema is None or folded(schema) != folded(default_schema)):
        return {(folded(schema), last), (*folded(schema).split("."), last)}
    return {(last,)} if default_schema is None else {(last,), (folded(default_schema), last)}


def _unquoted(part: str) -> str:
    mark = part[0]
    return part[1:-1].replace(mark * 2, mark) if mark in {'"', "`"} else part.strip()
