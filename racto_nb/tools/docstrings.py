"""What a docstring says about a function and its parameters, in the styles of reST, Google and NumPy. Pure.

Only what a model is told is read: the first paragraph, and the text on each parameter. Types in a docstring are passed over,
annotations say them better. Every line of text is either taken or left; nothing here fails.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_SECTIONS = frozenset({
    "args", "arguments", "attributes", "keyword args", "keyword arguments", "other parameters", "parameters", "params",
})  # fmt: skip
"""Sections whose items are parameters; `attributes` for classes."""
_OTHER_SECTIONS = frozenset({
    "example", "examples", "hint", "methods", "note", "notes", "raise", "raises", "references", "return", "returns", "see also",
    "tip", "todo", "warning", "warnings", "warns", "yield", "yields",
})  # fmt: skip
_FIELD = re.compile(r"[:@](?P<kind>\w+)(?:[ \t]+(?P<words>[^:\n]+?))?[ \t]*:(?:[ \t]+|$)(?P<text>.*)")
_OF_A_PARAMETER = frozenset({"arg", "argument", "attr", "cvar", "ivar", "key", "keyword", "kwarg", "param", "parameter", "var"})
_NAME = r"\\?\*{0,2}(?:\\\*)?[^\W\d]\w*"
_GOOGLE_ITEM = re.compile(rf"(?P<names>{_NAME})[ \t]*(?:\([^\n]*?\))?[ \t]*:(?:[ \t]+|$)(?P<text>.*)")
_NUMPY_ITEM = re.compile(rf"(?P<names>{_NAME}(?:[ \t]*,[ \t]*{_NAME})*)[ \t]*(?::.*)?")
_RULE = re.compile(r"[-=~]{3,}[ \t]*")


@dataclass(frozen=True, slots=True)
class Docstring:
    """The `summary`, the first paragraph on one line, and the text on each of the `parameters`, by their names."""

    summary: str = ""
    parameters: dict[str, str] = field(default_factory=dict[str, str])


def parsed(text: str | None) -> Docstring:
    """What `text` says.

    >>> parsed('''Find trains.
    ...
    ... :param city: Where they leave.
    ... ''')
    Docstring(summary='Find trains.', parameters={'city': 'Where they leave.'})
    """
    lines = [line.rstrip() for line in inspect.cleandoc(text or "").splitlines()]
    told: dict[str, str] = {}
    for names, words in (*_from_fields(lines), *_from_google(lines), *_from_numpy(lines)):
        for name in names:
            if said := " ".join(" ".join(words).split()):
                told.setdefault(name, said)
    return Docstring(_summary(lines), told)


def _summary(lines: list[str]) -> str:
    taken: list[str] = []
    for place, line in enumerate(lines):
        if not line or _FIELD.fullmatch(line) or _begins_a_section(lines, place):
            break
        taken.append(line.strip())
    return " ".join(" ".join(taken).split())


def _begins_a_section(lines: list[str], place: int) -> bool:
    return _google_header(lines[place]) is not None or _is_ruled(lines, place)


def _google_header(line: str) -> str | None:
    """The name of the section that `line` heads, in small letters; None for any other line."""
    name = line.removesuffix(":").lower()
    return name if line.endswith(":") and name in _SECTIONS | _OTHER_SECTIONS else None


def _is_ruled(lines: list[str], place: int) -> bool:
    """Whether the line is a header of NumPy's style: a known name with a rule below it."""
    ruled = place + 1 < len(lines) and _RULE.fullmatch(lines[place + 1]) is not None
    return ruled and lines[place].lower() in _SECTIONS | _OTHER_SECTIONS


Told = tuple[list[str], list[str]]


def _from_fields(lines: list[str]) -> Iterator[Told]:
    """reST: `:param name: text`, `:param type name: text`, continued until a line that is empty or begins another field."""
    for place, line in enumerate(lines):
        found = _FIELD.fullmatch(line.strip())
        if found is None or found["kind"] not in _OF_A_PARAMETER or not found["words"]:
            continue
        yield [_bare(found["words"].split()[-1])], [found["text"], *_continued(lines[place + 1 :], _indent(line))]


def _continued(lines: Iterable[str], indent: int) -> Iterator[str]:
    """The lines that go on with a field: up to the next field or section; after an empty line only what is indented deeper."""
    after_gap = False
    for line in lines:
        if not line:
            after_gap = True
            continue
        if _FIELD.fullmatch(line.strip()) or _google_header(line) or (after_gap and _indent(line) <= indent):
            return
        yield line


def _from_google(lines: list[str]) -> Iterator[Told]:
    """Google: `Args:`, then `name (type): text`, indented."""
    for place, line in enumerate(lines):
        if _google_header(line) in _SECTIONS:
            yield from _items(_body(lines[place + 1 :]))


def _body(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if line and not _indent(line):
            return
        if line:
            yield line


def _items(lines: Iterable[str]) -> Iterator[Told]:
    """The items of a section of Google's style: what is indented deeper than the first one belongs to the one before."""
    item: Told | None = None
    outer: int | None = None
    for line in lines:
        outer = _indent(line) if outer is None else outer
        found = _GOOGLE_ITEM.fullmatch(line.strip()) if _indent(line) <= outer else None
        if found is not None:
            if item is not None:
                yield item
            item = [_bare(found["names"])], [found["text"]]
        elif item is not None:
            item[1].append(line)
    if item is not None:
        yield item


def _from_numpy(lines: list[str]) -> Iterator[Told]:
    """NumPy: `Parameters` with a rule below, then `name : type`, and the text on it indented."""
    for place, line in enumerate(lines):
        if not _is_ruled(lines, place) or line.lower() not in _SECTIONS:
            continue
        item: Told = ([], [])
        for inner, text in enumerate(lines[place + 2 :], place + 2):
            if _is_ruled(lines, inner) or (inner + 1 < len(lines) and text and _RULE.fullmatch(lines[inner + 1])):
                break
            if text and not _indent(text):
                yield item
                found = _NUMPY_ITEM.fullmatch(text)
                item = ([_bare(name) for name in found["names"].split(",")] if found else [], [])
            else:
                item[1].append(text)
        yield item


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _bare(name: str) -> str:
    """`name` without the stars of `*args` and `**kwargs`."""
    return name.strip().lstrip("\\*")
