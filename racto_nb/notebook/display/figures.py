"""Tables of words and figures, and what is folded away. All is escaped. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.notebook.display.sanitising import safe_text


def figure_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of words in the first column and figures in the others; empty without rows."""
    if not rows:
        return ""
    head = "".join(f"<th>{safe_text(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{safe_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="racto-figures"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def folded(title: str, html: str) -> str:
    """Clean `html` behind its `title`; empty where there is none."""
    if not html:
        return ""
    return f'<details class="racto-fold"><summary>{safe_text(title)}</summary><div>{html}</div></details>'
