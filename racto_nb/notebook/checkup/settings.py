"""The settings of racto_nb in the environment, and which of them say what cannot be done."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError, nearest
from racto_nb.notebook.checkup.finding import Finding, without_password

WAYS = ("auto", "live", "static", "off")
"""What RACTO_DISPLAY may say, as the magic has it; a test compares the two."""
_DOWNLOAD = ("auto", "never")
_FILES = ("RACTO_MODELS_FILE", "RACTO_CATALOG_FILE")
_FOLDERS = (
    "RACTO_CACHE_DIR", "RACTO_BATCH_DIR", "RACTO_TUNING_DIR", "RACTO_INGEST_DIR", "RACTO_FLEET_DIR", "RACTO_KAFKA_DIR",
    "RACTO_LEDGER",
)  # fmt: skip
SETTINGS = (
    "RACTO_DISPLAY", "RACTO_DOWNLOAD", *_FILES, "RACTO_REPLAY", "RACTO_REPLAY_FILE", "RACTO_TELEMETRY", *_FOLDERS,
    "HF_HUB_OFFLINE",
)  # fmt: skip
_NO_FOLDERS = {"RACTO_LEDGER": ("off", ":memory:")}
"""Words that a variable of a folder may also say."""
_Trouble = tuple[str, str]
"""What is wrong with a setting, and what to do."""


def setting_findings(environment: Mapping[str, str]) -> list[Finding]:
    """The settings that are set. One that makes calls or cells fail is wrong."""
    return [_setting(name, value, environment) for name in SETTINGS if (value := environment.get(name))]


def _setting(name: str, value: str, environment: Mapping[str, str]) -> Finding:
    trouble = _trouble_of(name)(name, value, environment)
    return Finding(name, without_password(value)) if trouble is None else Finding(name, *trouble, wrong=True)


def _trouble_of(name: str) -> Callable[[str, str, Mapping[str, str]], _Trouble | None]:
    if name in _FILES:
        return _file
    if name in _FOLDERS:
        return _folder
    looks = {
        "RACTO_DISPLAY": _display,
        "RACTO_DOWNLOAD": _download,
        "RACTO_REPLAY": _replay,
        "RACTO_REPLAY_FILE": _recording,
        "RACTO_TELEMETRY": _telemetry,
    }
    return looks.get(name, _nothing)


def _nothing(*_: object) -> None:
    """There is no wrong value."""


def _display(_name: str, value: str, _environment: Mapping[str, str]) -> _Trouble | None:
    return None if value in WAYS else _word(value, WAYS, "a way to show answers", "every %%racto cell fails")


def _download(_name: str, value: str, _environment: Mapping[str, str]) -> _Trouble | None:
    said = value.strip().lower()
    if said in {"", *_DOWNLOAD}:
        return None
    return _word(value, _DOWNLOAD, "a rule for downloads", "no model on this machine can be asked")


def _replay(_name: str, value: str, environment: Mapping[str, str]) -> _Trouble | None:
    from racto_nb.replay.blocks import FILE_VARIABLE, MODES

    mode, _, named = (part.strip() for part in value.partition(":"))
    if not value.strip():
        return None
    if mode not in MODES:
        return _word(value, MODES, "a way to replay", "every call and every cell fails")
    file = named or environment.get(FILE_VARIABLE, "").strip()
    if mode == "replay" and Path(file).is_absolute() and not _stands(Path(file)):
        state = f"{without_password(value)}, and the recording {without_password(file)} does not exist, so that every call fails"
        return state, f"Record it (RACTO_REPLAY=auto), or correct {'RACTO_REPLAY' if named else FILE_VARIABLE}."
    return _recording("RACTO_REPLAY", named, environment) if named and mode != "off" else None


def _recording(_name: str, value: str, _environment: Mapping[str, str]) -> _Trouble | None:
    from racto_nb.exceptions import ReplayFileError
    from racto_nb.replay.file import check_recording

    path = Path(value.strip())
    if _stands(path) == "folder":
        return f"{without_password(value)!r} is a folder, and a recording is a file", "Name a file in it: answers.replay.jsonl."
    try:
        check_recording(path)
    except ReplayFileError as error:
        return str(error), "Name another file, or put this one away: every call fails."
    return None if _stands(path) else _unmade(path.absolute().parent, value)


def _telemetry(_name: str, value: str, _environment: Mapping[str, str]) -> _Trouble | None:
    from racto_nb.telemetry.choosing import WAYS as TRACED

    said = value.strip().lower() or "off"
    if said not in TRACED:
        return _word(value, TRACED, "a way to trace", "every call and every cell fails")
    if said != "off" and importlib.util.find_spec("opentelemetry") is None:
        return f"{said}, but OpenTelemetry is not installed, so that every call fails", "pip install 'racto-nb[telemetry]'"
    return None


def _word(value: str, known: tuple[str, ...], what: str, so: str) -> _Trouble:
    shown = without_password(value)
    close = nearest(shown.partition(":")[0].strip(), known)
    near = f" Did you mean {close[0]!r}?" if close else ""
    return f"{shown!r} is not {what}", f"One of {', '.join(known)}.{near} With this value {so}."


def _file(name: str, value: str, _environment: Mapping[str, str]) -> _Trouble | None:
    try:
        stands = _stands(expanded(value).absolute())
    except UsageError as error:
        return str(error), f"Correct {name}."
    if stands == "file":
        return None
    state = f"{without_password(value)!r} {'is a folder' if stands else 'does not exist'}"
    return state, f"Write the file, correct {name}, or unset it."


def _folder(name: str, value: str, _environment: Mapping[str, str]) -> _Trouble | None:
    if value.strip().lower() in _NO_FOLDERS.get(name, ()):
        return None
    try:
        path = expanded(value).absolute()
    except UsageError as error:
        return str(error), f"Correct {name}."
    return _unmade(path, value)


def _unmade(path: Path, value: str) -> _Trouble | None:
    """What keeps a folder from being there, or from being made."""
    first, stands = next(((place, stands) for place in (path, *path.parents) if (stands := _stands(place))), (path, "folder"))
    shown = repr(without_password(value))
    if stands == "file":
        return f"{shown} is in no folder, and none can be made there: {str(first)!r} is a file", "Correct it."
    if not os.access(first, os.W_OK):
        return f"{shown} cannot be written: nothing can be made in {str(first)!r}", "Name another place, or ask for the right to."
    return None


def _stands(path: Path) -> str:
    """Whether a "file" or a "folder" is there, or nothing."""
    try:
        return "folder" if path.is_dir() else "file" if path.exists() else ""
    except (OSError, ValueError):  # no name that a file can have
        return ""
