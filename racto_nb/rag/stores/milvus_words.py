"""Filters as Milvus' expressions. Pure."""

from __future__ import annotations

from racto_nb.rag.filters import Contains, Eq, In, Plain, Range
from racto_nb.rag.stores.payload import SURE_NUMBER, is_field_name, is_sure
from racto_nb.rag.stores.pushing import ANY, Pushed

FIELDS = "fields"
"""The JSON field of a row that holds the fields."""

_MANY = 100
"""More alternatives than these make an expression that is too deep for some versions."""


class MilvusWords:
    """Only texts are sure: a truth may equal a number. `not` leaves out rows without the field, so it is never said."""

    def leaf(self, part: Eq | In | Range | Contains) -> Pushed:
        match part:
            case Eq(name, value):
                return _equal(name, value)
            case In(name, values):
                options = [_equal(name, value) for value in values]
                if not options or len(options) > _MANY or any(option.native is None for option in options):
                    return ANY
                return Pushed(self.any_of([option.native for option in options]), all(option.exact for option in options))
            case Range(name) if is_field_name(name):
                return _between(part)
            case _:
                return ANY

    def all_of(self, parts: list[str]) -> str:
        return " and ".join(f"({part})" for part in parts)

    def any_of(self, parts: list[str]) -> str:
        return " or ".join(f"({part})" for part in parts)

    def none_of(self, part: str) -> None:  # noqa: ARG002  (the face of all words)
        return None


def _equal(name: str, value: Plain) -> Pushed:
    if not is_sure(name, value):
        return ANY
    if not isinstance(value, str):
        return Pushed(f'{FIELDS}["{name}"] == {_number(value)}', exact=False)
    if not value.isprintable():  # how control characters are written differs between versions
        return ANY
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return Pushed(f'{FIELDS}["{name}"] == "{quoted}"', exact=True)


def _between(part: Range) -> Pushed:
    ends = {">": part.gt, ">=": part.ge, "<": part.lt, "<=": part.le}
    said = [
        f'{FIELDS}["{part.name}"] {word} {_number(end)}'
        for word, end in ends.items()
        if isinstance(end, int | float) and abs(end) < SURE_NUMBER
    ]
    return Pushed(" and ".join(said), exact=False) if said else ANY


def _number(value: float | None) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)
