"""`%racto jobs`: the batches, fine-tunes, ingestions and groups of tasks of this notebook's objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.notebook.controllers.jobs.kinds import source_named
from racto_nb.notebook.display.tables import show_text
from racto_nb.notebook.magics.option_table import Row
from racto_nb.notebook.magics.options import parsed, refuse_empty, split_line
from racto_nb.notebook.opening.reading import leading
from racto_nb.notebook.opening.showing import opened, refuse_taken

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics

JOBS_TABLE: tuple[Row, ...] = (
    (("--every",), {"type": float, "metavar": "SECONDS", "default": 30.0, "help": "look again after so long (30); 0 when asked"}),
    (("-o", "--into"), {"metavar": "NAME", "default": "jobs", "help": "the variable that holds the panel (jobs)"}),
)
"""The options of `%racto jobs [NAME …]`."""


def open_jobs(magics: RactoMagics, line: str) -> None:
    """Open a panel of the jobs of the variables that `line` names, or of all; say how to make one where there is none."""
    from racto_nb.notebook.widgets.jobs import JobsPanel

    words = split_line(line)
    named = leading(words)
    values = parsed(words[len(named) :], JOBS_TABLE)
    refuse_empty(JOBS_TABLE, values)
    refuse_taken(magics, values["into"], JobsPanel)
    names = named or sources_in(magics.namespace)
    if not names:
        show_text(
            "There is no batch processor, no tuner, no RactoRAG and no RactoCeleryWorker here. Make one, e.g. "
            "batches = OpenAIBatchProcessor(MODEL)."
        )
        return
    panel = JobsPanel(every=values["every"], **_each_once(names, magics.namespace))
    opened(magics, panel, values["into"])


def sources_in(namespace: Mapping[str, Any]) -> list[str]:
    """The variables that hold an object with jobs. Nothing is imported where there is none."""
    return sorted(name for name, value in namespace.items() if not name.startswith("_") and source_named(value))


def _each_once(names: Iterable[str], namespace: Mapping[str, Any]) -> dict[str, object]:
    """What the variables hold, one that two of them hold under the first name only: its jobs would be counted twice."""
    held = {name: _held(name, namespace) for name in names}
    first = {id(value): name for name, value in reversed(held.items())}
    return {name: value for name, value in held.items() if first[id(value)] == name}


def _held(name: str, namespace: Mapping[str, Any]) -> object:
    if name not in namespace:
        raise UsageError(f"There is no variable {name!r}.{did_you_mean(name, sources_in(namespace))}")
    return namespace[name]
