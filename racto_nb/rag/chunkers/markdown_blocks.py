"""The headings of a Markdown text, and what in it should stay whole: code, tables, the data at its head. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from racto_nb.rag.assembling import Span
from racto_nb.rag.documents import Mark

_LINE = re.compile(
    r"^ {0,3}(?:"
    r"(?P<fence>`{3,}|~{3,})"
    r"|(?P<level>\#{1,6})(?:[ \t]+(?P<title>.*?))?(?:[ \t]+\#+)?[ \t]*$"
    r"|(?P<rule>=+|-{2,})[ \t]*$"
    r"|(?P<delimiter>\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)+$)"
    r")",
    re.MULTILINE,
)
_FRONT = re.compile(r"---[ \t]*\r?\n.*?^---[ \t]*$\n?", re.MULTILINE | re.DOTALL)


@dataclass(slots=True)
class Blocks:
    """`headings` as marks of their lines, and `wholes`, the places of code, tables and the data at the head, in order."""

    headings: list[Mark] = field(default_factory=list[Mark])
    wholes: list[Span] = field(default_factory=list[Span])


def blocks_of(text: str) -> Blocks:
    """The headings of `text`, and what in it should stay whole.

    >>> found = blocks_of("# Setup\\n```sh\\n# no heading\\n```\\n")
    >>> [mark.title for mark in found.headings], found.wholes
    (['Setup'], [(8, 31)])
    """
    blocks = Blocks()
    front = _FRONT.match(text)
    place = 0
    if front:
        blocks.wholes.append(front.span())
        place = front.end()
    while match := _LINE.search(text, place):
        place = _read(text, match, blocks)
    return blocks


def _read(text: str, match: re.Match[str], blocks: Blocks) -> int:
    """Add what the line `match` begins to `blocks`; where to go on."""
    begin, next_line = match.start(), _after_line(text, match.end())
    if match["fence"]:
        end = _end_of_fence(text, match["fence"], next_line)
        blocks.wholes.append((begin, end))
        return end
    if match["delimiter"]:
        head = _line_before(text, begin)
        if head is None or "|" not in text[head:begin]:
            return next_line
        end = _end_of_table(text, next_line)
        blocks.wholes.append((head, end))
        return end
    if match["level"]:
        blocks.headings.append(Mark("heading", begin, next_line, len(match["level"]), (match["title"] or "").strip()))
    elif (head := _line_before(text, begin)) is not None and _is_title(text, head, begin):
        level = 1 if match["rule"].startswith("=") else 2
        blocks.headings.append(Mark("heading", head, next_line, level, text[head:begin].strip()))
    return next_line


def _is_title(text: str, head: int, end: int) -> bool:
    """Whether a line above a rule is a heading and not the last one of a paragraph, a list or a table."""
    before = _line_before(text, head)
    alone = before is None or not text[before:head].strip()
    return alone and bool(text[head:end].strip()) and text[head:end].lstrip()[0] not in "-*+>|#`~="


def _after_line(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end + 1


def _line_before(text: str, place: int) -> int | None:
    """Where the line before the one that begins at `place` begins."""
    return text.rfind("\n", 0, place - 1) + 1 if place else None


def _end_of_fence(text: str, fence: str, place: int) -> int:
    closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$", re.MULTILINE).search(text, place)
    return _after_line(text, closing.end()) if closing else len(text)


def _end_of_table(text: str, place: int) -> int:
    while place < len(text):
        end = _after_line(text, place)
        if "|" not in text[place:end]:
            break
        place = end
    return place
