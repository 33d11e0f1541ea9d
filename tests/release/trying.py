"""Try extras, each alone in an environment of its own, which is removed after."""

from __future__ import annotations

import shutil
import textwrap
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from release.building import CONSTRAINTS, Environment, megabytes, requirement
from release.extras_table import EXTRAS

TESTS = Path(__file__).resolve().parents[1]
WEAVIATE = CONSTRAINTS.with_name("constraints-weaviate.txt")
_PROGRAM = """
import importlib, sys
sys.path += [{faces!r}, {tests!r}]  # what is installed goes first
for name in {modules!r}:
    importlib.import_module(name)
if __name__ == "__main__":
    for face in {chosen!r}:
        module, function = face.split(":")
        sys.stderr.write(face + "\\n")
        getattr(importlib.import_module(module), function)()
"""


@dataclass(frozen=True)
class Tried:
    """How long it took to install and to try an extra, and what it weighs beside the core."""

    install_s: float
    try_s: float
    megabytes: float


def try_extra(name: str, wheel: Path, folder: Path) -> Tried:
    """Install `wheel` with one extra, import what it promises and use it. AssertionError, with what was said, where that fails."""
    made = Environment.made(folder)
    try:
        began = time.perf_counter()
        made.install(requirement(wheel, *filter(None, [name])), options=versions(name))
        installed, size = time.perf_counter(), megabytes(folder / "venv")
        promise = EXTRAS[name]
        faces, tests = str(TESTS / "release" / "faces"), str(TESTS)
        (made.here / "trying_it.py").write_text(
            textwrap.dedent(_PROGRAM).format(faces=faces, tests=tests, modules=promise.modules, chosen=promise.faces), "utf-8"
        )
        made.run("python", "trying_it.py", timeout=900)
        return Tried(installed - began, time.perf_counter() - installed, size)
    finally:
        shutil.rmtree(folder)


def versions(name: str) -> list[str | Path]:
    """The versions that are tried. Weaviate's client holds others back: it has its own, and with all stores pip shall find some."""
    own: dict[str, list[str | Path]] = {"rag-weaviate": ["--constraint", WEAVIATE], "rag-all": []}
    return own.get(name, ["--constraint", CONSTRAINTS])


def table_of(tried: Sequence[tuple[str, Tried]], core: Tried) -> str:
    """The rows as aligned text."""
    lines = [f"{'extra':14} {'install s':>9} {'try s':>6} {'MB':>6} {'more than the core':>19}"]
    lines += [
        f"{name or '(core)':14} {one.install_s:9.1f} {one.try_s:6.1f} {one.megabytes:6.0f} {one.megabytes - core.megabytes:19.0f}"
        for name, one in tried
    ]
    return "\n".join(lines)
