"""What is said where a recording does not have what was asked: what is most like it there, and how that differs. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from racto_nb.exceptions import ReplayMissError
from racto_nb.replay.codec import compact
from racto_nb.replay.entries import Entry
from racto_nb.replay.keys import Asked

MOST_SHOWN = 5
_MOST_COMPARED = 200
_LOOKED_AT = 4_000
"""Characters of a request that are compared to find the nearest one."""
_SHOWN = 60
_AROUND = 3
"""Words that are shown on both sides of those that changed."""
_NAMED = ("name", "role", "type")


def missed(asked: Asked, entries: Sequence[Entry], *, file: str, taken: int) -> ReplayMissError:
    """The error for `asked`, which is not among `entries`, or was `taken` as often as it is there."""
    how = "To record it: %racto replay auto (or mode='auto', or RACTO_REPLAY=auto), and run it again. Nothing was sent."
    if taken:
        times = "once" if taken == 1 else f"{taken} times"
        message = (
            f"{file!r} has this request to {asked.name} {times}, and it was asked once more. A recording is counted from its "
            f"beginning: when a cell is run again, say %racto replay replay first. {how}"
        )
        return ReplayMissError(message)
    nearest = _nearest(asked, entries)
    if nearest is None:
        return ReplayMissError(f"{file!r} holds no recording yet, so not this request to {asked.name} either. {how}")
    found = differences(nearest.asked, asked)
    shown = "; ".join(found[:MOST_SHOWN]) + (f"; and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else "")
    message = f"{file!r} does not have this request to {asked.name}. Of the nearest one it differs in: {shown}. {how}"
    error = ReplayMissError(message)
    error.differences = found
    return error


def differences(old: Asked, new: Asked) -> list[str]:
    """How `new` differs from `old`, one field a text, with the words that changed."""
    named = (("kind", old.kind, new.kind), ("provider", old.provider, new.provider), ("model", old.model, new.model))
    found = [
        f"{name}: {was!r} → {now!r}" for name, was, now in (*named, ("operation", old.operation, new.operation)) if was != now
    ]
    return [*found, *_changes(dict(old.request), dict(new.request), "")]


def changed_words(old: str, new: str) -> str:
    """The words from the first to the last that differ, with some around them.

    >>> changed_words("Who wrote Faust in Weimar?", "Who wrote Hamlet in Weimar?")
    '"Who wrote [Faust → Hamlet] in Weimar?"'
    """
    was, now = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
    shortest = min(len(was), len(now))
    begin = next((place for place in range(shortest) if was[place] != now[place]), shortest)
    rest = shortest - begin
    same = next((count for count in range(rest) if was[-1 - count] != now[-1 - count]), rest)
    left, right = was[:begin], was[len(was) - same :]
    around = 2 * _AROUND
    before = ("…" if len(left) > around else "") + "".join(left[-around:])
    after = "".join(right[:around]) + ("…" if len(right) > around else "")
    return f'"{before}[{_cut("".join(was[begin : len(was) - same]))} → {_cut("".join(now[begin : len(now) - same]))}]{after}"'


def _nearest(asked: Asked, entries: Sequence[Entry]) -> Entry | None:
    """The entry most like `asked`: of the same provider and kind where there is one, and then by its text."""
    text = compact(asked.request)[:_LOOKED_AT]
    matcher = difflib.SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(text)

    def likeness(entry: Entry) -> tuple[int, float]:
        other = entry.asked
        same = (other.kind == asked.kind) + 2 * (other.provider == asked.provider) + (other.operation == asked.operation)
        matcher.set_seq1(compact(other.request)[:_LOOKED_AT])
        return same, matcher.quick_ratio()

    return max(_candidates(asked, entries), key=likeness, default=None)


def _candidates(asked: Asked, entries: Sequence[Entry]) -> Iterable[Entry]:
    same = [entry for entry in entries if entry.asked.provider == asked.provider]
    return (same or entries)[-_MOST_COMPARED:]


def _changes(old: Any, new: Any, path: str) -> Iterator[str]:
    if type(old) is not type(new):
        yield f"{path}: {_shown(old)} → {_shown(new)}"
    elif isinstance(old, dict):
        yield from _changed_dict(cast("dict[str, Any]", old), cast("dict[str, Any]", new), path)
    elif isinstance(old, list):
        yield from _changed_list(cast("list[Any]", old), cast("list[Any]", new), path)
    elif old != new:
        said = changed_words(old, new) if isinstance(old, str) and " " in old else f"{_shown(old)} → {_shown(new)}"
        yield f"{path}: {said}"


def _changed_dict(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in sorted({*old, *new}):
        place = f"{path}.{name}" if path else name
        if name not in old:
            yield f"{place}: + {_shown(new[name])}"
        elif name not in new:
            yield f"{place}: - {_shown(old[name])}"
        else:
            yield from _changes(old[name], new[name], place)


def _changed_list(old: Sequence[Any], new: Sequence[Any], path: str) -> Iterator[str]:
    names = [_name_of(item) for item in (*old, *new)]
    if path.rpartition(".")[2] == "tools" and all(names):
        was, now = ({_name_of(item): item for item in items} for items in (old, new))
        yield from _changed_dict(was, now, path)
        return
    for number, (before, after) in enumerate(zip(old, new, strict=False)):
        yield from _changes(before, after, f"{path}[{number}]")
    for number, item in enumerate(new[len(old) :], len(old)):
        yield f"{path}[{number}]: + {_shown(item)}"
    for number, item in enumerate(old[len(new) :], len(new)):
        yield f"{path}[{number}]: - {_shown(item)}"


def _name_of(tool: Any) -> str:
    """The name of a tool in the words of any provider, empty where it has none."""
    if isinstance(tool, str):
        return tool
    if not isinstance(tool, dict):
        return ""
    told = cast("dict[str, Any]", tool)
    name = told.get("name") or cast("dict[str, Any]", told.get("function") or {}).get("name")
    return name if isinstance(name, str) else ""


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        told = cast("dict[str, Any]", value)
        parts = [str(told[name]) for name in _NAMED if isinstance(told.get(name), str)]
        content = told.get("content")
        if parts:
            return _cut(" ".join(parts) + (f" {content!r}" if isinstance(content, str) else ""))
    return _cut(compact(value))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
