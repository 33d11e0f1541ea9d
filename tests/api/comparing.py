"""Compare a module with the facts about its counterpart in the reference library; the result is data: what differs, and how."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

from pydantic import BaseModel

Fact = dict[str, Any]
Difference = tuple[str, str]

_REQUIRED = object()
_EMPTY = {"factory list": [], "factory dict": {}, "factory set": set()}
_ANY_SIGNATURE = ["var_positional", "var_keyword"]


def differences(module: object, facts: dict[str, Fact], label: str) -> dict[str, str]:
    """`{what: how it differs}` for every fact that the documents or the package of the reference state."""
    found: dict[str, str] = {}
    for name, fact in facts.items():
        if fact["tag"] != "extra":
            found.update(_of_name(module, name, fact, f"{label}.{name}"))
    return found


def _of_name(module: object, name: str, fact: Fact, where: str) -> Iterator[Difference]:
    ours: Any = getattr(module, name, None)
    if ours is None:
        yield where, "missing"
        return
    match fact["kind"]:
        case "class":
            yield from _of_bases(ours, fact, where)
            yield from _of_parameters(ours, fact, where)
        case "model":
            yield from _of_model(ours, fact, where)
        case "enum":
            yield from _of_bases(ours, fact, where)
            yield from _of_values(ours, fact, where)
        case _:
            yield from _of_function(ours, fact, where)
    for member, its_fact in fact.get("members", {}).items():
        if its_fact["tag"] != "extra":
            yield from _of_member(ours, member, its_fact, f"{where}.{member}")


def _of_bases(ours: type, fact: Fact, where: str) -> Iterator[Difference]:
    names = {base.__name__ for base in ours.__mro__}
    for base in fact["bases"]:
        if base not in names:
            yield f"{where} base {base}", "missing"


def _of_values(ours: type[Enum], fact: Fact, where: str) -> Iterator[Difference]:
    values = {name: member.value for name, member in ours.__members__.items()}
    if values != fact["values"]:
        yield f"{where} values", f"{values} instead of {fact['values']}"


def _of_model(ours: Any, fact: Fact, where: str) -> Iterator[Difference]:
    if not issubclass(ours, BaseModel):
        yield f"{where} pydantic", "not a pydantic model"
        blank = ours()
        for name, field in fact["fields"].items():
            if not _same(field["default"], getattr(blank, name, _REQUIRED)):
                yield f"{where}.{name} default", f"{getattr(blank, name, 'missing')!r} instead of {field['default']}"
        return
    extra = ours.model_config.get("extra", "ignore")
    if extra != fact["extra"]:
        yield f"{where} extra", f"{extra} instead of {fact['extra']}"
    for name, field in fact["fields"].items():
        yield from _of_field(ours, name, field, f"{where}.{name}")


def _of_field(ours: type[BaseModel], name: str, fact: Fact, where: str) -> Iterator[Difference]:
    field = ours.model_fields.get(name)
    if field is None:
        yield where, "missing"
        return
    value = _REQUIRED if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
    if not _same(fact["default"], value):
        yield f"{where} default", f"{value!r} instead of {fact['default']}"
    limits = ",".join(map(repr, field.metadata))
    if limits != fact.get("limits", ""):
        yield f"{where} limits", f"{limits or 'none'} instead of {fact.get('limits', 'none')}"


def _of_member(ours: Any, name: str, fact: Fact, where: str) -> Iterator[Difference]:
    static = inspect.getattr_static(ours, name, None)
    if static is None:
        yield where, "missing"
    elif fact["kind"] == "property":
        if callable(static):
            yield f"{where} kind", "a method instead of a property"
    elif isinstance(static, classmethod) != (fact["kind"] == "classmethod"):
        yield f"{where} kind", f"{type(static).__name__} instead of {fact['kind']}"
    else:
        yield from _of_function(getattr(ours, name), fact, where, bound=not isinstance(static, classmethod | staticmethod))


def _of_function(ours: Any, fact: Fact, where: str, *, bound: bool = False) -> Iterator[Difference]:
    is_async = inspect.iscoroutinefunction(ours) or inspect.isasyncgenfunction(ours)
    if is_async != fact["async"]:
        yield f"{where} async", f"{is_async} instead of {fact['async']}"
    yield from _of_parameters(ours, fact, where, skip=int(bound))


def _of_parameters(ours: Any, fact: Fact, where: str, *, skip: int = 0) -> Iterator[Difference]:
    wanted = fact["parameters"]
    if [each["kind"] for each in wanted] == _ANY_SIGNATURE:
        return
    given = dict(list(inspect.signature(ours).parameters.items())[skip:])
    positional = [name for name, each in given.items() if each.kind is each.POSITIONAL_OR_KEYWORD]
    for place, each in enumerate(wanted):
        if each["name"] not in given:
            yield f"{where}({each['name']})", "missing"
            continue
        yield from _of_parameter(given[each["name"]], each, f"{where}({each['name']})")
        if each["kind"] == "positional" and positional[place : place + 1] != [each["name"]]:
            yield f"{where}({each['name']}) place", f"not positional argument {place + 1}"
    known = {each["name"] for each in wanted}
    for name, each in given.items():
        if name not in known and each.default is each.empty and each.kind not in {each.VAR_KEYWORD, each.VAR_POSITIONAL}:
            yield f"{where}({name})", "required, and unknown to the reference"


def _of_parameter(ours: inspect.Parameter, fact: Fact, where: str) -> Iterator[Difference]:
    if fact["kind"] == "keyword" and ours.kind is not ours.KEYWORD_ONLY:
        yield f"{where} kind", "may also be positional"
    value = _REQUIRED if ours.default is ours.empty else ours.default
    if not _same(fact.get("default", "required"), value):
        yield f"{where} default", f"{ours.default!r} instead of {fact.get('default', 'required')}"


def _same(text: str, value: object) -> bool:
    """Whether `value` is what the fact sheet writes as `text`: `required`, `factory X`, a literal or a repr."""
    if text == "required" or value is _REQUIRED:
        return text == "required" and value is _REQUIRED
    if text in _EMPTY:
        return value == _EMPTY[text] and type(value) is type(_EMPTY[text])
    if text.startswith("factory <"):
        return True
    if text.startswith("factory "):
        return type(value).__name__ == text.removeprefix("factory ")
    try:
        literal = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text in {repr(value), getattr(value, "__name__", None)}
    return literal == value or literal == repr(value)
