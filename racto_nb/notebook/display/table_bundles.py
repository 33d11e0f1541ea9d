"""Small tables as HTML with a text twin. Everything is escaped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from racto_nb.notebook.display.sanitising import printable, safe_text
from racto_nb.notebook.display.theme import page


@dataclass(frozen=True, slots=True)
class Table:
    """Column `heads`, `rows` of texts, and a `caption` (empty: none)."""

    heads: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    caption: str = ""


def table_bundle(table: Table) -> dict[str, str]:
    """`table` as HTML and as aligned text."""
    rows = [[printable(cell) for cell in row] for row in table.rows]
    head = "".join(f"<th>{safe_text(name)}</th>" for name in table.heads)
    body = "".join("<tr>" + "".join(f"<td>{safe_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    html = f'<table class="racto-list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>' if rows else ""
    return {
        "text/html": page(html, table.caption),
        "text/plain": _aligned([printable(name) for name in table.heads], rows, printable(table.caption)),
    }


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    lines = [list(heads), *map(list, rows)] if rows else []
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))] if lines else []
    text = "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "\n".join(part for part in (text, caption) if part)
