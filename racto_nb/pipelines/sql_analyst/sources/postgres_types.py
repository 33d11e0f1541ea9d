"""PostgreSQL's types and ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from racto_nb.pipelines.sql_analyst.sources.text_columns import Kind

_KINDS: Mapping[int, Kind] = {
    16: "bool", 20: "int64", 21: "int16", 23: "int32", 26: "int64", 700: "float32", 701: "float64", 1700: "decimal",
    18: "text", 19: "text", 25: "text", 1042: "text", 1043: "text", 705: "text",
    17: "hex", 1082: "date", 1083: "time", 1114: "datetime", 1184: "instant",
}  # fmt: skip
"""By the numbers that all servers share. What is not here comes as text."""
_ARROW = frozenset({16, 20, 21, 23, 700, 701, 1700, 19, 25, 1042, 1043, 17, 1082, 1114, 1184, 114, 3802, 2950})
"""Types that ADBC's driver gives rightly. It gives `money` without its decimal point, `oid` with a sign, 24:00 as 0:00, arrays of
arrays flat, and ranges, addresses and intervals as the server's own bytes."""
NUMERIC, UUID = 1700, 2950
_FIRST_OWN = 16384
"""The numbers of types that a user has made begin here."""
_SCALE = 0x7FF


@dataclass(frozen=True, slots=True)
class Described:
    """A column of a statement, as the server describes it before that runs. `is_enum`: a type of words, made by a user."""

    name: str
    type: int
    modifier: int
    is_enum: bool = False

    @property
    def kind(self) -> Kind:
        return "text" if self.is_enum else _KINDS.get(self.type, "other")

    @property
    def places(self) -> int:
        """Decimal places, where the column declares them."""
        if self.type != NUMERIC or self.modifier < 4:  # noqa: PLR2004  (the length of a header that PostgreSQL counts in)
            return 0
        scale = (self.modifier - 4) & _SCALE
        return scale if scale <= _SCALE // 2 else 0

    @property
    def is_own(self) -> bool:
        """Whether the type is one that a user has made."""
        return self.type >= _FIRST_OWN

    @property
    def has_arrow(self) -> bool:
        """Whether ADBC gives such a column rightly."""
        return self.type in _ARROW or self.is_enum
