"""Tables on standard output."""

from __future__ import annotations

import sys

from racto_nb.notebook.checkup import findings, report
from racto_nb.notebook.display.tables import Table, table_bundle


def print_table(table: Table) -> None:
    """Write `table` as aligned text."""
    sys.stdout.write(table_bundle(table)["text/plain"] + "\n")


def print_findings() -> int:
    """Write what the doctor found; returns the exit code 0."""
    print_table(report(findings()))
    return 0
