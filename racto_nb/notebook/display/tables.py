"""Small tables, data frames and lines of text, displayed as HTML with a text twin. Everything is escaped or cleaned."""

from __future__ import annotations

from typing import Any

from racto_nb.notebook.display.bundling import Drawn
from racto_nb.notebook.display.sanitising import cleaned, printable, safe_text
from racto_nb.notebook.display.showing import show_bundle
from racto_nb.notebook.display.tabling import Table, table_bundle
from racto_nb.notebook.display.theme import page


def show_table(table: Table) -> None:
    """Display `table`."""
    show_bundle(table_bundle(table))


def drawn_frame(frame: Any) -> Drawn:
    """A pandas or polars frame as its library draws it, cleaned: its columns and cells are what a model wrote."""
    html: str = frame._repr_html_() or ""  # IPython's protocol, public by agreement
    return Drawn(cleaned(html), printable(str(frame)))


def show_text(text: str) -> None:
    """Display one line of text."""
    show_bundle({"text/plain": printable(text), "text/html": page(f"<p>{safe_text(text)}</p>", "")})
