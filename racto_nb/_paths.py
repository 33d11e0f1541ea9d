"""Paths as users write them, and the names near one that leads nowhere."""

from __future__ import annotations

import os
from pathlib import Path

from racto_nb.exceptions import UsageError, nearest


def expanded(path: str | os.PathLike[str]) -> Path:
    """The path with a leading `~` as the home directory. UsageError when nobody knows whose home it is."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{os.fspath(path)!r} starts with the home directory of a user who is not known here.") from error


def jobs_folder(given: str | os.PathLike[str] | None, *, variable: str = "RACTO_BATCH_DIR", name: str = "batches") -> Path:
    """Where such files are: as given, else as the environment says, else in the folder `name` of the user's data folder."""
    import platformdirs

    named = given or os.environ.get(variable)
    own = Path(platformdirs.user_data_dir("racto_nb", appauthor=False)) / name
    if not named:
        return own
    try:
        return expanded(named).absolute()
    except UsageError as error:
        raise UsageError(f"{'The folder' if given else variable}: {error}") from error


def names_near(place: Path) -> list[str]:
    """The names in the folder of `place` that look most like its own, best first; empty where it cannot be listed."""
    try:
        beside = [item.name for item in place.parent.iterdir()]
    except (OSError, ValueError):
        return []
    return nearest(place.name, beside)
