"""The small language of the wire files: JSON with holes, conditions and repetitions. Pure.

A wire is data so that another provider can be added without code. A node of a template is one of:

    "${name}"                                the value of that name, of any kind; dots lead into it: "${usage.total_tokens}",
                                             and numbers into a list: "${request.requests.0.model}"
    "${name|1.0}"                            the same, with the JSON after | where there is no such value or it is null
    "text ${name} text"                      the value inside a text
    {"$if": name, "give": node, "else": node}    one of both (without "else": nothing), chosen by whether the value is true
    {"$each": name, "as": item, "give": node}    inside a list: the node for each item of the value
    {"$use": part, argument: node, ...}      a part of the file, with arguments that it can name

A list given inside a list is joined to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, TypeAlias, cast

import orjson

from racto_nb.exceptions import UsageError

Json: TypeAlias = Any  # what json.loads gives
Scope: TypeAlias = Mapping[str, Json]
_Reader: TypeAlias = Callable[[Json], Json]

_WHOLE = re.compile(r"\$\{([\w.]+)(?:\|(.*))?\}", re.DOTALL)
_INSIDE = re.compile(r"\$\{([\w.]+)\}")
_HOLE = re.compile(rb'"\\u0000([\w.]+)\\u0000"')
_ABSENT: Json = object()


class Mark:
    """Something between the events of a stream that is no event: it passes through the repetition it stands in."""


def rendered(node: Json, scope: Scope) -> Json:
    """The value that a template describes, its names taken from `scope`. UsageError names what is not there."""
    match node:
        case str():
            return _filled(node, scope)
        case list():
            return list(_items(cast("list[Json]", node), scope))
        case {"$if": _}:
            return rendered(_branch(node, scope), scope)
        case {"$use": part, **given}:
            arguments = {name: rendered(argument, scope) for name, argument in given.items()}
            return rendered(found(scope, f"parts.{part}"), {**scope, **arguments})
        case dict():
            pairs = ((key, rendered(value, scope)) for key, value in cast("dict[str, Json]", node).items())
            return {key: value for key, value in pairs if value is not _ABSENT}
        case _:
            return node


def streamed(nodes: list[Json], scope: Scope, framed: Callable[[Json], bytes]) -> Iterator[bytes | Mark]:
    """The events of a stream one by one, each put into bytes by `framed`, and the marks that stand between them."""
    for node in nodes:
        match node:
            case {"$if": _}:
                yield from streamed(_listed(_branch(node, scope)), scope, framed)
            case {"$each": name, "as": alias, "give": list()}:
                for item in found(scope, name):
                    yield from [item] if isinstance(item, Mark) else streamed(node["give"], {**scope, alias: item}, framed)
            case {"$each": name, "as": alias, "give": inner}:
                yield from _repeated(inner, alias, found(scope, name), scope, framed)
            case _:
                yield framed(rendered(node, scope))


def found(scope: Json, name: str) -> Json:
    """The value of a dotted name. UsageError says which part of it is not there."""
    value = _lookup(scope, name)
    if value is _ABSENT:
        msg = f"A wire file asks for ${{{name}}}, which is not there. Give a default: ${{{name}|null}}."
        raise UsageError(msg)
    return value


def found_or(scope: Json, name: str, default: Json) -> Json:
    """The value of a dotted name, or `default` where it is not there or null."""
    value = _lookup(scope, name)
    return default if value is _ABSENT or value is None else value


def _lookup(scope: Json, name: str) -> Json:
    value = scope
    for key in name.split("."):
        if isinstance(value, list) and key.isdigit():
            value = next(iter(cast("list[Json]", value)[int(key) :]), _ABSENT)
            continue
        if not isinstance(value, Mapping) or key not in value:
            return _ABSENT
        value = cast("Mapping[str, Json]", value)[key]
    return value() if callable(value) else value


def _filled(text: str, scope: Scope) -> Json:
    if "${" not in text:
        return text
    if whole := _WHOLE.fullmatch(text):
        name, default = whole[1], whole[2]
        return found(scope, name) if default is None else found_or(scope, name, json.loads(default))
    return _INSIDE.sub(lambda hole: str(found(scope, hole[1])), text)


def _items(nodes: list[Json], scope: Scope) -> Iterator[Json]:
    for node in nodes:
        match node:
            case {"$if": _}:
                yield from _items(_listed(_branch(node, scope)), scope)
            case {"$each": name, "as": alias, "give": inner}:
                for item in found(scope, name):
                    yield from _items(_listed(inner), {**scope, alias: item})
            case _:
                yield rendered(node, scope)


def _branch(node: Json, scope: Scope) -> Json:
    """The node that a condition chooses; _ABSENT, which leaves its place out, where it has no such branch."""
    return node.get("give" if found_or(scope, node["$if"], None) else "else", _ABSENT)


def _listed(node: Json) -> list[Json]:
    if node is _ABSENT:
        return []
    return cast("list[Json]", node) if isinstance(node, list) else [node]


def _repeated(
    node: Json, alias: str, items: Iterable[Json], scope: Scope, framed: Callable[[Json], bytes]
) -> Iterator[bytes | Mark]:
    """The event for each item, from a stencil that is rendered once: a stream may have twenty thousand of them."""
    stencil = _stencil(node, alias, scope, framed)
    for item in items:
        if isinstance(item, Mark):
            yield item
        elif stencil is None:
            yield framed(rendered(node, {**scope, alias: item}))
        else:
            yield b"".join([part if isinstance(part, bytes) else orjson.dumps(part(item)) for part in stencil])


def _stencil(node: Json, alias: str, scope: Scope, framed: Callable[[Json], bytes]) -> list[bytes | _Reader] | None:
    """An event as bytes, with a reader of the item for each hole; None where a hole is a part of a longer text."""
    event = framed(rendered(node, {**scope, alias: _Marked(alias), "sequence": "\0sequence\0"}))
    parts = _HOLE.split(event)
    if any(b"\\u0000" in part for part in parts[::2]):
        return None
    return [part if place % 2 == 0 else _reader(part.decode(), alias, scope) for place, part in enumerate(parts)]


def _reader(name: str, alias: str, scope: Scope) -> _Reader:
    if name == "sequence":
        return lambda _: found(scope, name)
    return itemgetter(name.removeprefix(f"{alias}."))


class _Marked(Mapping[str, str]):
    """Stands for an item: each of its values is its own name between NUL characters."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def __getitem__(self, key: str) -> str:
        return f"\0{self._alias}.{key}\0"

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
