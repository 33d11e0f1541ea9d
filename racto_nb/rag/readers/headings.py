"""Headings of Markdown and reStructuredText, found line by line. Pure; the time grows with the text's length and no faster."""

from __future__ import annotations

import re
from collections.abc import Iterator

from racto_nb.rag.documents import Mark

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_NO_PARAGRAPH = re.compile(r"(?: {4}|\t| {0,3}(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]|\|))")  # code, quote, list, table
_RST_LINE = re.compile(r"([!-/:-@\[-`{-~])\1+[ \t]*$")


def markdown_headings(text: str, *, offset: int = 0) -> list[Mark]:
    """A mark for each heading of a Markdown text, `offset` added to all places. What stands in code is none.

    >>> [(mark.number, mark.title) for mark in markdown_headings("# Terms\\n\\nText\\n\\nRefunds\\n---\\n")]
    [(1, 'Terms'), (2, 'Refunds')]
    """
    found: list[Mark] = []
    fence = ""
    before: tuple[int, str] | None = None  # the paragraph's one line that an underline would make a heading
    in_paragraph = False
    for start, line in _lines(text):
        opener = _FENCE.match(line)
        if fence:
            if opener and opener[1].startswith(fence) and not line[opener.end() :].strip():
                fence = ""
            continue
        if opener and not (opener[1][0] == "`" and "`" in line[opener.end() :]):
            fence, before, in_paragraph = opener[1], None, False
            continue
        heading = _heading_of(line, start, before, offset)
        if heading:
            found.append(heading)
        bare = not line.strip() or heading is not None or _NO_PARAGRAPH.match(line) is not None
        before = None if bare or in_paragraph else (start, line)
        in_paragraph = not bare
    return found


def _heading_of(line: str, start: int, before: tuple[int, str] | None, offset: int) -> Mark | None:
    if atx := _ATX.match(line):
        title = line[atx.end() :].strip()
        bare = title.rstrip("#")
        title = bare.rstrip() if bare != title and (not bare or bare[-1] in " \t") else title
        end = start + len(line.rstrip())
        return Mark("heading", offset + start, offset + end, number=len(atx[1]), title=title)
    if before and (underline := _UNDERLINE.match(line)):
        end = start + len(line.rstrip())
        level = 1 if underline[1][0] == "=" else 2
        return Mark("heading", offset + before[0], offset + end, number=level, title=before[1].strip())
    return None


def rst_headings(text: str) -> list[Mark]:
    """A mark for each heading of a reStructuredText: a line with a line of one sign under it that is as long, or longer.

    Which sign is which level follows from the order in which they come.

    >>> [(mark.number, mark.title) for mark in rst_headings("Terms\\n=====\\n\\nRefunds\\n-------\\n")]
    [(1, 'Terms'), (2, 'Refunds')]
    """
    found: list[Mark] = []
    styles: list[tuple[str, bool]] = []
    lines = list(_lines(text))
    for number in range(1, len(lines)):
        (title_start, title), (start, line) = lines[number - 1], lines[number]
        sign = _RST_LINE.match(line)
        bare = title.strip()
        if not sign or not bare or _RST_LINE.match(title) or len(line.rstrip()) < len(title.rstrip()):
            continue
        above = lines[number - 2] if number > 1 else (0, "")
        over = above[1].rstrip() == line.rstrip()
        if not over and (title[0].isspace() or above[1].strip()):
            continue  # a quoted text, or the end of a paragraph
        style = (sign[1], over)
        if style not in styles:
            styles.append(style)
        begin = above[0] if over else title_start
        found.append(Mark("heading", begin, start + len(line.rstrip()), number=styles.index(style) + 1, title=bare))
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1
