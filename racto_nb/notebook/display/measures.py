"""How well passages are found, two runs beside each other, and why one was not found: as HTML with a text twin. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from racto_nb.notebook.display.figures import figure_table, folded
from racto_nb.notebook.display.passages import bundled, chunk_html
from racto_nb.notebook.display.sanitising import printable, safe_text

if TYPE_CHECKING:
    from racto_nb.rag.absence import Absence
    from racto_nb.rag.scores import Comparison, Evaluation, QuestionScore

MOST = 200
"""Questions that are listed."""
_TITLES = {"reciprocal_rank": "MRR", "ndcg": "nDCG@{k}", "recall": "recall@{k}", "precision": "precision@{k}", "iou": "IoU"}


def evaluation_bundle(found: Evaluation) -> dict[str, str]:
    """The means of all figures, and folded those of each question."""
    means = [(_title(name, found.k), _figure(value)) for name, value in found.means.items() if not math.isnan(value)]
    rows = [(one.question, f"{one.found} of {one.items}", *map(_figure, _of(one))) for one in found.questions[:MOST]]
    count = len(found.questions)
    heads = ("question", "found", _title("recall", found.k), "reciprocal rank", _title("ndcg", found.k))
    html = figure_table(("figure", "mean"), means) + folded("each question", figure_table(heads, rows))
    return bundled(html, _known(repr(found)), f"{count} question{'s' * (count != 1)}, {found.k} hits each")


def comparison_bundle(found: Comparison) -> dict[str, str]:
    """Two runs side by side, with what the second adds and how sure that is; folded, the questions that differ."""
    k = found.runs[0].k
    rows = [
        (
            _title(each.measure, k),
            _figure(each.one),
            _figure(each.other),
            _signed(each.difference),
            f"{_signed(each.low)} to {_signed(each.high)}",
            "clear" if each.is_clear else "",
        )
        for each in found.differences
        if not math.isnan(each.difference)  # no question knows it
    ]
    heads = ("figure", *found.names, "difference", f"{found.confidence:.0%} interval", "")
    if any(each.is_clear for each in found.differences):
        told = "clear: the whole interval lies on one side of 0"
    else:
        heads, rows, told = heads[:-1], [row[:-1] for row in rows], "no difference is clear: each interval holds 0"
    footer = f"{len(found.runs[0].questions)} questions, {k} hit{'' if k == 1 else 's'} each · {told}"
    return bundled(figure_table(heads, rows) + _differing(found), _known(repr(found)), footer)


def absence_bundle(found: Absence) -> dict[str, str]:
    """Why a passage is not among the hits, and the chunk or the chunks that hold it."""
    said, shown = f"<p>{safe_text(str(found))}</p>", "".join(map(chunk_html, found.chunks[:3]))
    title = "the chunk that holds it" if len(found.chunks) == 1 else "the chunks that hold it"
    return bundled(said + (folded(title, shown) if shown else ""), printable(str(found)), found.reason)


def _differing(found: Comparison) -> str:
    """The questions that one run answers better than the other, folded."""
    others = {score.question: score for score in found.runs[1].questions}
    pairs = [(one, others[one.question]) for one in found.runs[0].questions]
    rows = [
        (one.question, *(f"{score.found} of {score.items}, {_figure(score.reciprocal_rank)}" for score in (one, other)))
        for one, other in pairs
        if (one.found, one.reciprocal_rank) != (other.found, other.reciprocal_rank)
    ]
    if not rows:
        return ""
    heads = ("question", *(f"{name}: found, reciprocal rank" for name in found.names))
    return folded(
        f"{len(rows)} question{'s' * (len(rows) != 1)} that differ{'s' * (len(rows) == 1)}", figure_table(heads, rows[:MOST])
    )


def _known(text: str) -> str:
    """The text twin, without the lines of figures that no question knows."""
    return "\n".join(line for line in printable(text).splitlines() if " nan" not in line)


def _of(one: QuestionScore) -> Sequence[float]:
    return one.recall, one.reciprocal_rank, one.ndcg


def _title(measure: str, k: int) -> str:
    return _TITLES.get(measure, measure).format(k=k)


def _figure(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}"
