"""How far an ingestion has come, and what became of each file, as HTML with a text twin. Everything is escaped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from racto_nb.notebook.display.progressing import InPlace
from racto_nb.notebook.display.sanitising import safe_text
from racto_nb.notebook.display.tabling import Table, table_bundle
from racto_nb.notebook.display.theme import page, plain

if TYPE_CHECKING:
    from racto_nb.rag.reports import FileReport, IngestReport, Progress

MOST_ROWS = 30
"""Files that are listed. Those that something is to be said of come first when there are more."""
PAUSE = 0.1
"""Seconds between two updates of the bar, at least."""
_ODD = ("failed", "skipped", "empty", "removed")


@dataclass(slots=True)
class IngestBar(InPlace):
    """Shows how far an ingestion is, in one display that is updated in place; `end` puts the report there.

    It may be told of as much as one likes, and sends at most ten updates a second.
    """

    clock: Callable[[], float] = time.monotonic
    _free_at: float = 0.0

    def __call__(self, progress: Progress) -> None:
        """Show how far it is now, or with a later one."""
        now = self.clock()
        if now >= self._free_at:
            self._free_at = now + PAUSE
            self.put(progress_bundle(progress))


def progress_bundle(progress: Progress) -> dict[str, str]:
    """How far it is, as a bar with its counts and as a line of text."""
    counts = f"{progress.done} of {progress.files} files · {progress.embedded:,} of {progress.texts:,} texts have vectors"
    label = safe_text(counts)
    bar = f'<progress value="{progress.done}" max="{max(progress.files, 1)}" aria-label="{label}"></progress>'
    return {"text/html": page(f"{bar} {label}", progress.source), "text/plain": plain(counts, progress.source)}


def report_bundle(report: IngestReport) -> dict[str, str]:
    """What became of each file, and all of it in one line."""
    files = report.files
    if len(files) > MOST_ROWS:
        files = sorted(files, key=lambda file: file.outcome not in _ODD)[:MOST_ROWS]
    left = len(report.files) - len(files)
    more = f" {left} more are not listed: .report.files" if left else ""
    return table_bundle(_table(files, report.summary + more))


def _table(files: Sequence[FileReport], caption: str) -> Table:
    """The files with what became of them; why only where there is something to be said of one."""
    rows = [(file.source, _count(file.chunks), _count(file.embedded), file.outcome) for file in files]
    heads = ("file", "chunks", "new vectors", "outcome")
    if not any(file.reason for file in files):
        return Table(heads, rows, caption)
    return Table((*heads, "why"), [(*row, file.reason) for row, file in zip(rows, files, strict=True)], caption)


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def ingested_bundle(chunks: Any) -> dict[str, str]:
    """The chunks of a folder: what became of its files."""
    return report_bundle(chunks.report)
