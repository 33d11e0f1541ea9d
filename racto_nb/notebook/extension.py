"""`%load_ext racto_nb`: register the magics. Imports little; what a cell needs is imported when the first cell runs."""

from __future__ import annotations

import warnings
from typing import Any

from traitlets import TraitError

from racto_nb.notebook.completing import register, unregister
from racto_nb.notebook.magics.racto import RactoMagics
from racto_nb.notebook.placing import note_cells, note_no_cells
from racto_nb.notebook.progress_bars import listen, listen_no_more
from racto_nb.notebook.results import show_results, show_results_no_more


def load(shell: Any) -> None:
    """Register `%%racto`, `%racto` and their TAB completion with an IPython shell.

    Loading twice keeps the first one's conversations.
    """
    register(shell)
    show_results(shell)
    note_cells(shell)
    if any(isinstance(instance, RactoMagics) for instance in shell.magics_manager.registry.values()):
        return
    listen(shell, lambda: _display_of(shell))
    try:
        shell.register_magics(RactoMagics)
    except TraitError as error:
        # A setting that was refused stays in the shell's configuration; it must not keep the magics from being loaded.
        shell.config.pop("RactoMagics", None)
        shell.register_magics(RactoMagics)
        warnings.warn(f"The settings of RactoMagics were dropped, one of them is wrong: {error}", stacklevel=2)


def unload(shell: Any) -> None:
    """Take the magics and their TAB completion away again."""
    unregister(shell)
    listen_no_more()
    show_results_no_more(shell)
    note_no_cells(shell)
    manager = shell.magics_manager
    manager.magics["line"].pop("racto", None)
    manager.magics["cell"].pop("racto", None)
    magics = manager.registry.pop("RactoMagics", None)
    if isinstance(magics, RactoMagics):
        magics.close()
    # `%config` sets the first one it finds: one that stayed would take the settings of the next.
    shell.configurables[:] = [item for item in shell.configurables if item is not magics]


def _display_of(shell: Any) -> str:
    """How answers are shown, as the magics are set."""
    found = (item.display for item in shell.configurables if isinstance(item, RactoMagics))
    return next(found, "auto")
