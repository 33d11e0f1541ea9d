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


def slice_of(sql: str, node: exp.Expr) -> tuple[str, int | None, int | None]:
    """The part of `sql` that `node` is, with the brackets that it opens, and where it stands; empty where that is not known."""
    start, end = place(node)
    if start is None or end is None:
        return "", None, None
    open_ = sql.count("(", start, end) - sql.count(")", start, end)
    while open_ > 0 and (closing := sql.find(")", end)) >= 0:
        end, open_ = closing + 1, open_ - 1
    return sql[start:end], start, end
