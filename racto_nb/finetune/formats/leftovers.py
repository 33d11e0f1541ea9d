"""What a file says beside all that messages and examples have fields for, and how it comes back. Pure.

Keys that a format does not know are kept in `extra` under their own name. How a file words what we have fields for (a null where
another file has an empty text, a key inside a part of a message) is kept in `extra` under the name of the family of its format,
as what has to be merged into what we would write. Reading ends with a comparison, so that nothing is lost unnoticed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from racto_nb.exceptions import DatasetFormatError
from racto_nb.finetune.formats.shapes import misread, unheld

FAMILIES = frozenset({"openai", "anthropic", "gemini", "sharegpt", "alpaca"})
"""The keys of `extra` that hold the wording of a format, and no key of a file."""

LAYOUT = "layout"
"""The key, in the wording of a format, of what says nothing more than how the same is written."""


def unknown_keys(extra: Mapping[str, object] | None) -> list[str]:
    """The keys of a file that its format does not know, as they are kept in `extra`.

    >>> unknown_keys({"mood": "good", "openai": {"content": None}})
    ['mood']
    """
    return [key for key in extra or () if key not in FAMILIES]


def flat(item: Mapping[str, object], known: frozenset[str]) -> dict[str, object] | None:
    """The keys of `item` that are not `known`; None where there is none."""
    if item.keys() <= known:
        return None
    return {key: value for key, value in item.items() if key not in known and key not in FAMILIES} or None


def with_wording(
    extra: dict[str, object] | None, family: str, item: Mapping[str, object], written: Mapping[str, object], where: str
) -> dict[str, object] | None:
    """`extra` with what `item`, as it stands in the file, says beside `written`, which we would write for it."""
    if item == written:
        return extra
    left = _left(item, written, where, family)
    if not left:
        return extra
    return {**(extra or {}), family: {**(_object((extra or {}).get(family)) or {}), **left}}


def with_extra(
    written: dict[str, object], extra: Mapping[str, object] | None, family: str, where: str, form: str
) -> dict[str, object]:
    """What is written for a message or an example, with its `extra`. Raises DatasetFormatError where that does not fit."""
    if not extra:
        return written
    refuse_foreign(extra, family, where, form)
    result = dict(written)
    for key in unknown_keys(extra):
        if key in written:
            raise unheld(form, where, f"{key!r} in `extra`, which is a key of the format itself", "Rename it or take it out.")
        result[key] = extra[key]
    own = _object(extra.get(family)) or {}
    wording = {key: value for key, value in own.items() if key != LAYOUT}
    return cast("dict[str, object]", _merged(result, wording, where, form)) if wording else result


def layout(extra: Mapping[str, object] | None, family: str) -> Mapping[str, object]:
    """How the file that an example comes from writes what can be written in several ways."""
    own = _object((extra or {}).get(family))
    return (_object(own.get(LAYOUT)) if own else None) or {}


def with_layout(extra: dict[str, object] | None, family: str, said: Mapping[str, object]) -> dict[str, object]:
    """`extra` with `said` in its layout."""
    own = _object((extra or {}).get(family)) or {}
    return {**(extra or {}), family: {**own, LAYOUT: {**layout(extra, family), **said}}}


def says(value: object) -> bool:
    """Whether there is anything but nulls, falsehood and emptiness in `value`. A layout says nothing."""
    return bool(value) and _first(value, "") is not None


def _first(value: object, path: str) -> str | None:
    """The path of the first thing in `value` that says something."""
    if (inner := _object(value)) is not None:
        found = (_first(item, f"{path}.{key}") for key, item in inner.items() if key != LAYOUT)
    elif (items := _list(value)) is not None:
        found = (_first(item, f"{path}[{place}]") for place, item in enumerate(items))
    else:
        return path if value else None
    return next((at for at in found if at is not None), None)


def refuse_foreign(extra: Mapping[str, object], family: str, where: str, form: str) -> None:
    """Raise DatasetFormatError where another format has worded something that it alone can say."""
    for key, value in extra.items():
        if key in FAMILIES and key != family and (at := _first(value, "")) is not None:
            told = f"{at.lstrip('.')} in the way of {key!r}"
            advice = "Leave it out, where it does not matter, by dataset.map and msgspec.structs.replace(message, extra=None)."
            raise unheld(form, where, told, advice)


def _object(value: object) -> Mapping[str, object] | None:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None


def _list(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None


def _left(original: Mapping[str, object], written: Mapping[str, object], where: str, form: str) -> dict[str, object]:
    left: dict[str, object] = {}
    for key, value in original.items():
        if key not in written:
            left[key] = value
        elif value != (ours := written[key]):
            left[key] = value if ours == "" else _between(value, ours, f"{where}.{key}" if where else key, form)
    for key, value in written.items():
        if key not in original and (key, value) not in _ADDED:
            raise misread(form, f"{where}.{key}" if where else key, "is missing")
    return {key: value for key, value in left.items() if value is not _SAME}


_SAME = object()
# A call without a type is a call of a function, and one without arguments has none. Anything else would be made up.
_ADDED: tuple[tuple[str, object], ...] = (("type", "function"), ("args", {}))


def _between(original: object, written: object, where: str, form: str) -> object:
    """What `original` says beside `written`; _SAME where that is nothing."""
    if (theirs := _object(original)) is not None and (ours := _object(written)) is not None:
        return _left(theirs, ours, where, form) or _SAME
    items, own = _list(original), _list(written)
    if items is None or own is None or len(items) != len(own):
        raise misread(form, where, "is in an order or of a shape that cannot be kept as it is")
    pairs = enumerate(zip(items, own, strict=True))
    found = [_SAME if a == b else _between(a, b, f"{where}[{place}]", form) for place, (a, b) in pairs]
    return _SAME if all(item is _SAME for item in found) else [None if item is _SAME else item for item in found]


def _merged(written: object, left: object, where: str, form: str) -> object:
    if (ours := _object(written)) is not None and (theirs := _object(left)) is not None:
        changed = {
            key: value if ours.get(key, "") == "" else _merged(ours[key], value, f"{where}.{key}", form)
            for key, value in theirs.items()
        }
        return {**ours, **changed}
    items, own = _list(left), _list(written)
    if items is not None and own is not None and len(items) == len(own):
        pairs = enumerate(zip(own, items, strict=True))
        return [a if b is None else _merged(a, b, f"{where}[{place}]", form) for place, (a, b) in pairs]
    if not says(left):  # how an empty text was written, and it is empty no more
        return written
    msg = (
        f"{where} has changed since it was read: what `extra` says of it does not fit any more. Write the message with "
        "msgspec.structs.replace(message, extra=None), or with an `extra` that fits."
    )
    raise DatasetFormatError(msg, format=form)
