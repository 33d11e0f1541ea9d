"""Whether the Python that runs is the one that the user installs into."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from importlib.machinery import BuiltinImporter, FrozenImporter
from pathlib import Path

from racto_nb.notebook.checkup.finding import Finding, without_password

_LONG = re.compile(rb"'''exec' \"?(?P<path>[^\"\n]+?)\"? \"\$0\"")
"""How an interpreter is named whose path is too long for a first line."""
_MISSED_BY_NOBODY = frozenset({"antigravity", "chunk", "idlelib", "lib2to3", "test", "this", "turtledemo"})
"""Modules of Python that no library imports: a test.py beside a notebook does no harm."""


def interpreter_findings(environment: Mapping[str, str]) -> list[Finding]:
    """What the commands on PATH and the activated environment say of a Python other than this one."""
    return [*_activated(environment), *_command("pip", environment), *_command("racto-nb", environment)]


def _activated(environment: Mapping[str, str]) -> list[Finding]:
    activated = environment.get("VIRTUAL_ENV", "")
    if not activated or _same(Path(activated), Path(sys.prefix)):
        return []
    state = f"the activated environment is {without_password(activated)}, and this Python is of {sys.prefix}"
    advice = "Choose the kernel of the environment that is meant. To make one: python -m ipykernel install --user --name NAME"
    return [Finding("environment", state, advice, wrong=True)]


def _command(name: str, environment: Mapping[str, str]) -> list[Finding]:
    found = shutil.which(name, path=environment.get("PATH", ""))
    if found is None or not sys.executable:
        return []
    script = Path(found)
    other = interpreter_of(script)
    if other is None or _same(other.parent, Path(sys.executable).parent) or _same(script.parent, Path(sys.executable).parent):
        return []
    state = f"{found} belongs to another Python ({other})"
    if name == "pip":
        advice = f"What it installs is not seen here. Write %pip install in a cell, or {sys.executable} -m pip in a terminal."
        return [Finding("pip on PATH", state, advice, wrong=not _is_called_by_its_path(environment))]
    return [Finding("racto-nb on PATH", state, f"The one of this Python: {Path(sys.executable).with_name('racto-nb')}")]


def _is_called_by_its_path(environment: Mapping[str, str]) -> bool:
    """Whether this is an environment that nobody activated: then the commands on PATH are not meant to be its own."""
    return sys.prefix != sys.base_prefix and not (environment.get("VIRTUAL_ENV") or environment.get("CONDA_PREFIX"))


def interpreter_of(script: Path) -> Path | None:
    """The Python that runs `script`, as its first lines say; None when they do not."""
    try:
        with script.open("rb") as file:
            first, second = file.readline(4096), file.readline(4096)
    except OSError:
        return None
    long = _LONG.search(second)
    line = long["path"] if long else first.removeprefix(b"#!").strip() if first.startswith(b"#!") else b""
    path = Path(line.decode("utf-8", "replace").split(" -", 1)[0].strip())
    return path if "python" in path.name else None


def shadow_findings(folder: Path, libraries: Iterable[str], own: Path) -> list[Finding]:
    """The files in `folder` that Python would import in the place of one of `libraries`, or of what belongs to Python itself.

    `own` is where racto_nb is.
    """
    hidden = {name.replace("-", "_").lower(): f"the library {name.replace('-', '_').lower()}" for name in libraries}
    hidden |= {name: f"Python's own module {name}" for name in _modules_of_python()}
    found: list[Finding] = []
    for name, what in sorted(hidden.items()):
        for path in (folder / f"{name}.py", folder / name / "__init__.py"):
            if path.is_file() and not _same(path.parent, own):
                shown = path.name if path.parent == folder else f"{name}/"
                advice = f"Rename {shown} and delete __pycache__ beside it, then restart the kernel."
                found.append(Finding(shown, f"hides {what} from the notebooks beside it", advice, wrong=True))
    return found


def _modules_of_python() -> list[str]:
    """Those that a file can hide: what is built into the interpreter is found before any file."""
    names = sorted(name for name in sys.stdlib_module_names - _MISSED_BY_NOBODY if not name.startswith("_"))
    return [name for name in names if BuiltinImporter.find_spec(name) is None and FrozenImporter.find_spec(name) is None]


def copy_findings(places: Iterable[str], own: Path) -> list[Finding]:
    """Other copies of racto_nb in the folders that Python looks through. `own` is the one that is used."""
    copies = [Path(place or ".") / own.name for place in places]
    others = dict.fromkeys(copy.resolve() for copy in copies if (copy / "__init__.py").is_file() and not _same(copy, own))
    advice = "Remove the one that is not meant: pip uninstall racto-nb, until it finds none, then install it once."
    return [Finding("another racto_nb", f"{other}; used is {own}", advice, wrong=True) for other in others]


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other
