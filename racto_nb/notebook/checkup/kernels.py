"""Whether notebooks run in this Python: what Jupyter starts as `python3`, and the server that this kernel belongs to."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from racto_nb.notebook.checkup.finding import Finding

_USUAL = "python3"
_FRONT_ENDS = {"ipywidgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}
"""The part that a library puts into the pages of JupyterLab and Notebook 7, below `labextensions`."""


def kernel_findings(folders: Iterable[Path] | None = None) -> list[Finding]:
    """Kernels that do not start this Python where they should, or none at all. `folders` hold them; None: those of Jupyter.

    The first of a name holds. Where that is one that was made for another environment, notebooks run there, and nothing that is
    installed here is found.
    """
    seen: dict[str, Finding | None] = {}
    for folder in _jupyter_folders("kernels") if folders is None else folders:
        for path in sorted(folder.glob("*/kernel.json")):
            name = path.parent.name.lower()
            if name not in seen:
                seen[name] = _kernel(name, path)
    return [found for found in seen.values() if found is not None]


def _kernel(name: str, path: Path) -> Finding | None:
    try:
        said: Any = json.loads(path.read_text("utf-8"))
        program = Path(cast("list[str]", said["argv"])[0])
    except (OSError, ValueError, LookupError, TypeError) as error:
        return Finding(f"kernel {name}", f"{path} cannot be read ({type(error).__name__})", f"Remove the folder {path.parent}.")
    if not program.is_absolute() or "python" not in program.name:
        return None
    if not program.exists():
        advice = f"Remove it: jupyter kernelspec remove {name}"
        return Finding(f"kernel {name}", f"its Python, {program}, is not there any more", advice, wrong=name == _USUAL)
    if name != _USUAL or _same_folder(program, Path(sys.executable)):
        return None
    advice = f"Make one of this Python: {sys.executable} -m ipykernel install --sys-prefix, and remove {path.parent}."
    return Finding(f"kernel {name}", f"{path} starts another Python ({program})", advice, wrong=True)


def server_findings(environment: Mapping[str, str]) -> list[Finding]:
    """The parts of widgets that the page needs, where the Jupyter server runs in another environment than this kernel."""
    prefix = _server_prefix(environment.get("JPY_PARENT_PID", ""))
    if prefix is None or _same(prefix, Path(sys.prefix)):
        return []
    folders = [prefix / "share" / "jupyter" / "labextensions", *_jupyter_folders("labextensions")]
    missing = [name for name, part in _FRONT_ENDS.items() if not any((folder / part).is_dir() for folder in folders)]
    state = f"Jupyter runs in {prefix}, and this kernel in {sys.prefix}"
    if not missing:
        return [Finding("environment of the page", state)]
    advice = f"There, too: {prefix / 'bin' / 'python'} -m pip install {' '.join(missing)}. Then load the page again."
    return [
        Finding(
            "environment of the page", f"{state}: it lacks {' and '.join(missing)}, so widgets stay empty", advice, wrong=True
        )
    ]


def _server_prefix(process: str) -> Path | None:
    """The environment of the program that started this kernel, where it is Jupyter and can be looked at."""
    if not process.isdecimal() or importlib.util.find_spec("psutil") is None:
        return None
    import psutil  # pyright: ignore[reportMissingModuleSource]

    try:
        words = psutil.Process(int(process)).cmdline()
    except psutil.Error:
        return None
    if not any("jupyter" in Path(word).name for word in words[:4]):
        return None
    paths = [Path(word) for word in words[:2]]
    return next((path.parent.parent for path in paths if path.is_absolute() and path.exists()), None)


def _jupyter_folders(kind: str) -> list[Path]:
    """Where Jupyter looks for `kind` here, first the place that goes before the others; none where Jupyter is not installed."""
    if importlib.util.find_spec("jupyter_core") is None:
        return []
    from jupyter_core.paths import jupyter_path

    return [Path(path) for path in jupyter_path(kind)]


def _same_folder(one: Path, other: Path) -> bool:
    return _same(one.parent, other.parent)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other
