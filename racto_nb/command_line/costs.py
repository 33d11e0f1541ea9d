"""`racto-nb cost`: what the ledger says was spent."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.command_line.reports import print_table
from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.costing import CHART, SPANS, costs, wanted


def print_costs(words: Sequence[str]) -> int:
    """Print the sums that `words` ask for, over all time where they name no span. The exit code."""
    if CHART in words or "session" in words:
        message = "racto-nb cost has no chart and no session; a notebook does: %racto cost chart."
        raise UsageError(message)
    spans = [] if set(words) & set(SPANS) else ["all"]
    table, _ = costs(wanted(" ".join([*words, *spans])))
    print_table(table)
    return 0
