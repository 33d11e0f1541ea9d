"""The paths that go on where one was begun, for TAB behind `--attach`. Reads names in one folder, and no file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

MOST_LOOKED_AT = 20_000
MOST_OFFERED = 200


def paths_from(written: str) -> list[str]:
    """The files and folders whose paths begin as `written`, as it is written: relative, absolute or with `~`.

    Folders end in `/`, so that the next TAB goes on inside. Hidden ones are offered where their dot is written. A folder that
    cannot be read offers nothing, and of a huge one only the beginning is looked at.
    """
    head, begun = written[: written.rfind("/") + 1], written[written.rfind("/") + 1 :]
    if written.startswith("~") and not head:
        return ["~/"] if written == "~" else []
    folder = os.path.expanduser(head) or "."  # noqa: PTH111  (a Path loses the "./" that was written)
    found = [name for name in _names(folder) if name.startswith(begun) and _can_be_offered(name, begun)]
    return [head + name for name in sorted(found)[:MOST_OFFERED]]


def _can_be_offered(name: str, begun: str) -> bool:
    """Hidden files only where their dot was written; never a name with a line break, or one that is no text."""
    return name.isprintable() and (begun.startswith(".") or not name.startswith("."))


def _names(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MOST_LOOKED_AT):
                yield entry.name + ("/" if _is_folder(entry) else "")
    except (OSError, ValueError):  # ValueError: no path can have this name
        return


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
