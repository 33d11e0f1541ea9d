"""Where a part of a statement stands in its text. Pure."""

from __future__ import annotations

from sqlglot import exp


def place(node: exp.Expr) -> tuple[int | None, int | None]:
    """The first and the last character (exclusive) of `node`, as far as they are known."""
    start: int | None = None
    end: int | None = None
    for part in node.walk():
        meta = part.meta
        if "start" in meta:
            start = meta["start"] if start is None else min(start, meta["start"])
            end = meta["end"] + 1 if end is None else max(end, meta["end"] + 1)
    return start, end
