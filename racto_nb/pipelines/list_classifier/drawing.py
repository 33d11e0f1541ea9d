"""Pictures of a classifier's figures, drawn by Plotly. The one file here that imports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from plotly.graph_objects import Figure  # pyright: ignore[reportMissingTypeStubs]

_MARKED = 50
"""More points than this would hide their line."""
_MANY_LABELS = 30


def abstention_figure(answered: Sequence[float], accuracy: Sequence[float], thresholds: Sequence[float], rows: int) -> Figure:
    """The accuracy over the share of rows that are answered."""
    line = {
        "type": "scatter",
        "x": answered,
        "y": accuracy,
        "customdata": thresholds,
        "mode": "lines+markers" if len(thresholds) < _MARKED else "lines",
        "hovertemplate": "answered %{x:.1%}<br>right %{y:.1%}<br>threshold %{customdata:.4f}<extra></extra>",
    }
    layout = {
        "title": {"text": f"Accuracy of the rows that are answered, of {rows:,}"},
        "xaxis": {"title": {"text": "share of rows that are answered"}, "tickformat": ".0%", "range": [0, 1.01]},
        "yaxis": {"title": {"text": "accuracy"}, "tickformat": ".0%"},
    }
    return _figure([line], layout)


def reliability_figure(points: Sequence[tuple[float, float, int]], ece: float) -> Figure:
    """The reliability diagram of points (confidence, share that was right, rows): on the diagonal, confidences come true."""
    diagonal = {"type": "scatter", "x": [0, 1], "y": [0, 1], "mode": "lines", "name": "as it should be", "hoverinfo": "skip"}
    line = {
        "type": "scatter",
        "x": [confidence for confidence, _, _ in points],
        "y": [right for _, right, _ in points],
        "customdata": [rows for _, _, rows in points],
        "mode": "lines+markers",
        "name": "classifier",
        "hovertemplate": "confidence %{x:.3f}<br>right %{y:.1%}<br>%{customdata} rows<extra></extra>",
    }
    layout = {
        "title": {"text": f"Reliability: ECE {ece:.4f}, {sum(rows for _, _, rows in points):,} rows"},
        "xaxis": {"title": {"text": "confidence"}, "range": [0, 1]},
        "yaxis": {"title": {"text": "share that was right"}, "range": [0, 1.02]},
    }
    return _figure([{**diagonal, "line": {"dash": "dot"}}, line], layout)


def confusion_figure(names: Sequence[str], counts: Sequence[Sequence[int]], title: str) -> Figure:
    """The confusion matrix, as shares of each row. It grows with the labels, so that each one's name can be read."""
    matrix = {
        "type": "heatmap",
        "z": [[count / max(1, sum(row)) for count in row] for row in counts],
        "x": names,
        "y": names,
        "customdata": counts,
        "zmin": 0,
        "zmax": 1,
        "colorscale": "Blues",
        "hovertemplate": "true %{y}<br>got %{x}<br>%{customdata} texts, %{z:.1%}<extra></extra>",
    }
    size = 9 if len(names) > _MANY_LABELS else 12
    axis = {"type": "category", "tickmode": "linear", "dtick": 1, "tickfont": {"size": size}, "automargin": True}
    side = max(480, 14 * len(names) + 260)
    layout = {
        "title": {"text": title},
        "width": side,
        "height": side,
        "xaxis": {"title": {"text": "label that was found"}, "tickangle": -90, **axis},
        "yaxis": {"title": {"text": "true label"}, "autorange": "reversed", **axis},
    }
    return _figure([matrix], layout)


def _figure(data: Sequence[Mapping[str, object]], layout: Mapping[str, object]) -> Figure:
    import plotly.graph_objects as go  # pyright: ignore[reportMissingTypeStubs]

    return cast("Any", go).Figure(data=list(data), layout=layout)
