"""What is done to recordings as a whole: look at one, prune it, compare two, take texts out of one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from racto_nb.replay.entries import Entry
from racto_nb.replay.missing import changed_words
from racto_nb.replay.scrubbing import Clean, fields_of, leaves, scrubbed

Place = tuple[str, int]
_SHOWN = 60
_SHORT = 8
_NO_ANSWER = ("id", "_id", "Id", "created", "created_at", "timings", "_duration", "fingerprint", "signature", "obfuscation")
"""How the names of fields end that are another each time and say nothing."""
_TOLD = ("content", "text", "input", "texts", "parts", "messages", "contents")
"""Where requests of all providers hold what is asked."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An interaction in which two recordings differ: `added`, `removed` or `changed`, which one it is, and how."""

    what: str
    name: str
    how: tuple[str, ...] = ()


def newest(entries: Iterable[Entry]) -> dict[Place, Entry]:
    """The entries that count, each where its first version stood: what was recorded again differs only where it changed."""
    return {entry.place: entry for entry in entries}


def pruned(entries: Sequence[Entry], used: Collection[Place] | None = None) -> list[Entry]:
    """`entries` without those that later ones replace and, where it is known what was `used`, without the others."""
    return [entry for place, entry in newest(entries).items() if used is None or place in used]


def places_in(notes: str) -> set[Place]:
    """What a run noted of what it used. Raises ValueError for what are no such notes."""
    return {(key, int(number)) for key, number in (line.split() for line in notes.splitlines() if line.strip())}


def differing(old: Sequence[Entry], new: Sequence[Entry]) -> list[Difference]:
    """In what two recordings differ, interaction by interaction."""
    was, now = newest(old), newest(new)
    found = [Difference("removed", named(entry)) for place, entry in was.items() if place not in now]
    for place, entry in now.items():
        before = was.get(place)
        if before is None:
            found.append(Difference("added", named(entry)))
        elif before.outcome != entry.outcome and (how := tuple(_changes(before, entry))):
            found.append(Difference("changed", named(entry), how))
    return found


def cleaned(entries: Iterable[Entry], clean: Clean) -> tuple[list[Entry], int]:
    """`entries` without what `clean` takes out, and how many of them held some of it."""
    pairs = [(entry, scrubbed(entry, clean)) for entry in entries]
    return [after for _, after in pairs], sum(before.line != after.line for before, after in pairs)


def named(entry: Entry) -> str:
    """An interaction for a person: its key, number, kind and model, and the end of what was asked."""
    asked = entry.asked
    text = " ".join(question(asked.request).split())
    shown = text if len(text) <= _SHOWN else f"…{text[1 - _SHOWN :]}"
    return f"{asked.key[:_SHORT]} #{entry.number} {asked.kind} {asked.name}: {shown!r}"


def question(request: Mapping[str, Any]) -> str:
    """The last text of what was asked, empty where there is none."""
    for name in _TOLD:
        if name in request and (texts := [text for path, text in leaves(request[name]) if not path or path[-1] != "role"]):
            return texts[-1]
    return ""


def _changes(before: Entry, after: Entry) -> Iterator[str]:
    (kind, was), (other, now) = before.outcome, after.outcome
    if kind != other:
        yield f"{kind} → {other}"
        return
    old, new = _texts(kind, was), _texts(kind, now)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    for name in changed:
        yield f"{name}: {changed_words(old.get(name, ''), new.get(name, ''))}"
    if not changed and _telling(was) != _telling(now):
        yield "what is no text, such as numbers"


def _texts(kind: str, value: Any) -> dict[str, str]:
    """What was said, by the names of its fields: of a stream what came in pieces, of a reply all its texts."""
    if kind == "events":
        found = {path: texts.whole for path, texts in fields_of(cast("Sequence[Any]", value)).items() if texts.is_written}
    else:
        found = dict(leaves(value))
    return {".".join(map(str, path)).strip("."): text for path, text in found.items() if not _is_noise(path)}


def _telling(value: Any) -> Any:
    """A stored outcome without what is another each time."""
    match value:
        case list():
            return [_telling(item) for item in cast("list[Any]", value)]
        case dict():
            named = cast("dict[str, Any]", value).items()
            return {name: _telling(item) for name, item in named if not name.endswith(_NO_ANSWER)}
        case _:
            return value


def _is_noise(path: tuple[object, ...]) -> bool:
    return bool(path) and str(path[-1]).endswith(_NO_ANSWER)
