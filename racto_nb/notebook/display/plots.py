"""A figure as a front end takes it: as Plotly draws it, and for those that draw none a picture with its twin in letters. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from racto_nb.notebook.display.pictures.drawing import picture_of
from racto_nb.notebook.display.sanitising import printable, safe_text

_INK = "#7a7a7a"
"""A grey of which the contrast to white and to the black of dark pages is nearly the same, about 4.3."""
_LINES = "rgba(128,128,128,0.3)"


def figure_bundle(drawn: Mapping[str, Any], text: str) -> dict[str, Any]:
    """A figure as Plotly's JSON has it, which stays as it is, and `text`, which says it in letters. Plotly is not loaded."""
    layout = dict(drawn.get("layout") or {})
    template = dict(layout.get("template") or {})
    layout["template"] = template | {"layout": _fit_both_themes(template.get("layout") or {})}
    return {
        "application/vnd.plotly.v1+json": {**drawn, "layout": layout},
        "text/html": picture_html(drawn, text),
        "text/plain": printable(text),
    }


def picture_html(drawn: Mapping[str, Any], text: str = "") -> str:
    """A figure as a picture, with `text` folded below it; of what is not drawn as a picture the `text` alone.

    The picture is an image that holds all of itself: nothing is fetched, and nothing in it can run.

    >>> picture_html({"data": [{"type": "sunburst"}]}, "a & b")
    '<pre style="font-family:monospace;line-height:1.25">a &amp; b</pre>'
    """
    letters = f'<pre style="font-family:monospace;line-height:1.25">{safe_text(text)}</pre>' if text else ""
    picture = picture_of(drawn)
    if picture is None:
        return letters
    source = f"data:image/svg+xml;base64,{b64encode(picture.svg.encode()).decode()}"
    image = f'<img alt="{safe_text(picture.alt)}" src="{source}" style="max-width:100%">'
    folded = f"<details><summary>As text</summary>{letters}</details>" if letters else ""
    return f'<figure class="racto-picture" style="margin:.5em 0">{image}{folded}</figure>'


def _fit_both_themes(looks: Mapping[str, Any]) -> dict[str, Any]:
    """Looks that let the page show through, and draw text and lines so that they are seen on a light page and on a dark one.

    Only the template is changed: what a figure itself says of its colours stays.
    """
    axes = {
        axis: {**looks.get(axis, {}), **dict.fromkeys(("gridcolor", "linecolor", "zerolinecolor"), _LINES)}
        for axis in ("xaxis", "yaxis")
    }
    return {
        **looks,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(128,128,128,0.08)",
        "font": {**looks.get("font", {}), "color": _INK},
        "shapedefaults": {**looks.get("shapedefaults", {}), "line": {"color": _INK}},
        **axes,
    }
