"""A figure of plotly as a front end takes it, with its text twin for those that draw none. Pure."""

from __future__ import annotations

import json
from typing import Any

from racto_nb.notebook.display.sanitising import printable, safe_text


def plot_bundle(figure: Any, text: str) -> dict[str, Any]:
    """`figure` as plotly draws it, and `text`, which says the same in letters. Plotly's own annotations are partial."""
    drawn: Any = json.loads(figure.to_json() or "{}")
    said = printable(text)
    return {
        "application/vnd.plotly.v1+json": drawn,
        "text/html": f'<pre style="font-family:monospace;line-height:1.25">{safe_text(said)}</pre>',
        "text/plain": said,
    }
