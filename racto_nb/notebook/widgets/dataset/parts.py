"""What the desk holds, as parts of the state. Each is made anew when something of it has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from racto_nb.finetune.checking.results import Findings
from racto_nb.finetune.token_lengths import TokenLengths
from racto_nb.finetune.tokens import TokenCounter
from racto_nb.notebook.controllers.dataset.state import Checks, Lengths, Log, Opened, RuleCount, Saving, Sheet
from racto_nb.notebook.widgets.dataset.desk import Desk

_EDITS = 60
"""Edits that are listed."""
_PLACES = 12
"""Places of a rule's findings that are listed."""
_BINS = 40


def sheet_of(desk: Desk, before: Sheet, *, told: str = "") -> Sheet:
    """The rows as they are now."""
    return replace(before, count=len(desk.data), shown=desk.shown, shape=desk.shape, fresh=desk.fresh, busy=False, told=told)


def log_of(desk: Desk, *, diff: str = "") -> Log:
    """The last edits, and what can be taken back here."""
    history = desk.data.history
    edits = tuple(
        (f"{edit.when:%Y-%m-%d %H:%M:%S}", edit.who, edit.what, edit.why, f"+{edit.added} -{edit.removed}")
        for edit in reversed(history[-_EDITS:])
    )
    undo = desk.done[-1][0].what if desk.done else ""
    redo = desk.undone[-1].what if desk.undone else ""
    return Log(edits, len(history), undo, redo, diff)


def saving_of(desk: Desk, path: Path | None, *, notice: str = "", done: str = "") -> Saving:
    """Where the data is kept. Whether edits are in the file of edits alone is counted since it was opened or saved."""
    beside = "" if desk.journal is None else desk.journal.path.name
    return Saving("" if path is None else str(path), beside, desk.unsaved, path is not None and path.exists(), notice, done)


def opened_of(desk: Desk, place: int, key: str) -> Opened:
    """The example at `place`, with what is known about it."""
    return Opened(key, place, desk.row(place), desk.data[place], desk.found.get(place, ()))


def checks_of(findings: Findings) -> Checks:
    """What all checks say, by their rules, errors first."""
    order = {"error": 0, "warning": 1, "hint": 2}
    rules = [
        RuleCount(
            some[0],
            len(some),
            sum(each.fixable for each in some),
            tuple(dict.fromkeys(each.example for each in some if each.example is not None))[:_PLACES],
        )
        for some in findings.by_rule().values()
    ]
    rules.sort(key=lambda rule: (order[rule.first.severity], -rule.count))
    return Checks(findings.provider, "done", findings.summary(), tuple(rules))


def lengths_of(counts: Sequence[int], counter: TokenCounter, limit: int | None) -> Lengths | None:
    """The histogram of the tokens; None without examples."""
    lengths = TokenLengths(counts, counter.name, counter.exact, limit)
    bins = lengths.bins(_BINS)
    if not bins:
        return None
    line = repr(lengths).rsplit("\n", 1)[-1]
    return Lengths((*(first for first, _, _ in bins), bins[-1][1] + 1), tuple(count for _, _, count in bins), line, limit)
