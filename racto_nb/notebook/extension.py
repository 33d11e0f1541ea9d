"""`%load_ext racto_nb`: register the magics. Imports little; what a cell needs is imported when the first cell runs."""

from __future__ import annotations

from typing import Any

from racto_nb.notebook.magics.racto import RactoMagics


def load(shell: Any) -> None:
    """Register `%%racto` and `%racto` with an IPython shell. Loading twice keeps the first one's conversations."""
    if not any(isinstance(instance, RactoMagics) for instance in shell.magics_manager.registry.values()):
        shell.register_magics(RactoMagics)


def unload(shell: Any) -> None:
    """Take the magics away again."""
    manager = shell.magics_manager
    manager.magics["line"].pop("racto", None)
    manager.magics["cell"].pop("racto", None)
    magics = manager.registry.pop("RactoMagics", None)
    # `%config` sets the first one it finds: one that stayed would take the settings of the next.
    shell.configurables[:] = [item for item in shell.configurables if item is not magics]
