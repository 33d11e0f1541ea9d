r"""The filters of `%%racto rag`: what `--filter` says, as one filter. Nothing is evaluated. Pure.

    FILTER  = NAME | FIELD OPERATOR VALUE
    OPERATOR= "=" | "!=" | ">" | ">=" | "<" | "<=" | "~" (contains) | "!~" (does not)
    VALUE   = a number, true, false, null, "a text in quotes", [several, of, these] behind = and !=, else a text as it stands

NAME is a variable of the notebook that holds a filter or a mapping.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from racto_nb.exceptions import UsageError, WrongTypeError, did_you_mean
from racto_nb.notebook.magics.interpolating import value_of
from racto_nb.rag.filters import And, Filter, Not, as_filter, bound, field, plain

OPERATORS = ("!=", "!~", ">=", "<=", "==", "=", ">", "<", "~")
"""The longer ones first, as they are looked for."""
_CONDITION = re.compile(rf"\s*(?P<field>[^\s=<>!~]+)\s*(?P<operator>{'|'.join(OPERATORS)})\s*(?P<value>.*?)\s*", re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_EXAMPLES = "such as category=test, year>=2020, tags~red or source!=a.txt, or the name of a variable that holds a filter"


def filter_of(texts: Sequence[str], namespace: Mapping[str, Any]) -> Filter | None:
    """All of `texts` as one filter, which holds where all of them do; None for none.

    Raises UsageError for a text that is no filter.

    >>> filter_of(["year>=2020", "team=[red, blue]"], {})
    And(parts=(Range(name='year', gt=None, ge=2020, lt=None, le=None), In(name='team', values=('red', 'blue'))))
    """
    parts = [_one(text, namespace) for text in texts]
    if len(parts) < 2:  # noqa: PLR2004  (one is not joined)
        return parts[0] if parts else None
    return And(tuple(parts))


def _one(text: str, namespace: Mapping[str, Any]) -> Filter:
    if _NAME.fullmatch(text.strip()):
        return _held(text.strip(), namespace)
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise _refused(text, f"it is no condition, {_EXAMPLES}")
    if not match["value"]:
        raise _refused(text, f'a value is missing behind {match["operator"]!r}. Write "" for an empty text, null for none')
    try:
        return _condition(match["field"], match["operator"], _value(match["value"]))
    except (UsageError, WrongTypeError) as error:
        raise _refused(text, str(error).rstrip(".")) from error


def _held(name: str, namespace: Mapping[str, Any]) -> Filter:
    """The filter that a variable holds."""
    if name.partition(".")[0] not in namespace:
        known = [known for known, value in namespace.items() if not known.startswith("_") and isinstance(value, Filter)]
        raise _refused(name, f"it is no variable, and no condition, {_EXAMPLES}", hint=did_you_mean(name, known))
    found = value_of(name, namespace, shown=f"--filter {name}")
    if not isinstance(found, Filter | Mapping):
        raise _refused(name, f"the variable is of the type {type(found).__name__}, not a filter or a mapping")
    try:
        condition = as_filter(cast("Filter | Mapping[str, Any]", found))
    except (UsageError, WrongTypeError) as error:
        raise _refused(name, str(error).rstrip(".")) from error
    return And(()) if condition is None else condition


def _condition(name: str, operator: str, value: Any) -> Filter:
    match operator:
        case "=" | "==":
            return _equal(name, value)
        case "!=":
            return Not(_equal(name, value))
        case "~":
            return field(name).contains(value)
        case "!~":
            return ~field(name).contains(value)
        case _:
            word = {">": "gt", ">=": "ge", "<": "lt", "<=": "le"}[operator]
            return _of_mapping({name: {word: bound(_single(value, operator))}})


def _equal(name: str, value: Any) -> Filter:
    return _of_mapping({name: {"in": value}} if isinstance(value, list) else {name: {"eq": plain(value)}})


def _of_mapping(mapping: Mapping[str, Any]) -> Filter:
    return as_filter(mapping) or And(())


def _single(value: Any, operator: str) -> Any:
    if isinstance(value, list):
        msg = f"several values stand behind = or != only, not behind {operator!r}"
        raise UsageError(msg)
    return value


def _value(text: str) -> Any:
    """A value as it is meant: JSON where it is some, several in brackets, else the text."""
    try:
        found = json.loads(text, parse_constant=_no_number)
    except ValueError:
        if text.startswith("[") and text.endswith("]"):
            return [_value(part) for part in map(str.strip, text[1:-1].split(",")) if part]
        return text
    if isinstance(found, dict):
        msg = f"a value is a text, a number, true, false, null or several of them, not {text!r:.80}"
        raise UsageError(msg)
    return found


def _no_number(word: str) -> Any:
    """NaN and Infinity are words here: `json` would make numbers of them, which equal nothing."""
    raise ValueError(word)


def _refused(text: str, why: str, *, hint: str = "") -> UsageError:
    return UsageError(f"--filter {text!r:.120} cannot be read: {why}.{hint} Nothing was sent.")
