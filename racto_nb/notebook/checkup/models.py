"""The models on this machine, and the files in which the user adds models and facts about them."""

from __future__ import annotations

import os

from racto_nb.exceptions import RactoGatewayError
from racto_nb.notebook.checkup.finding import Finding, without_password
from racto_nb.providers.directory import DEFAULT_PROVIDER

_FILES = ("RACTO_MODELS_FILE", "RACTO_CATALOG_FILE", "RACTO_CACHE_DIR")


def model_findings() -> list[Finding]:
    """How many models are ready, and whether the user's own files can be read."""
    return [_embedded(), *_catalogue()]


def _embedded() -> Finding:
    from racto_nb.providers.embedded.registry import Registry

    what = f"{DEFAULT_PROVIDER} models"
    try:
        registry = Registry.standard()
    except RactoGatewayError as error:
        return Finding(what, "cannot be listed", _said(error), wrong=True)
    ready = registry.installed_names()
    names = f": {', '.join(ready)}" if ready else ""
    return Finding(what, f"{len(ready)} of {len(registry.cards())} ready{names}", "" if ready else "racto-nb models download")


def _catalogue() -> list[Finding]:
    from racto_nb.providers.catalog import catalogue

    try:
        catalogue()
    except RactoGatewayError as error:
        return [Finding("catalogue of models", "cannot be read", _said(error), wrong=True)]
    return []


def _said(error: RactoGatewayError) -> str:
    """What the error says, which names the user's file; where an address stands in place of the file, only which variable."""
    odd = [name for name in _FILES if (value := os.environ.get(name, "")) != without_password(value)]
    return f"{' and '.join(odd)} must be the path of a file or folder, and no address." if odd else str(error)
