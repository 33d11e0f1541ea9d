"""Take secrets out of what is written into a recording, also those that a stream brings in pieces. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from racto_nb.replay.entries import Entry

Clean = Callable[[str], str]
"""What takes secrets out of a text."""
Path = tuple[object, ...]


@dataclass(slots=True)
class Texts:
    """The texts that one field of the events of a stream had, in their order: together they are what was written there."""

    pieces: list[str] = field(default_factory=list[str])
    numbers: list[int] = field(default_factory=list[int])

    @property
    def whole(self) -> str:
        """All of it."""
        return "".join(self.pieces)

    @property
    def is_written(self) -> bool:
        """Whether it arrived in pieces, and does not repeat one value such as an id."""
        return len(set(self.pieces)) > 1


def scrubbed(entry: Entry, clean: Clean) -> Entry:
    """`entry` without what `clean` takes out: in its request, in what came, and in what a stream says over several events.

    Where a secret came in several pieces, its field's whole text stands in the first event that had it.
    """
    name, value = entry.outcome
    asked = replace(entry.asked, request=_cleaned(entry.asked.request, clean))
    if name != "events":
        return replace(entry.with_outcome(_cleaned(value, clean)), asked=asked)
    events = [_cleaned(event, clean) for event in cast("Sequence[Any]", value)]
    for (_, *steps), texts in fields_of(events).items():
        if texts.is_written and (whole := clean(texts.whole)) != texts.whole:
            for number in texts.numbers:
                mark, opened = _opened(events[number])
                put = _put(opened, steps, whole)
                events[number], whole = ({mark: put} if mark else put), ""
    return replace(entry, asked=asked, events=events)


def fields_of(events: Sequence[Any]) -> Mapping[Path, Texts]:
    """The texts of stored events by their fields. The kind of its event, where that says one, comes first in a field's name."""
    found: dict[Path, Texts] = {}
    for number, event in enumerate(events):
        _, opened = _opened(event)
        kind = cast("dict[str, Any]", opened).get("type") if isinstance(opened, dict) else None
        for path, text in leaves(opened):
            texts = found.setdefault((kind if isinstance(kind, str) else "", *path), Texts())
            texts.pieces.append(text)
            texts.numbers.append(number)
    return found


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """All texts in a JSON value, with the way to them."""
    match value:
        case str():
            yield path, value
        case list():
            for number, item in enumerate(cast("list[Any]", value)):
                yield from leaves(item, (*path, number))
        case dict():
            for name, item in cast("dict[str, Any]", value).items():
                yield from leaves(item, (*path, name))
        case _:
            return


def _opened(event: Any) -> tuple[str, Any]:
    """The JSON inside a stored event, and the mark with which it is stored; without one it is the event itself."""
    if not isinstance(event, dict):
        return "", event
    marked = cast("dict[str, Any]", event)
    for mark in ("$json", "$response"):
        if mark in marked:
            return mark, marked[mark]
    try:  # bytes that are JSON, but not as we would write it
        return "$json", json.loads(marked.get("$text", ""))
    except (ValueError, RecursionError):
        return "", marked


def _put(value: Any, steps: Sequence[object], text: str) -> Any:
    """A copy of a JSON value with `text` in one place."""
    if not steps:
        return text
    step, *rest = steps
    if isinstance(value, list):
        return [_put(item, rest, text) if number == step else item for number, item in enumerate(cast("list[Any]", value))]
    return {name: _put(item, rest, text) if name == step else item for name, item in cast("dict[str, Any]", value).items()}


def _cleaned(value: Any, clean: Clean) -> Any:
    """A copy of a JSON value with all texts in it cleaned, keys of objects too."""
    match value:
        case str():
            return clean(value)
        case list():
            return [_cleaned(item, clean) for item in cast("list[Any]", value)]
        case dict():
            named = cast("dict[str, Any]", value).items()  # a mark of the codec is none of the words that came
            return {name if name.startswith("$") else clean(name): _cleaned(item, clean) for name, item in named}
        case _:
            return value
