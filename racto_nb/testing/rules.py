"""What a real service refuses, as rules in the wire files: a kit that sends something wrong fails its test. Pure.

A field is a path into the request: `text.format.type`, `messages[].role` (the role of each message), `input[role=user].content`
(the content of each item whose role is user).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import cast

from racto_nb.exceptions import UsageError
from racto_nb.testing.templates import Json, Scope, found_or, rendered

_MISSING: Json = object()
_STEP = re.compile(r"(?P<key>\w+)(?P<each>\[(?:(?P<field>\w+)=(?P<value>\w+))?\])?")


def first_problem(body: Json, rules: list[Json]) -> dict[str, Json] | None:
    """The `message`, `code` and `param` of the first rule that the request breaks; None where it breaks none."""
    for rule in rules:
        for problem in _problems(body, rule):
            facts = {"param": rule.get("param"), **problem}
            return {"message": rendered(rule["message"], facts), "code": rule.get("code"), "param": facts["param"]}
    return None


def _problems(body: Json, rule: Json) -> Iterator[dict[str, Json]]:
    fields = rule["fields"]
    match rule["rule"]:
        case "known":
            yield from ({"param": name} for name in body if name not in fields)
        case "required":
            yield from ({"param": name} for name, value in _each(body, fields) if value is _MISSING or value is None)
        case "absent":
            yield from ({"param": name} for name, value in _each(body, fields) if value is not _MISSING)
        case "exclusive":
            given = [name for name, value in _each(body, fields) if value is not _MISSING and value is not None]
            yield from ({"param": name} for name in given[1:])
        case "filled":
            yield from ({"param": name} for name, value in _each(body, fields) if value in ("", []))
        case "strict_schema":
            yield from _lax_schemas(body, fields)
        case kind:
            yield from _bounded(body, rule, kind)


def _bounded(body: Json, rule: Json, kind: str) -> Iterator[dict[str, Json]]:
    match kind:
        case "one_of":
            values = ", ".join(f"'{value}'" for value in rule["values"])
            wrong = ((name, value) for name, value in _each(body, rule["fields"]) if value not in (_MISSING, *rule["values"]))
            yield from ({"param": name, "value": value, "values": values} for name, value in wrong)
        case "at_most":
            lists = ((name, cast("list[Json]", value)) for name, value in _each(body, rule["fields"]) if isinstance(value, list))
            long = ((name, len(items)) for name, items in lists if len(items) > rule["most"])
            yield from ({"param": name, "value": size, "most": rule["most"]} for name, size in long)
        case "mentions":
            said = " ".join(json.dumps(value) for _, value in _each(body, rule["fields"]) if value is not _MISSING)
            if found_or(body, rule["when"], None) == rule["is"] and rule["word"] not in said.casefold():
                yield {}
        case _:
            msg = f"A wire file has a rule of the unknown kind {kind!r}."
            raise UsageError(msg)


def _each(body: Json, fields: list[str]) -> Iterator[tuple[str, Json]]:
    for path in fields:
        yield from _located(body, path, "")


def _located(value: Json, path: str, before: str) -> Iterator[tuple[str, Json]]:
    """Each place that `path` means, by its name, with what stands there. Where the way to it ends early there is none."""
    step, _, rest = path.partition(".")
    way = _STEP.fullmatch(step)
    if way is None or not isinstance(value, dict):
        return
    child, name = cast("Scope", value).get(way["key"], _MISSING), f"{before}{way['key']}"
    if not way["each"]:
        yield from _located(child, rest, f"{name}.") if rest else [(name, child)]
    elif isinstance(child, list):
        for place, item in enumerate(cast("list[Json]", child)):
            if way["field"] is None or found_or(item, way["field"], None) == way["value"]:
                yield from _located(item, rest, f"{name}[{place}].") if rest else [(f"{name}[{place}]", item)]


def _lax_schemas(body: Json, fields: list[str]) -> Iterator[dict[str, Json]]:
    """The schemas that are called strict but are not: each object must close itself and require all its properties."""
    for name, value in _each(body, fields):
        if isinstance(value, dict) and found_or(value, "strict", None) is True:
            key = "schema" if "schema" in value else "parameters"
            for reason in _lax(found_or(value, key, {}), ()):
                yield {"param": f"{name}.{key}", "reason": reason}


def _lax(schema: Json, place: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(schema, dict):
        return
    known = cast("Scope", schema)
    properties: Scope = known.get("properties", {})
    if known.get("type") == "object" or "properties" in known:
        if known.get("additionalProperties") is not False:
            yield f"In context={place}, 'additionalProperties' is required to be supplied and to be false."
        if missing := sorted(set(properties) - set(known.get("required", []))):
            yield f"In context={place}, 'required' must be an array including every key in properties. Missing '{missing[0]}'."
    inner = [
        *properties.items(),
        *known.get("$defs", {}).items(),
        ("items", known.get("items")),
        *enumerate(known.get("anyOf", [])),
    ]
    for key, child in inner:
        yield from _lax(child, (*place, str(key)))
