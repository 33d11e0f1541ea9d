"""Edits that a kernel left behind when it died, made again. Kind: threaded; it blocks."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.notebook.widgets.dataset.desk import Desk
from racto_nb.notebook.widgets.dataset.journal import Group, Journal, Line


def restored(desk: Desk, name: str) -> str:
    """Make the edits in the file beside `name` again, and say what was done; "" where there was nothing to do.

    UsageError where another editor keeps its edits there.
    """
    journal = desk.journal
    if journal is None:
        return ""
    journal.open()
    try:
        return _restored(desk, journal, name)
    except BaseException:
        journal.close()
        raise


def _restored(desk: Desk, journal: Journal, name: str) -> str:
    lines = journal.restorable(desk.data.examples)
    if lines == []:
        desk.away = journal.held
        return ""
    if lines is None:
        aside = journal.put_aside().name
        return f"There were edits of other data than this beside {name!r}. They were not made; they are kept in {aside!r}."
    base = journal.begin(desk.data.examples)
    made = _made(desk, journal, lines)
    desk.away = journal.held
    count = "1 edit of an earlier session was" if len(made) == 1 else f"{len(made):,} edits of an earlier session were"
    told = f"{count} made again from {journal.path.name!r}; {name!r} is as it was. Save writes them into it."
    if len(made) == len(lines):
        return told
    return f"{told} {_rest(journal, made, base)}"


def _made(desk: Desk, journal: Journal, lines: Sequence[Line]) -> list[Group]:
    """Make the edits one after another, up to one that does not fit what is there."""
    made: list[Group] = []
    for line in lines:
        changes = [written.on(desk.data) for written in line.changes]
        fitting = tuple(change for change in changes if change is not None)
        if line.outside or len(fitting) < len(changes):
            break
        if journal.comes_to(Group(line.what, fitting)) != line.total:  # the data was another one when this was written
            break
        group = Group(line.what, fitting, line.who, "; ".join(filter(None, (line.why, f"made {line.when}, restored"))), line.when)
        desk.put(group, kept=False)
        made.append(group)
    return made


def _rest(journal: Journal, made: Sequence[Group], base: int) -> str:
    """Keep what could not be made again under another name, and begin the file anew with what was made."""
    aside = journal.put_aside().name
    journal.begin_anew(base, made)
    return f"After them the data was changed elsewhere, which is not kept: later edits were not made, and are in {aside!r}."
