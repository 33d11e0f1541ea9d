"""`racto-nb lab`: JupyterLab on the quickstart, or on what the user names."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from racto_nb.command_line.quickstart import NAME, alone, quickstart
from racto_nb.exceptions import MissingExtraError, UsageError

RESULTS = Path("racto-nb-demo")


def open_lab(notebook: Path | None, options: Sequence[str]) -> int:
    """Start JupyterLab and wait for it. Without a `notebook`, a copy of the quickstart in this folder is opened."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise MissingExtraError("lab", missing="jupyterlab")
    target = notebook or _own_copy()
    if not target.exists():
        message = f"There is no notebook or folder {str(target)!r}. Options for JupyterLab go after --."
        raise UsageError(message)
    command = [sys.executable, "-m", "jupyterlab", *_as_root(), str(target), *options]
    return subprocess.call(command)  # noqa: S603  (our own interpreter and the user's own words)


def _own_copy() -> Path:
    """The executed demo if there is one; else a copy of the quickstart that the user may change."""
    if (RESULTS / NAME).exists():
        return RESULTS / NAME
    copy = Path(NAME)
    if not copy.exists():
        copy.write_text(alone(quickstart().read_text(encoding="utf-8")), encoding="utf-8")
    return copy


def _as_root() -> list[str]:
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
