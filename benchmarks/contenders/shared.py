"""Where the shared material (data sets that are no part of the project) lies, if it is on this machine."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
MISSING = "the shared material is not here (RACTO_SHARED names its folder)"
SIGN = Path("spec", "reference_api.md")
"""What the material holds, and other folders of the name `shared` do not."""


def shared_folder(*parts: str) -> Path | None:
    """A folder in the one that RACTO_SHARED names, else in `shared` beside the project, where that is the material; None where
    there is none. A RACTO_SHARED that names no folder is an error, and no reason to leave something out.
    """
    if named := os.environ.get("RACTO_SHARED"):
        if not Path(named).is_dir():
            msg = f"RACTO_SHARED={named!r} is no folder. Name that of the shared material, or take the variable away."
            raise NotADirectoryError(msg)
        found = Path(named, *parts)
    else:
        beside = PROJECT.parent / "shared"
        if not (beside / SIGN).is_file():
            return None
        found = beside.joinpath(*parts)
    return found if found.is_dir() else None
