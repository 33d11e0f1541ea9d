"""How far the classification of a frame is, and what came of it, as HTML with a text twin. Everything is escaped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from racto_nb.notebook.display.progressing import InPlace
from racto_nb.notebook.display.sanitising import safe_text
from racto_nb.notebook.display.tabling import Table, table_bundle
from racto_nb.notebook.display.theme import page, plain

if TYPE_CHECKING:
    from racto_nb.pipelines.list_classifier.reporting import RowsProgress

PAUSE = 0.1
"""Seconds between two updates of the bar, at least."""
MOST = 20
"""Labels that are listed."""
_EXAMPLE = 90


@dataclass(slots=True)
class RowsBar(InPlace):
    """Shows how far a frame is, in one display that is updated in place at most ten times a second."""

    clock: Callable[[], float] = time.monotonic
    _free_at: float = 0.0

    def __call__(self, progress: RowsProgress) -> None:
        """Show how far it is now, or with a later one."""
        now = self.clock()
        if now >= self._free_at or progress.ended:
            self._free_at = now + PAUSE
            self.put(rows_bundle(progress))


def rows_bundle(progress: RowsProgress) -> dict[str, str]:
    """How far it is, as a bar with its counts and as a line of text."""
    told = str(progress)
    label = safe_text(told)
    bar = f'<progress value="{progress.done}" max="{max(progress.rows, 1)}" aria-label="{label}"></progress>'
    return {"text/html": page(f"{bar} {label}", ""), "text/plain": plain(told, "")}


def labelled_bundle(frame: Any, column: str) -> dict[str, str]:
    """The labels of a frame that was classified, the most frequent first, each with a text; below it, the rows that failed."""
    labels = list(frame["label" if "label" in frame.columns else "labels"])
    texts, errors = list(frame[column]), [error for error in frame["error"] if isinstance(error, str)]
    counts = Counter(map(_label, labels))
    examples: dict[str, str] = {}
    for label, text in zip(labels, texts, strict=True):
        examples.setdefault(_label(label), text if isinstance(text, str) else "")
    rows = [
        (label, f"{count:,}", f"{count / len(labels):.0%}", _short(examples[label])) for label, count in counts.most_common(MOST)
    ]
    more = f" · {len(counts) - MOST} more labels" if len(counts) > MOST else ""
    failed = f" · {len(errors):,} failed, such as: {errors[0]}" if errors else ""
    count = f"{len(labels):,} row{'' if len(labels) == 1 else 's'}"
    return table_bundle(Table(("label", "rows", "share", "such as"), rows, f"{count}{more}{failed}"))


def _label(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124  (a NaN of pandas)
        return "(none)"
    return value if isinstance(value, str) else ", ".join(map(str, value)) or "(none)"  # pyright: ignore[reportArgumentType]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXAMPLE else f"{line[:_EXAMPLE]}…"
