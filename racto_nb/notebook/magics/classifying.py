"""`%%racto classify NAME`: the cell is a text, or the rows of a frame are, that a classifier sorts by its labels."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import ClassificationError, UsageError, did_you_mean
from racto_nb.kits.kit import DeveloperKit
from racto_nb.notebook.display.classes import classification_bundle
from racto_nb.notebook.display.labelled import RowsBar, labelled_bundle
from racto_nb.notebook.display.showing import show_bundle
from racto_nb.notebook.magics.asking import Question
from racto_nb.notebook.magics.classify_options import ClassifyOptions, read_classify_options
from racto_nb.notebook.magics.costing import budget_of
from racto_nb.notebook.magics.interpolating import rendered, value_of
from racto_nb.notebook.magics.secrecy import refuse_secrets
from racto_nb.pipelines.list_classifier.frames import classify_frame
from racto_nb.pipelines.list_classifier.pipeline import ListClassifierPipeline
from racto_nb.pipelines.list_classifier.results import ClassifierResult, TextClassifier

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics
    from racto_nb.pipelines.list_classifier.reporting import RowsProgress

LINE = "%%racto classify NAME"


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell that can be carried out: who sorts, and whether anything is shown."""

    magics: RactoMagics
    options: ClassifyOptions
    classifier: TextClassifier

    @property
    def mode(self) -> str:
        return self.magics.mode_of(self.options.asking)

    def one(self, text: str) -> None:
        """Sort one text, show what was found, keep it."""
        with budget_of(self.options.asking) or nullcontext():
            found: ClassifierResult = self.classifier.run(text, **_whole(self.classifier))
        self.magics.keep_value(found, self.options.asking)
        if self.mode != "off":
            show_bundle(classification_bundle(found))
        if found.error is not None:
            raise ClassificationError(found.error)

    def rows(self, frame: Any, column: str) -> None:
        """Sort the rows of a frame, show how far it is and what came, keep the new frame."""
        bar = RowsBar() if hasattr(self.magics.shell, "kernel") and self.mode in {"auto", "live"} else None
        wishes: dict[str, Any] = {"checkpoint": self.options.checkpoint, "concurrency": self.options.concurrency}
        given = {name: value for name, value in wishes.items() if value is not None}
        budget = budget_of(self.options.asking)
        found = classify_frame(self.classifier, frame, column, budget=budget, on_progress=bar or _unheard, **given)
        self.magics.keep_value(found, self.options.asking)
        if self.mode != "off":
            (show_bundle if bar is None else bar.end)(labelled_bundle(found, column))

    def show_dry(self, text: str) -> None:
        """Show what would be sent about `text`. Nobody is asked."""
        from racto_nb.notebook.magics.dry_runs import show_dry, show_only

        if not isinstance(self.classifier, ListClassifierPipeline):
            message = f"--dry-run shows what a chat model would be sent, and {type(self.classifier).__name__} asks none."
            raise UsageError(message)
        kit = self.classifier.kit
        shown = Question(self.classifier.as_text_classifier().question_of(text), None, wants_json=False)
        if isinstance(kit, DeveloperKit):
            show_dry(self.magics, kit, self.options.asking, lambda _: shown)
        else:
            show_only(shown, type(kit).__name__, "price unknown")


def classify(magics: RactoMagics, words: Sequence[str], cell: str, *, line: bool = False) -> None:
    """Carry out the cell. An error fails it; what was found is shown and kept either way.

    A `line` without a frame has no text to sort: it opens a panel, as `--panel` does on a frame.
    """
    options = read_classify_options(words)
    options = replace(options, asking=magics.with_settings(options.asking))
    magics.refuse_overwriting(options.asking)
    text = rendered(cell, magics.namespace).strip()
    refuse_secrets(text, os.environ)
    _refuse_unclear(options, text, line=line and not options.asking.dry_run)
    frame = None if options.frame is None else value_of(options.frame, magics.namespace, shown=f"--frame {options.frame}")
    read = _Cell(magics, options, _classifier(options, magics))
    if options.panel or (line and options.frame is None and not options.asking.dry_run):
        from racto_nb.notebook.opening.classifier import open_panel

        open_panel(magics, read.classifier, options, frame)
    elif options.asking.dry_run:
        read.show_dry(text or _first_text(frame, options.column or ""))
    elif options.frame is not None:
        read.rows(frame, options.column or "")
    else:
        read.one(text)


def _refuse_unclear(options: ClassifyOptions, text: str, *, line: bool) -> None:
    if options.frame is None and not text and not line:
        message = "The cell is empty. Write the text below the %%racto line, or name a frame: --frame df --column text."
        raise UsageError(message)
    if options.frame is not None and text:
        message = f"Either the rows of {options.frame} are classified or the text of the cell. Leave one out. Nothing was sent."
        raise UsageError(message)
    if options.asking.into is not None and options.asking.into == options.name:
        message = f"--into {options.name} would overwrite the classifier. Choose another name. Nothing was sent."
        raise UsageError(message)


def _classifier(options: ClassifyOptions, magics: RactoMagics) -> TextClassifier:
    """The classifier of the variable, asking the model that the cell names, or a new one for `--labels`."""
    asking = options.asking
    if options.labels is not None:
        kit = magics.kit(asking.model[0] if asking.model else magics.model, asking)
        mode = "multiple" if options.multiple else "single"
        return ListClassifierPipeline(kit, options=list(options.labels), selection_mode=mode)
    found = held_classifier(options.name, magics.namespace)
    if not asking.model:
        return found
    if not isinstance(found, ListClassifierPipeline):
        message = f"{options.name} asks no chat model, so --model says nothing. Leave it out. Nothing was sent."
        raise UsageError(message)
    return found.with_kit(magics.kit(asking.model[0], asking))


def classifiers_of(namespace: Mapping[str, Any]) -> list[str]:
    """The names of the variables that hold one, in the order of the alphabet."""
    return sorted(name for name, value in namespace.items() if not name.startswith("_") and _classifies(value))


def held_classifier(name: str, namespace: Mapping[str, Any]) -> TextClassifier:
    """The classifier in the variable `name`. UsageError says what there is where it holds none."""
    known = classifiers_of(namespace)
    there = f" There is {', '.join(known)}." if known else " There is no classifier here; --labels 'Billing, Sales' needs none."
    if name.partition(".")[0] not in namespace:
        hint = did_you_mean(name, known) or there
        raise UsageError(f"There is no variable {name!r}.{hint} Nothing was sent.")
    found = value_of(name, namespace, shown=LINE.replace("NAME", name))
    if not _classifies(found):
        raise UsageError(f"{name!r} is a {type(found).__name__}, not a classifier.{there} Nothing was sent.")
    return found  # pyright: ignore[reportReturnType]  (its class has the methods)


def _classifies(value: object) -> bool:
    """Whether `value` is a classifier, as its class says: nothing of the value itself is run to find that out."""
    kind = type(value)
    if isinstance(value, type) or issubclass(kind, ListClassifierPipeline):
        return not isinstance(value, type)
    tells = any(hasattr(kind, name) for name in ("options", "texts_at_once"))  # those that wrap others have no labels themselves
    return tells and all(hasattr(kind, name) for name in ("run", "arun", "identity"))


def _unheard(_: RowsProgress) -> None:
    """Nobody is told how far it is."""


def _whole(classifier: TextClassifier) -> dict[str, Any]:
    """A pipeline may be made to give texts or dicts; a cell shows whole results."""
    return {"output_format": "pydantic"} if isinstance(classifier, ListClassifierPipeline) else {}


def _first_text(frame: Any, column: str) -> str:
    from racto_nb.pipelines.list_classifier.framing import cells_of

    return next((str(cell) for cell in cells_of(frame, column) if cell), "")
