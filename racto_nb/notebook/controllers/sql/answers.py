"""An answer with its numbers marked: those of the rows, those computed from them, and those that nobody has given. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from racto_nb.notebook.display.sanitising import printable, safe_html
from racto_nb.pipelines.sql_analyst.answering.checking import NumberCheck

_BEGIN = {"found": "\ue0f0", "computed": "\ue0f1", "unknown": "\ue0f2"}
_END = "\ue0f3"
_SIGNS = re.compile("[\ue0f0-\ue0f3]")
_OPENED = {sign: f"<mark class=racto-{kind}>" for kind, sign in _BEGIN.items()} | {_END: "</mark>"}
_TAGS = re.compile(r"(<[^>]*>)")


def answer_html(answer: str, check: NumberCheck | None) -> str:
    """`answer`, which is Markdown, as clean HTML, the numbers of `check` (of the printable answer) in marks."""
    text = printable(answer)
    if not text:
        return ""
    if _SIGNS.search(text):  # they are ours here: an answer that holds them is shown without marks
        return safe_html(text)
    pieces: list[str] = []
    after = 0
    for start, end, kind, _ in sorted(_marks(check)):
        if start >= after:
            pieces += [text[after:start], _BEGIN[kind], text[start:end], _END]
            after = end
    html = safe_html("".join([*pieces, text[after:]]))
    return "".join(_marked(piece) for piece in _TAGS.split(html))


def _marked(piece: str) -> str:
    """A piece of HTML with its signs as marks; within a tag, such as in an address, there are none."""
    return _SIGNS.sub("" if piece.startswith("<") else lambda found: _OPENED[found.group()], piece)


def numbers_of(answer: str, check: NumberCheck | None) -> list[dict[str, Any]]:
    """The numbers in the order of the answer: what each is, and how it is known or what comes nearest."""
    text = printable(answer)
    return [{"text": text[start:end], "kind": kind, "how": printable(how)} for start, end, kind, how in sorted(_marks(check))]


def _marks(check: NumberCheck | None) -> Iterator[tuple[int, int, str, str]]:
    if check is None:
        return
    for start, end in check.places:
        yield start, end, "found", ""
    for derived in check.derived:
        yield derived.start, derived.end, "computed", derived.how
    for flagged in check.flagged:
        near = "" if flagged.nearest is None else f"the nearest in the rows is {flagged.nearest}"
        yield flagged.start, flagged.end, "unknown", near
