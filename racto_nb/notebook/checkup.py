"""What `racto-nb doctor` and `%racto doctor` look at: versions, libraries, models, which keys are set (never their values)."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from racto_nb._version import __version__
from racto_nb.exceptions import RactoGatewayError
from racto_nb.notebook.magics.listing import listed
from racto_nb.providers.directory import PROVIDERS

LIBRARIES = {
    "ipython": "",
    "ipykernel": "lab",
    "jupyterlab": "lab",
    "pandas": "",
    "polars": "",
    "xllamacpp": "embedded",
    "onnxruntime": "embedded",
}
KEYS = ("OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "ANTHROPIC_API_KEY", "HF_TOKEN")
SETTINGS = ("RACTO_DISPLAY", "RACTO_DOWNLOAD", "RACTO_CACHE_DIR", "RACTO_MODELS_FILE", "HF_ENDPOINT", "HF_HUB_OFFLINE")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `what`, its `state`, and what to do about it (empty: nothing)."""

    what: str
    state: str
    advice: str = ""


def findings(environment: Mapping[str, str] | None = None) -> list[Finding]:
    """Everything worth knowing when something does not work."""
    env = os.environ if environment is None else environment
    return [
        Finding("racto-nb", __version__),
        Finding("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        *(_library(name, extra) for name, extra in LIBRARIES.items()),
        *(finding for entry in PROVIDERS.values() for finding in _models(entry.name)),
        *(Finding(name, "set" if env.get(name) else "not set") for name in KEYS),
        *(Finding(name, _without_password(env[name])) for name in SETTINGS if env.get(name)),
    ]


def _without_password(value: str) -> str:
    """`value` with what stands before the @ of an address left out.

    >>> _without_password("https://me:secret@hub.example/api")
    'https://…@hub.example/api'
    """
    return re.sub(r"//[^/\s]*@", "//…@", value)


def _library(name: str, extra: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        needed = f"[{extra}]" if extra else ""
        return Finding(name, "not installed", f"pip install 'racto-nb{needed}'")


def _models(provider: str) -> list[Finding]:
    if importlib.util.find_spec(PROVIDERS[provider].face) is None:
        return [Finding(f"{provider} models", "not available")]
    try:
        rows = listed(PROVIDERS[provider])
    except RactoGatewayError as error:
        return [Finding(f"{provider} models", "cannot be listed", str(error))]
    ready = [row.name for row in rows if row.ready]
    advice = "" if ready else "racto-nb models download"
    return [Finding(f"{provider} models", f"{len(ready)} of {len(rows)} ready{': ' + ', '.join(ready) if ready else ''}", advice)]
