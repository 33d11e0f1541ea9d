"""Values out of a record, each checked where it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import msgspec

from racto_nb.finetune.formats.shapes import misread

Item = Mapping[str, object]


def object_in(value: object, where: str, form: str) -> Item:
    """`value`, which is a JSON object. DatasetFormatError otherwise."""
    if isinstance(value, dict):
        return cast("Item", value)
    raise misread(form, where, f"is {kind_of(value)} and has to be an object")


def objects_in(value: object, where: str, form: str) -> Sequence[tuple[str, Item]]:
    """The objects in the list `value`, each with its path. DatasetFormatError for anything else."""
    if isinstance(value, list):
        paths = ((f"{where}[{place}]", item) for place, item in enumerate(cast("list[object]", value)))
        return [(path, object_in(item, path, form)) for path, item in paths]
    raise misread(form, where, f"is {kind_of(value)} and has to be a list")


def text_in(item: Item, key: str, where: str, form: str) -> str:
    """The text at `key`. DatasetFormatError where there is none."""
    if isinstance(value := item.get(key), str):
        return value
    raise wrong(item, key, where, form, "text")


def optional_text(item: Item, key: str, where: str, form: str) -> str | None:
    """The text at `key`; None where there is nothing, or null."""
    value = item.get(key)
    if value is None or isinstance(value, str):
        return value
    raise wrong(item, key, where, form, "text")


def optional_number(item: Item, key: str, where: str, form: str) -> float | None:
    """The number at `key`; None where there is nothing, or null."""
    value = item.get(key)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise wrong(item, key, where, form, "a number")


def optional_truth(item: Item, key: str, where: str, form: str) -> bool | None:
    """The truth value at `key`; None where there is nothing, or null."""
    value = item.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise wrong(item, key, where, form, "true or false")


def inside(item: Item, key: str, where: str, form: str) -> Item:
    """The object at `key`. DatasetFormatError where there is none."""
    if isinstance(value := item.get(key), dict):
        return cast("Item", value)
    raise wrong(item, key, where, form, "an object")


def listed(item: Item, key: str, where: str, form: str) -> Sequence[tuple[str, Item]]:
    """The objects in the list at `key`, each with its path; none where there is nothing, or null."""
    value = item.get(key)
    return () if value is None else objects_in(value, path_of(where, key), form)


def needed(item: Item, key: str, where: str, form: str) -> Sequence[tuple[str, Item]]:
    """The objects in the list at `key`, each with its path. DatasetFormatError where there is none."""
    if key not in item:
        raise wrong(item, key, where, form, "a list")
    return objects_in(item[key], path_of(where, key), form)


def items_in(item: Item, key: str, where: str, form: str) -> list[object]:
    """The list at `key`, whatever is in it. DatasetFormatError where there is none."""
    if isinstance(value := item.get(key), list):
        return cast("list[object]", value)
    raise wrong(item, key, where, form, "a list")


def plain_message(item: object) -> tuple[str, str] | None:
    """The role and the text of a message that has nothing else, as nearly all have; None for any other."""
    if isinstance(item, dict) and len(found := cast("Item", item)) == 2:  # noqa: PLR2004  (the number says it)
        role, content = found.get("role"), found.get("content")
        if isinstance(role, str) and isinstance(content, str):
            return role, content
    return None


def path_of(where: str, key: str) -> str:
    """The path of `key` in what is at `where`."""
    return f"{where}.{key}" if where else key


def wrong(item: Item, key: str, where: str, form: str, expected: str) -> Exception:
    """The error for what stands at `key` and is not what is `expected` there."""
    if key not in item:
        return misread(form, path_of(where, key), f"is missing; it has to be {expected}")
    return misread(form, path_of(where, key), f"is {kind_of(item[key])} and has to be {expected}")


def kind_of(value: object) -> str:
    """What a value is called in JSON.

    >>> kind_of(None), kind_of([1]), kind_of(2.5)
    ('null', 'a list', 'a number')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds: dict[str, str] = {"str": "text", "int": "a number", "float": "a number", "list": "a list", "dict": "an object"}
    kind = type(value).__name__
    return kinds.get(kind, f"of the type {kind}")


def compact(value: object, where: str, form: str) -> str:
    """A value of JSON as compact text, in its order."""
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError) as error:
        raise misread(form, where, f"holds what JSON cannot: {error}") from error
