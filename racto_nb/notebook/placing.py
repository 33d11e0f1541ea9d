"""Which cell runs, told to whoever asks where a call was made. The ledger writes it down."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from racto_nb._place import HERE, NOWHERE, Place

_EVENT = "pre_run_cell"
_EDITORS_NAME = "__vsc_ipynb_file__"
"""VS Code's name for the path of the notebook, a variable of it."""


def note_cells(shell: Any) -> None:
    """Note each cell of an IPython shell before it runs. Doing so twice is doing so once."""
    note_no_cells(shell)
    shell.events.register(_EVENT, _Noting(shell).note)


def note_no_cells(shell: Any) -> None:
    """Note the cells of an IPython shell no more."""
    for callback in list(shell.events.callbacks[_EVENT]):
        if isinstance(getattr(callback, "__self__", None), _Noting):
            with suppress(ValueError):
                shell.events.unregister(_EVENT, callback)
    HERE.set(NOWHERE)


class _Noting:
    """Notes the cells of one shell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    def note(self, info: Any) -> None:
        """IPython calls it before each cell."""
        own = self._shell.user_ns.get(_EDITORS_NAME)
        notebook = os.environ.get("JPY_SESSION_NAME") or (own if isinstance(own, str) else None)
        HERE.set(Place(notebook, getattr(info, "cell_id", None)))
