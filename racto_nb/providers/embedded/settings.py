"""What the environment says about models: where they are kept, whether and from where they may be fetched."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError

_OFFICIAL_HUB = "https://huggingface.co"
_YES = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Where models are kept and how they may be fetched.

    `cache_dir` holds the model files. `models_file` is the user's own table of models; only when `models_file_required` must it
    exist. `pip_command` is the beginning of the command line that runs pip. The hub's token is never shown, not even by `repr`.
    """

    cache_dir: Path
    models_file: Path
    models_file_required: bool = False
    download_allowed: bool = True
    hub_endpoint: str = _OFFICIAL_HUB
    hub_token: str | None = field(default=None, repr=False)
    hub_offline: bool = False
    pip_command: tuple[str, ...] = ()


def settings_from(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings the environment asks for.

    `RACTO_CACHE_DIR` (models go into its folder `models`), `RACTO_MODELS_FILE`, `RACTO_DOWNLOAD` (`auto` or `never`),
    `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE` are read; the defaults are the user's cache and configuration folders.

    Raises `UsageError` for a value of `RACTO_DOWNLOAD` that is neither `auto` nor `never`.

    >>> settings_from({"RACTO_CACHE_DIR": "/data", "RACTO_DOWNLOAD": "never"}).download_allowed
    False
    """
    import platformdirs

    env = os.environ if environ is None else environ
    cache = env.get("RACTO_CACHE_DIR") or platformdirs.user_cache_dir("racto_nb", appauthor=False)
    own = env.get("RACTO_MODELS_FILE")
    return Settings(
        cache_dir=expanded(cache).absolute() / "models",
        models_file=_models_file(own, platformdirs.user_config_dir("racto_nb", appauthor=False)),
        models_file_required=bool(own),
        download_allowed=_download_allowed(env.get("RACTO_DOWNLOAD", "")),
        hub_endpoint=(env.get("HF_ENDPOINT") or _OFFICIAL_HUB).rstrip("/"),
        hub_token=(env.get("HF_TOKEN") or "").strip() or None,
        hub_offline=env.get("HF_HUB_OFFLINE", "").strip().lower() in _YES,
        pip_command=pip_of_this_environment(),
    )


def _models_file(own: str | None, config_dir: str) -> Path:
    return expanded(own).absolute() if own else Path(config_dir) / "models.toml"


def _download_allowed(said: str) -> bool:
    match said.strip().lower():
        case "" | "auto":
            return True
        case "never":
            return False
        case _:
            msg = f"RACTO_DOWNLOAD is {said!r}. Write 'never' to forbid downloads of models, or 'auto' to allow them."
            raise UsageError(msg)


def pip_of_this_environment() -> tuple[str, ...]:
    """The command line that runs this environment's pip; empty where the interpreter does not know its own path."""
    # -P: a file named pip.py beside the notebook must not be run in pip's place.
    return (sys.executable, "-P", "-m", "pip") if sys.executable else ()
