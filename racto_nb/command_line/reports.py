"""Tables on standard output."""

from __future__ import annotations

import sys

from racto_nb.notebook.checkup import findings, report
from racto_nb.notebook.display.tabling import Table, table_bundle

_PLAIN = {"→": "->", "←": "<-", "…": "...", "—": "-", "·": "|", "≥": ">="}


def print_table(table: Table) -> None:
    """Write `table` as aligned text. Signs that the output's encoding lacks, such as arrows, become others."""
    text = table_bundle(table)["text/plain"] + "\n"
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        for sign, plain in _PLAIN.items():
            text = text.replace(sign, plain)
        text = text.encode(encoding, errors="replace").decode(encoding)
    sys.stdout.write(text)


def print_findings(*, services: bool = False) -> int:
    """Write what the doctor found, with `services` also which servers answer; returns the exit code 0."""
    print_table(report(findings(services=services)))
    return 0
