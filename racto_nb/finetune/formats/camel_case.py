"""The keys of a Gemini record in the spelling of its JSON: `inlineData`, where Python's SDK writes `inline_data`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

Item = Mapping[str, object]

_RECORD = {"system_instruction": "systemInstruction"}
_PART = {
    "inline_data": "inlineData",
    "file_data": "fileData",
    "function_call": "functionCall",
    "function_response": "functionResponse",
}
_FILE = {"mime_type": "mimeType", "file_uri": "fileUri", "display_name": "displayName"}
_TOOL = {"function_declarations": "functionDeclarations"}


def camelled(record: Item) -> Item:
    """`record` with the keys that we know in camelCase, and a lone text or part where a list of parts belongs as that list.

    The arguments of calls, what tools answered and the schemas of tools are left as they are. What needs no change is no copy.

    >>> camelled({"system_instruction": "Be brief.", "contents": []})
    {'systemInstruction': {'parts': [{'text': 'Be brief.'}]}, 'contents': []}
    """
    result = _renamed(record, _RECORD)
    result = _changed(result, "systemInstruction", _content)
    result = _changed(result, "contents", lambda items: _each(items, _content))
    result = _changed(result, "completions", lambda items: _each(items, _completion))
    return _changed(result, "tools", lambda items: _each(items, lambda item: _renamed_value(item, _TOOL)))


def _completion(item: object) -> object:
    return _changed(cast("Item", item), "completion", _content) if isinstance(item, dict) else item


def _content(content: object) -> object:
    if isinstance(content, str):
        return {"parts": [{"text": content}]}
    if not isinstance(content, dict):
        return content
    found = cast("Item", content)
    parts = found.get("parts")
    if isinstance(parts, list) and not any(map(_is_snake, cast("list[object]", parts))):
        return found
    if isinstance(parts, str):
        return {**found, "parts": [{"text": parts}]}
    if isinstance(parts, dict):
        return {**found, "parts": [_part(cast("object", parts))]}
    return _changed(found, "parts", lambda items: _each(items, _part))


def _is_snake(part: object) -> bool:
    return isinstance(part, dict) and not (len(cast("Item", part)) == 1 and "text" in part)


def _part(part: object) -> object:
    found = _renamed_value(part, _PART)
    if isinstance(found, dict):
        renamed = cast("Item", found)
        for key in ("inlineData", "fileData"):
            renamed = _changed(renamed, key, lambda item: _renamed_value(item, _FILE))
        return renamed
    return found


def _each(items: object, change: Callable[[object], object]) -> object:
    if not isinstance(items, list):
        return items
    found = cast("list[object]", items)
    changed = [change(item) for item in found]
    return found if all(new is old for new, old in zip(changed, found, strict=True)) else changed


def _changed(item: Item, key: str, change: Callable[[object], object]) -> Item:
    if key not in item or (new := change(item[key])) is item[key]:
        return item
    return {**item, key: new}


def _renamed_value(item: object, names: Mapping[str, str]) -> object:
    return _renamed(cast("Item", item), names) if isinstance(item, dict) else item


def _renamed(item: Item, names: Mapping[str, str]) -> Item:
    if names.keys().isdisjoint(item):
        return item
    return {names.get(key, key): value for key, value in item.items()}
