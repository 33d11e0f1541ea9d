"""An answer with its numbers marked: those of the rows, those computed from them, and those that nobody has given. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from racto_nb.notebook.display.sanitising import printable, safe_html
from racto_nb.pipelines.sql_analyst.answering.checking import NumberCheck
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult

_BEGIN = {"found": "\ue0f0", "computed": "\ue0f1", "unknown": "\ue0f2"}
_END = "\ue0f3"
_SIGNS = re.compile("[\ue0f0-\ue0f3]")
_OPENED = {sign: f"<mark class=racto-{kind}>" for kind, sign in _BEGIN.items()} | {_END: "</mark>"}
_TAGS = re.compile(r"(<[^>]*>)")


def answer_html(text: str, check: NumberCheck | None, result: SQLAnalystResult) -> str:
    """`text`, which is Markdown, as clean HTML, its numbers in marks."""
    if not text:
        return ""
    if _SIGNS.search(text):  # they are ours here: an answer that holds them is shown without marks
        return safe_html(text)
    pieces: list[str] = []
    after = 0
    for start, end, kind, _ in sorted(_marks(check, result)):
        if start >= after:
            pieces += [text[after:start], _BEGIN[kind], text[start:end], _END]
            after = end
    html = safe_html("".join([*pieces, text[after:]]))
    return "".join(_marked(piece) for piece in _TAGS.split(html))


def _marked(piece: str) -> str:
    """A piece of HTML with its signs as marks; within a tag, such as in an address, there are none."""
    return _SIGNS.sub("" if piece.startswith("<") else lambda found: _OPENED[found.group()], piece)


def numbers_of(check: NumberCheck | None, result: SQLAnalystResult) -> list[dict[str, Any]]:
    """The numbers in the order of the answer: what each is, and how it is known or what comes nearest."""
    text = result.answer or ""
    return [
        {"text": printable(text[start:end]), "kind": kind, "how": printable(how)}
        for start, end, kind, how in sorted(_marks(check, result))
    ]


def _marks(check: NumberCheck | None, result: SQLAnalystResult) -> Iterator[tuple[int, int, str, str]]:
    for start, end in () if check is None else check.places:
        yield start, end, "found", ""
    for derived in result.derived_numbers if check is None else check.derived:
        yield derived.start, derived.end, "computed", derived.how
    for flagged in result.flagged_numbers if check is None else check.flagged:
        yield (
            flagged.start,
            flagged.end,
            "unknown",
            "" if flagged.nearest is None else f"the nearest in the rows is {flagged.nearest}",
        )
