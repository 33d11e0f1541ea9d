"""Which ledger holds: the one of the block, else the process's, else the one that RACTO_LEDGER names, else the user's own."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from racto_nb._scoped import Scoped
from racto_nb.exceptions import UsageError
from racto_nb.ledger.ledger import MEMORY, Ledger, texts_wanted

OFF = "off"
_OPENED = 8


class _Usual:
    """Stands for the ledger that the environment names, which may change."""


_USUAL = _Usual()
_CHOSEN: Scoped[Ledger | _Usual | None] = Scoped("ledger", _USUAL)


def current() -> Ledger | None:
    """The ledger that holds here and now; None where it is off.

    >>> with ledger_at(":memory:") as own:
    ...     current() is own
    True
    """
    chosen = _CHOSEN.get()
    if isinstance(chosen, _Usual):
        return _usual(os.environ.get("RACTO_LEDGER", "").strip(), texts=texts_wanted(os.environ))
    return chosen


def needed() -> Ledger:
    """The ledger that holds. Raises UsageError where it is off."""
    if (found := current()) is None:
        message = (
            "The ledger is off, so that there is nothing to read. Turn it on with racto_nb.ledger.use(FOLDER), or RACTO_LEDGER."
        )
        raise UsageError(message)
    return found


def use(ledger: Ledger | str | os.PathLike[str] | None, *, texts: bool = False) -> Ledger | None:
    """Let a ledger hold for the whole process: a folder, ":memory:", "off" or None for none. The one that holds now.

    `use("")` gives the choice back to RACTO_LEDGER.
    """
    _CHOSEN.set(_USUAL if ledger == "" else _ledger(ledger, texts=texts))
    return current()


@contextmanager
def ledger_at(ledger: Ledger | str | os.PathLike[str] | None, *, texts: bool = False) -> Generator[Ledger | None]:
    """Let a ledger hold within a `with` block, for the calls that begin there: a folder, ":memory:", or None for none."""
    chosen = _ledger(ledger, texts=texts)
    with _CHOSEN.block(chosen):
        try:
            yield chosen
        finally:
            if chosen is not None and chosen is not ledger:
                chosen.port.settle()


def _ledger(ledger: Ledger | str | os.PathLike[str] | None, *, texts: bool) -> Ledger | None:
    if ledger is None or isinstance(ledger, Ledger):
        return ledger
    return None if os.fspath(ledger).strip().lower() == OFF else Ledger(ledger, texts=texts)


@lru_cache(maxsize=_OPENED)
def _usual(named: str, *, texts: bool) -> Ledger | None:
    """The ledger that RACTO_LEDGER names; for "" the one in the user's data folder."""
    if named.lower() == OFF:
        return None
    if named:
        return Ledger(MEMORY if named == MEMORY else Path(named), texts=texts)
    import platformdirs

    return Ledger(Path(platformdirs.user_data_dir("racto_nb", appauthor=False)) / "ledger", texts=texts)
