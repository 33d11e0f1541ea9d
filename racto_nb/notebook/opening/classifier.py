"""`%racto classify NAME`: a panel to sort texts, and the rows of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from racto_nb.notebook.magics.costing import budget_of
from racto_nb.notebook.opening.showing import opened, refuse_taken

if TYPE_CHECKING:
    from racto_nb.notebook.magics.classify_options import ClassifyOptions
    from racto_nb.notebook.magics.racto import RactoMagics
    from racto_nb.pipelines.list_classifier.results import TextClassifier

INTO = "panel"
"""The variable that holds the panel, where the line names none."""


def open_panel(magics: RactoMagics, classifier: TextClassifier, options: ClassifyOptions, frame: Any) -> None:
    """Open a panel around `classifier`, on the frame where the line names one. UsageError where its variable is taken."""
    from racto_nb.notebook.widgets.classifier import ClassifierPanel

    name = options.asking.into or INTO
    refuse_taken(magics, name, ClassifierPanel)
    panel = ClassifierPanel(
        classifier,
        frame=frame,
        column=options.column,
        truth=options.truth,
        checkpoint=options.checkpoint,
        concurrency=options.concurrency or 8,
        budget=budget_of(options.asking),
    )
    opened(magics, panel, name)
