"""How good a classifier is, and two of them beside each other: as HTML with a text twin. All is escaped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from racto_nb.notebook.display.figures import figure_table, folded
from racto_nb.notebook.display.passages import bundled
from racto_nb.notebook.display.sanitising import printable, safe_text

if TYPE_CHECKING:
    from racto_nb.pipelines.list_classifier.comparing import Comparison
    from racto_nb.pipelines.list_classifier.judging import Evaluation

MOST = 100
"""Labels, confusions and mistakes that are listed."""


def evaluation_bundle(found: Evaluation) -> dict[str, str]:
    """The figures of all texts, and folded those of each label, what is taken for what, and the texts that are wrong."""
    labels = [
        (one.label, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}", f"{one.support:,}")
        for one in found.labels[:MOST]
    ]
    confused = [(truth, other, f"{count:,}") for truth, other, count in found.confusions()[:MOST]]
    wrong = [(each.text, each.gold, each.error or each.predicted or "(none)") for each in found.mistakes[:MOST]]
    html = (
        figure_table(("figure", ""), [pair for pair in _figures(found) if pair[1]])
        + folded("each label", figure_table(("label", "precision", "recall", "F1", "texts"), labels))
        + folded("what is taken for what", figure_table(("true label", "found", "texts"), confused))
        + folded(f"{len(found.mistakes):,} wrong", figure_table(("text", "true label", "found"), wrong))
    )
    return bundled(
        html, printable(repr(found)), f"{len(found.gold):,} texts, {len(found.labels):,} labels · .figure() draws them"
    )


def comparison_bundle(found: Comparison) -> dict[str, str]:
    """Two classifiers side by side, and what can be said of their difference."""
    one, other = (dict(_figures(run)) for run in found.runs)
    rows = [(name, one[name], other[name]) for name in one if one[name] or other[name]]
    interval = f"{found.difference:+.3f} in accuracy, {found.confidence:.0%} interval {found.low:+.3f} to {found.high:+.3f}"
    html = f"{figure_table(('figure', *found.names), rows)}<p>{safe_text(found.verdict)}</p>"
    return bundled(html, printable(repr(found)), interval)


def _figures(found: Evaluation) -> Sequence[tuple[str, str]]:
    ece, cost = found.ece, found.cost_per_1000
    return (
        ("accuracy", f"{found.accuracy:.3f}"),
        ("macro-F1", f"{found.macro_f1:.3f}"),
        ("ECE", "" if ece is None else f"{ece:.3f}"),
        ("US dollars per 1,000", "" if cost is None else f"{cost:.4f}"),
        ("failed", f"{len(found.errors):,}" if found.errors else ""),
    )
