"""Whether a chunk fits a filter: what every store must agree with. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import And, Contains, Eq, Filter, In, Not, Or, Plain, Range

OWN_FIELDS = ("source", "page", "heading", "doc_id", "chunk_index", "total_chunks", "start_char", "end_char")
"""The fields of a chunk's metadata that have names of their own."""


def value_of(chunk: Chunk, name: str) -> object:
    """What `chunk` has for the field `name`; None where it has none."""
    if name in OWN_FIELDS:
        return getattr(chunk.metadata, name)
    if name == "content":
        return chunk.content
    return chunk.chunk_id if name == "chunk_id" else chunk.metadata.extra.get(name)


def matches(condition: Filter | None, chunk: Chunk) -> bool:
    """Whether `chunk` fits `condition`; every chunk fits None."""
    match condition:
        case Eq(name, value):
            return same(value_of(chunk, name), value)
        case In(name, values):
            found = value_of(chunk, name)
            return any(same(found, value) for value in values)
        case Range(name):
            return _lies_in(value_of(chunk, name), condition)
        case Contains(name, value):
            return _holds(value_of(chunk, name), value)
        case And(parts):
            return all(matches(part, chunk) for part in parts)
        case Or(parts):
            return any(matches(part, chunk) for part in parts)
        case Not(part):
            return not matches(part, chunk)
        case _:
            return True


def same(found: object, value: Plain) -> bool:
    """Whether two values are the same: of one kind (numbers are one, True and False another) and equal."""
    found = _stored(found)
    return _kind(found) is not None and _kind(found) == _kind(value) and found == value


def _stored(value: object) -> object:
    """`value` as a database would hold it: dates as ISO texts, numbers of NumPy (a year out of a frame, say) as Python's."""
    if isinstance(value, date):
        return value.isoformat()
    return item() if callable(item := getattr(value, "item", None)) and getattr(value, "shape", None) == () else value


def _kind(value: object) -> str | None:
    match value:
        case None:
            return "none"
        case bool():
            return "truth"
        case int() | float():
            return "number"
        case str():
            return "text"
        case _:
            return None


def _lies_in(found: object, limits: Range) -> bool:
    found = _stored(found)
    kind = _kind(found)
    if kind not in {"number", "text"}:
        return False
    checks = ((limits.gt, "gt"), (limits.ge, "ge"), (limits.lt, "lt"), (limits.le, "le"))
    return all(_kind(end) == kind and _ordered(cast("Any", found), word, end) for end, word in checks if end is not None)


def _ordered(found: Any, word: str, end: Any) -> bool:
    match word:
        case "gt":
            return found > end
        case "ge":
            return found >= end
        case "lt":
            return found < end
        case _:
            return found <= end


def _holds(found: object, value: Plain) -> bool:
    if isinstance(found, str):
        return isinstance(value, str) and value in found
    if isinstance(found, list | tuple | set | frozenset):
        return any(same(item, value) for item in cast("Iterable[object]", found))
    return False
