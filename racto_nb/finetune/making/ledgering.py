"""Examples from a ledger that keeps texts: what was asked last, and what was answered. Kind: threaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from racto_nb._paths import expanded, names_near
from racto_nb.exceptions import MissingFileError, UsageError
from racto_nb.finetune.examples import Provenance, RactoTrainingExample
from racto_nb.finetune.making.made import Harvest, Made
from racto_nb.ledger.choosing import needed
from racto_nb.ledger.ledger import MEMORY, Ledger

_QUERY = (
    "SELECT id, time, provider, model, answered, finish_reason, error, question, answer, count(question) OVER () AS texts "
    "FROM calls WHERE kind IN ('chat', 'stream') ORDER BY time, id"
)


def examples_from_ledger(
    ledger: Ledger | str | os.PathLike[str] | None = None, *, system: str = ""
) -> Made[Sequence[RactoTrainingExample]]:
    """An example for each answer of `ledger` (None: the one that holds) that came to its end: the question and the answer.

    A ledger keeps texts only where it was told to (`texts=True`, or RACTO_LEDGER_TEXTS=1), and then the last question and the
    answer: no system text, no turns before, no tools, no files. `system` is put before each. Where that matters, record calls and
    use `from_replay`. Raises UsageError for a ledger without texts, and MissingFileError where it is not there.
    """
    held = needed() if ledger is None else ledger if isinstance(ledger, Ledger) else _ledger_at(ledger)
    with held.connect() as connection:
        rows: list[tuple[Any, ...]] = connection.execute(_QUERY).fetchall()
    if not rows:
        msg = f"{held!r} has no answers: nothing was asked while it held, or another folder is meant."
        raise UsageError(msg)
    if not any(row[-1] for row in rows):
        msg = (
            f"{held!r} keeps no texts, so there is nothing to learn in its {len(rows):,} answers. Keep them from now on with "
            "racto_nb.ledger.use(FOLDER, texts=True) or RACTO_LEDGER_TEXTS=1, or record calls (with record(FILE): …) and use "
            "from_replay, which has the system text, earlier turns and tools too."
        )
        raise UsageError(msg)
    harvest = Harvest()
    for row in rows:
        _add(row, system, harvest)
    return harvest.made()


def _ledger_at(path: str | os.PathLike[str]) -> Ledger:
    """The ledger in a folder. One that is not there would be an empty one: a name with a slip in it would say nothing."""
    if (name := os.fspath(path)) == MEMORY or not name.strip() or (place := expanded(name)).is_dir():
        return Ledger(path)
    if not place.exists():
        raise MissingFileError(str(place), names_near(place))
    msg = f"{name!r} is a file, and no ledger: a ledger is a folder, as racto_nb.ledger.use(FOLDER, texts=True) makes one."
    raise UsageError(msg)


def _add(row: tuple[Any, ...], system: str, harvest: Harvest) -> None:
    identity, time, provider, model, answered, reason, error, question, answer, _ = row
    where = f"call {identity}"
    if error is not None:
        harvest.leave(where, "failed", f"There was no answer, but an error: {error}")
    elif reason == "length":
        harvest.leave(where, "cut", "The answer was cut at max_tokens.")
    elif reason == "tool_call":
        harvest.leave(where, "empty", "The answer called tools, which a ledger does not keep.")
    elif reason not in {None, "stop"}:
        harvest.leave(where, "refused", f"The answer ended with {reason!r}.")
    elif not question or not answer:
        harvest.leave(where, "empty", "The question or the answer was not kept.")
    else:
        made = time.isoformat() + "Z" if isinstance(time, datetime) else ""
        source = Provenance("ledger", where, f"{provider}:{answered or model}", made)
        pair = RactoTrainingExample.from_pair(question, answer, system=system)
        harvest.examples.append(RactoTrainingExample(pair.messages, provenance=source))
