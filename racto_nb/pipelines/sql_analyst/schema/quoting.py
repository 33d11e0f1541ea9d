"""Names as a database reads them: quoted always, or only where they must be. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from racto_nb.pipelines.sql_analyst.limits import Dialect

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN_LOWER = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED_WORDS = """
all alter analyze and any array as asc asymmetric between both by case cast check collate column condition constraint create
cross current_date current_time current_timestamp database databases default delete desc describe distinct div do drop else
end except exists explain false fetch for foreign from full function grant group groups having if in index inner insert
intersect interval into is join key keys lambda lateral leading left like limit lock natural not null of offset on only option
or order outer over partition pivot placing primary qualify range rank read references release rename replace returning right
row rows schema schemas select session_user set show some summarize symmetric system table tables then to trailing trigger
true union unique unpivot update usage use user using values variadic view when where window with write
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())
"""Words that one of the four databases does not take as a name without quotes. A quote too many does no harm."""


def quoted(name: str, dialect: Dialect) -> str:
    """`name` in quotes, whatever stands in it.

    >>> quoted('say "hi"', "postgres"), quoted("order", "mysql")
    ('"say ""hi\"""', '`order`')
    """
    mark = "`" if dialect == "mysql" else '"'
    return f"{mark}{name.replace(mark, mark * 2)}{mark}"


def quoted_path(parts: Sequence[str], dialect: Dialect) -> str:
    """The names `parts`, quoted, with dots between them: a table in its schema."""
    return ".".join(quoted(part, dialect) for part in parts)


def written(name: str, dialect: Dialect) -> str:
    """`name` as people write it: in quotes only where the database needs them. PostgreSQL makes small letters of bare names.

    >>> written("Orders", "duckdb"), written("Orders", "postgres"), written("order", "sqlite"), written("weird name", "mysql")
    ('Orders', '"Orders"', '"order"', '`weird name`')
    """
    plain = _PLAIN_LOWER if dialect == "postgres" else _PLAIN
    bare = plain.fullmatch(name) is not None and name.lower() not in _RESERVED
    return name if bare else quoted(name, dialect)
