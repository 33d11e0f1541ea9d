"""How far a batch is, and what came of it, as HTML with a text twin. Everything is escaped."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import shorten

from racto_nb.batch import BatchJobInfo, BatchResult, BatchResults
from racto_nb.notebook.display.progressing import InPlace
from racto_nb.notebook.display.sanitising import safe_text
from racto_nb.notebook.display.tabling import Table, table_bundle
from racto_nb.notebook.display.theme import page, plain

_MOST_ROWS = 50
_LONGEST = 200


@dataclass(slots=True)
class BatchBar(InPlace):
    """Shows how far a job is, in one display that is updated in place. Give it as `on_progress`."""

    def __call__(self, info: BatchJobInfo) -> None:
        """Show what is known of the job now."""
        self.put(progress_bundle(info))


def progress_bundle(info: BatchJobInfo) -> dict[str, str]:
    """A job as a bar with its counts, and as a line of text."""
    counts, footer = counts_of(info), f"{info.job_id} · {info.provider}:{info.model or '?'}"
    done = (info.completed or 0) + (info.failed or 0)
    place = f' value="{done}"' if info.completed is not None or info.status.ended else ""
    bar = f'<progress{place} max="{max(info.request_count, 1)}" aria-label="{safe_text(counts)}"></progress>'
    return {
        "text/html": page(f"{bar} {safe_text(counts)}", footer, warning=info.error or ""),
        "text/plain": plain(counts, footer, warning=info.error or ""),
    }


def counts_of(info: BatchJobInfo) -> str:
    """The state of a job and its counts in words.

    >>> from racto_nb.batch import BatchStatus
    >>> job = {"job_id": "b", "provider": "p", "created_at": 0.0, "request_count": 3}
    >>> counts_of(BatchJobInfo(status=BatchStatus.IN_PROGRESS, completed=1, failed=1, **job))
    'in progress: 1 of 3 answered, 1 failed'
    """
    state = info.status.value.replace("_", " ")
    if info.completed is None:
        return f"{state}: {info.request_count} items"
    failed = f", {info.failed} failed" if info.failed else ""
    return f"{state}: {info.completed} of {info.request_count} answered{failed}"


def results_bundle(results: BatchResults) -> dict[str, str]:
    """Results as a table of their beginnings, with what they cost and what was saved below it."""
    rows = [(result.custom_id, "" if result.ok else "failed", _said(result)) for result in results[:_MOST_ROWS]]
    more = f"{len(results) - _MOST_ROWS} more are not shown · " if len(results) > _MOST_ROWS else ""
    return table_bundle(Table(("item", "", "answer"), rows, more + results.summary()))


def _said(result: BatchResult) -> str:
    text = result.error if not result.ok else (result.response.content if result.response is not None else "")
    return shorten(text or _calls(result), _LONGEST, placeholder=" …")


def _calls(result: BatchResult) -> str:
    calls = result.response.tool_calls if result.response is not None else []
    return ", ".join(f"calls {call.name}" for call in calls)
