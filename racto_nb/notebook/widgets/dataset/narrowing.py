"""Which examples are shown: those with a text, or those for which a condition of SQL holds. Kind: threaded; it blocks.

The condition runs in a database of its own in memory, that reaches no file, no network and no variable, is given seconds, and is
thrown away.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.tokens import TokenCounter
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.widgets.dataset.rows import answered, asked, text_of

PATIENCE = 20.0
"""Seconds that a condition may take."""
_AGAIN = 0.05
"""Seconds between two interrupts: one that comes before the database has begun is lost."""
COLUMNS = (
    "example, turns, roles, question, answer, text, characters, tokens, files, calls, source, tags, pair, errors, warnings, rules"
)
_TABLE = """CREATE TABLE examples AS SELECT * REPLACE (
    string_split(roles, ' ') AS roles, string_split(rules, ' ') AS rules) FROM given"""
Found = Mapping[int, Sequence[Finding]]


class Running:
    """A condition that is asked. `stop` ends it, from any thread, also before it has begun."""

    def __init__(self) -> None:
        self._left = threading.Event()
        self.stopped = False

    def stop(self) -> None:
        """Nobody waits for it any more."""
        self.stopped = True
        self._left.set()

    def refuse_stopped(self) -> None:
        """UsageError when it was stopped."""
        if self.stopped:
            raise UsageError("The filter was stopped.")

    @contextmanager
    def watched(self, database: Any) -> Generator[None]:
        """Interrupt what `database` does within this block when it is stopped or out of time."""
        over = threading.Event()
        watcher = threading.Thread(target=self._interrupt, args=(database, over), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            self._left.set()
            watcher.join()

    def _interrupt(self, database: Any, over: threading.Event) -> None:
        self._left.wait(PATIENCE)
        while not over.is_set():
            database.interrupt()
            over.wait(_AGAIN)


def searched(examples: Sequence[RactoTrainingExample], text: str, among: Sequence[int] | None = None) -> list[int]:
    """The places of examples with `text` in a turn, whatever its case; `among` these places alone."""
    wanted = text.casefold()
    places = range(len(examples)) if among is None else among
    return [place for place in places if any(wanted in text_of(turn.content).casefold() for turn in examples[place].turns())]


def filtered(
    examples: Sequence[RactoTrainingExample],
    where: str,
    found: Found,
    counts: Sequence[int] | None = None,
    running: Running | None = None,
) -> list[int]:
    """The places of examples for which `where` holds; `running` can stop it.

    UsageError for what is no condition over the columns, takes too long, or was stopped.
    """
    import duckdb

    running = running or Running()
    frame = _frame(examples, found, counts)
    running.refuse_stopped()
    settings: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "memory_limit": "2GB",
        "threads": "2",
        "max_temp_directory_size": "0B",
    }
    with duckdb.connect(":memory:", config=settings) as database:
        database.execute("SET python_enable_replacements = false")
        database.register("given", frame)
        database.execute(_TABLE)
        database.unregister("given")
        database.execute("SET lock_configuration = true")
        return _asked(database, where, running)


def _asked(database: Any, where: str, running: Running) -> list[int]:
    import duckdb

    # The line break ends a comment that the condition may end with.
    statement = f"SELECT example FROM examples WHERE (\n{where}\n) ORDER BY example"  # noqa: S608  (what it may reach is said above)
    try:
        parsed = database.extract_statements(statement)
        if len(parsed) != 1 or parsed[0].type != duckdb.StatementType.SELECT:
            raise UsageError("The filter is one condition, such as: tokens > 2000 AND answer ILIKE '%sorry%'")
        with running.watched(database):
            return [place for (place,) in database.execute(parsed[0]).fetchall() if isinstance(place, int)]
    except duckdb.InterruptException as error:
        running.refuse_stopped()
        raise UsageError(f"The filter took more than {PATIENCE:.0f} seconds and was stopped.") from error
    except (duckdb.Error, RuntimeError, TypeError) as error:  # TypeError: a half of a letter
        said = printable(str(error)).split("\n\n")[0][:400]
        raise UsageError(f"The filter cannot be asked. The columns are {COLUMNS}. {said}") from error


def _frame(examples: Sequence[RactoTrainingExample], found: Found, counts: Sequence[int] | None) -> Any:
    import pandas as pd

    places = range(len(examples))
    texts = ["\n".join(text_of(turn.content) for turn in example.turns()) for example in examples]
    return pd.DataFrame(
        {
            "example": places,
            "turns": [sum(1 for _ in example.turns()) for example in examples],
            "roles": [_clean(" ".join(str(turn.role) for turn in example.turns())) for example in examples],
            "question": [_clean(asked(example)) for example in examples],
            "answer": [_clean(answered(example)) for example in examples],
            "text": list(map(_clean, texts)),
            "characters": list(map(len, texts)),
            "tokens": list(counts) if counts is not None else TokenCounter().counts(examples),
            "files": [sum(len(turn.attachments) for turn in example.turns()) for example in examples],
            "calls": [sum(len(turn.tool_calls) for turn in example.turns()) for example in examples],
            "source": [_clean(example.provenance.source if example.provenance else "") for example in examples],
            "tags": [_clean(" ".join(f"{name}={value}" for name, value in (example.tags or {}).items())) for example in examples],
            "pair": [bool(example.preferred or example.rejected) for example in examples],
            "errors": [_count(found, place, "error") for place in places],
            "warnings": [_count(found, place, "warning") for place in places],
            "rules": [" ".join(dict.fromkeys(each.rule for each in found.get(place, ()))) for place in places],
        }
    )


def _clean(text: str) -> str:
    """A text that a database takes: half of a letter is none."""
    return text.encode(errors="replace").decode() if not text.isascii() else text


def _count(found: Found, place: int, kind: str) -> int:
    return sum(each.severity == kind for each in found.get(place, ()))
