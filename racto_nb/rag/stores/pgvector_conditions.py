"""Filters as conditions of PostgreSQL, with every name and value a parameter. Pure.

`fields` is a jsonb object with all that filters ask about but the text, which has a column of its own. jsonb tells numbers,
texts, truth values and lists apart as `matching.py` does; what it cannot hold is translated here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple, cast

from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import And, Contains, Eq, Filter, In, Not, Or, Plain, Range
from racto_nb.rag.matching import OWN_FIELDS

_NUL = "\ufdd0"
"""Stands for the character 0, which PostgreSQL refuses in texts: one of the code points that are no characters."""
_HALVES = 0x10F800
"""Half surrogate pairs, which have no UTF-8, stand here, in the last private area of Unicode."""
_TO_STORED = {0: _NUL, **{code: chr(_HALVES + code - 0xD800) for code in range(0xD800, 0xE000)}}
STANDING_IN = f"[{_NUL}{chr(_HALVES)}-{chr(0x10FFFF)}]"
"""A pattern that finds them."""
_ENDLESS = 10**400
"""Stands for an infinite number, which JSON has not: larger than any float."""
_NOTHING: dict[str, Any] = {}
"""Stands for values that no filter finds."""


class Condition(NamedTuple):
    """A condition of SQL with a `%s` for each of its parameters. It is true or false, never NULL."""

    text: str
    parameters: list[Any]


def stored_text(text: str) -> str:
    """`text` as PostgreSQL can hold it: the same but for NUL and half surrogate pairs."""
    return text if text.isascii() and "\0" not in text else text.translate(_TO_STORED)


def stored_fields(chunk: Chunk) -> dict[str, Any]:
    """What filters ask about, but the text, as one JSON object."""
    own = {name: getattr(chunk.metadata, name) for name in OWN_FIELDS}
    return {
        stored_text(name): _stored_value(value)
        for name, value in {**chunk.metadata.extra, **own, "chunk_id": chunk.chunk_id}.items()
        if name != "content"
    }


def condition_of(wanted: Filter | None) -> Condition:
    """`wanted` as a condition on a row."""
    match wanted:
        case And(parts):
            return _joined(" AND ", parts, "true")
        case Or(parts):
            return _joined(" OR ", parts, "false")
        case Not(part):
            inner = condition_of(part)
            return Condition(f"NOT ({inner.text})", inner.parameters)
        case Eq() | In() | Range() | Contains():
            return _leaf(wanted)
        case _:
            return Condition("true", [])


def _leaf(wanted: Eq | In | Range | Contains) -> Condition:
    match wanted:
        case Eq("source", str() as value):
            return Condition("source = %s", [stored_text(value)])  # it has an index
        case Eq(name, value):
            return _one_of(name, (value,))
        case In(name, values):
            return _one_of(name, values)
        case Range(name):
            return _range(name, wanted)
        case Contains(name, value):
            return _contains(name, value)


def _joined(word: str, parts: Iterable[Filter], of_none: str) -> Condition:
    made = [condition_of(part) for part in parts]
    if not made:
        return Condition(of_none, [])
    return Condition(word.join(f"({part.text})" for part in made), [value for part in made for value in part.parameters])


def _value(name: str) -> Condition:
    """The value of a field, as jsonb."""
    return Condition("to_jsonb(content)", []) if name == "content" else Condition("(fields -> %s)", [stored_text(name)])


def _one_of(name: str, values: tuple[Plain, ...]) -> Condition:
    field = _value(name)
    listed = [_json(value) for value in values if not _is_nan(value)]
    # A field that is missing is as one that is null.
    return Condition(f"COALESCE({field.text}, 'null') = ANY(%s::jsonb[])", [*field.parameters, listed])


def _range(name: str, limits: Range) -> Condition:
    field = _value(name)
    ends = [(sign, end) for sign, end in _ends(limits) if end is not None]
    texts = [isinstance(end, str) for _, end in ends]
    if len(set(texts)) > 1 or any(_is_nan(end) for _, end in ends):
        return Condition("false", [])
    if not ends:
        return Condition(f"COALESCE(jsonb_typeof({field.text}) IN ('number', 'string'), false)", field.parameters)
    checks: list[str] = []
    parameters: list[Any] = [*field.parameters]
    for sign, end in ends:
        if isinstance(end, str):
            checks.append(f"""({field.text} #>> '{{}}') COLLATE "C" {sign} %s""")
            parameters += [*field.parameters, stored_text(end)]
        else:
            checks.append(f"{field.text} {sign} %s::jsonb")
            parameters += [*field.parameters, _json(end)]
    kind = "string" if all(texts) else "number"
    return Condition(f"COALESCE(jsonb_typeof({field.text}) = '{kind}' AND {' AND '.join(checks)}, false)", parameters)


def _ends(limits: Range) -> Iterable[tuple[str, float | str | None]]:
    return ((">", limits.gt), (">=", limits.ge), ("<", limits.lt), ("<=", limits.le))


def _contains(name: str, value: Plain) -> Condition:
    field = _value(name)
    if _is_nan(value):
        return Condition("false", [])
    text = f"jsonb_typeof({field.text}) = 'array' AND {field.text} @> jsonb_build_array(%s::jsonb)"
    parameters = [*field.parameters, *field.parameters, _json(value)]
    if isinstance(value, str):
        text = f"""{text} OR jsonb_typeof({field.text}) = 'string' AND strpos({field.text} #>> '{{}}', %s) > 0"""
        parameters += [*field.parameters, *field.parameters, stored_text(value)]
    return Condition(f"COALESCE({text}, false)", parameters)


def _json(value: Plain) -> str:
    return json.dumps(_stored_value(value))


def _stored_value(value: object, *, inside: bool = False) -> Any:
    """`value` as filters can find it; what they never find becomes an empty object."""
    match value:
        case None | bool() | int():
            return value
        case float():
            return _stored_float(value)
        case str():
            return stored_text(str(value))
        case date():
            return value.isoformat()
        case list() | tuple() | set() | frozenset() if not inside:
            return [_stored_value(item, inside=True) for item in cast("Iterable[object]", value)]
        case _:
            return _NOTHING


def _stored_float(value: float) -> Any:
    if math.isnan(value):
        return _NOTHING
    return float(value) if math.isfinite(value) else int(math.copysign(1, value)) * _ENDLESS


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
