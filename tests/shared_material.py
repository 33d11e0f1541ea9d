"""Where the shared material (the specification, data sets) lies, if it is on this machine.

Tests that read it are skipped, with a reason, where it is missing; no other test needs it.
"""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
SIGN = Path("spec", "reference_api.md")
"""What the material holds, and other folders of the name `shared` do not."""
MISSING = "the shared material is not here: set RACTO_SHARED to its folder"


def shared_path() -> Path | None:
    """The folder that RACTO_SHARED names, else `shared` beside the project, where it is the material; None when there is none.

    A RACTO_SHARED that names no folder is an error and not a reason to skip.
    """
    if named := os.environ.get("RACTO_SHARED"):
        folder = Path(named)
        if not folder.is_dir():
            msg = f"RACTO_SHARED={named!r} is no folder"
            raise NotADirectoryError(msg)
        return folder
    beside = PROJECT.parent / "shared"
    return beside if (beside / SIGN).is_file() else None
