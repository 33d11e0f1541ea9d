"""Where the quickstart notebook is: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

import re
from pathlib import Path

from racto_nb.exceptions import UsageError

NAME = "00_quickstart.ipynb"
_SERIES = re.compile(r'\*Part \d+ of \d+\.[^*"]*\*')


def quickstart() -> Path:
    """The path of the quickstart notebook."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "_notebooks" / NAME, package.parent / "notebooks" / NAME):
        if place.is_file():
            return place
    message = f"The notebook {NAME} is not part of this installation. Reinstall racto-nb."
    raise UsageError(message)


def alone(notebook: str) -> str:
    """The text of a notebook's file without its links to the others of its series, which do not lie beside a copy.

    >>> alone('"*Part 1 of 13. Next: [01_next](01_next.ipynb).*"')
    '"*The others of this series are in the folder notebooks of the project.*"'
    """
    return _SERIES.sub("*The others of this series are in the folder notebooks of the project.*", notebook)
