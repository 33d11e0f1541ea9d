"""A figure of plotly as a front end takes it, with its text twin for those that draw none. Pure."""

from __future__ import annotations

import json
from typing import Any

from racto_nb.notebook.display.sanitising import printable, safe_text

_INK = "#7a7a7a"
"""A grey of which the contrast to white and to the black of dark pages is nearly the same, about 4.3."""
_LINES = "rgba(128,128,128,0.3)"


def plot_bundle(figure: Any, text: str) -> dict[str, Any]:
    """`figure` as plotly draws it, and `text`, which says the same in letters. Plotly's own annotations are partial."""
    drawn: Any = json.loads(figure.to_json() or "{}")
    _fit_both_themes(drawn.get("layout", {}).get("template", {}).get("layout", {}))
    said = printable(text)
    return {
        "application/vnd.plotly.v1+json": drawn,
        "text/html": f'<pre style="font-family:monospace;line-height:1.25">{safe_text(said)}</pre>',
        "text/plain": said,
    }


def _fit_both_themes(looks: dict[str, Any]) -> None:
    """Let the page show through, and draw text and lines so that they are seen on a light page and on a dark one.

    Only the template is changed: what a figure itself says of its colours stays.
    """
    looks |= {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(128,128,128,0.08)"}
    looks["font"] = {**looks.get("font", {}), "color": _INK}
    looks["shapedefaults"] = {**looks.get("shapedefaults", {}), "line": {"color": _INK}}
    for axis in ("xaxis", "yaxis"):
        looks[axis] = {**looks.get(axis, {}), **dict.fromkeys(("gridcolor", "linecolor", "zerolinecolor"), _LINES)}
