"""Paths as users write them, and the names near one that leads nowhere."""

from __future__ import annotations

from pathlib import Path

from racto_nb.exceptions import UsageError, nearest


def expanded(path: str | Path) -> Path:
    """The path with a leading `~` as the home directory. UsageError when nobody knows whose home it is."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{str(path)!r} starts with the home directory of a user who is not known here.") from error


def names_near(place: Path) -> list[str]:
    """The names in the folder of `place` that look most like its own, best first; empty where it cannot be listed."""
    try:
        beside = [item.name for item in place.parent.iterdir()]
    except (OSError, ValueError):
        return []
    return nearest(place.name, beside)
