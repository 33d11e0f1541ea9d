"""Where the quickstart notebook is: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from racto_nb.exceptions import UsageError

NAME = "00_quickstart.ipynb"


def quickstart() -> Path:
    """The path of the quickstart notebook."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "_notebooks" / NAME, package.parent / "notebooks" / NAME):
        if place.is_file():
            return place
    message = f"The notebook {NAME} is not part of this installation. Reinstall racto-nb."
    raise UsageError(message)
