"""Whether the Python that runs is the one that the user installs into."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from racto_nb.notebook.checkup.finding import Finding, without_password

_LONG = re.compile(rb"'''exec' \"?(?P<path>[^\"\n]+?)\"? \"\$0\"")
"""How an interpreter is named whose path is too long for a first line."""


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
        return [Finding("pip on PATH", state, "What it installs is not seen here. Write %pip install in a cell.", wrong=True)]
    return [Finding("racto-nb on PATH", state, f"The one of this Python: {Path(sys.executable).with_name('racto-nb')}")]


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
    """The files in `folder` that Python would import in the place of one of `libraries`. `own` is where racto_nb is."""
    found: list[Finding] = []
    for name in sorted({name.replace("-", "_").lower() for name in libraries}):
        for path in (folder / f"{name}.py", folder / name / "__init__.py"):
            if path.is_file() and not _same(path.parent, own):
                shown = path.name if path.parent == folder else f"{name}/"
                advice = f"Rename {shown} and delete __pycache__ beside it, then restart the kernel."
                found.append(Finding(shown, f"hides the library {name} from the notebooks beside it", advice, wrong=True))
    return found


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
