"""`make wheel-test`: what `make demo` and `make test` show of this tree, shown of the wheel, in a folder where the package is not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from release.building import CONSTRAINTS, Environment, build, megabytes, requirement, tree_copied

OF_THE_SOURCE = ("architecture", "release")
"""Tests that judge the files of the tree itself, or rebuild it. They see no difference between tree and wheel."""


def main(options: Sequence[str]) -> int:
    """Build, install, run the demo and the tests with `options` of pytest, and print times and sizes."""
    lines: list[str] = []
    clock = time.perf_counter()

    def told(what: str) -> None:
        nonlocal clock
        lines.append(f"{what}: {time.perf_counter() - clock:.0f} s")
        clock = time.perf_counter()

    with tempfile.TemporaryDirectory(prefix="racto-wheel-") as place:
        folder = Path(place)
        source, wheel = sorted(build(folder / "dist"), key=lambda path: path.suffix == ".whl")
        told(f"{wheel.name} {wheel.stat().st_size / 1e3:.0f} kB and {source.name} {source.stat().st_size / 1e3:.0f} kB built")
        made = Environment.made(folder / "place")
        made.install(requirement(wheel, "all", "dev"), options=("--constraint", CONSTRAINTS))
        told(f"installed with all extras, {megabytes(made.folder / 'venv'):.0f} MB")
        tree = tree_copied(folder / "tree", without=("racto_nb",))
        where = made.run("python", "-c", "import racto_nb; print(racto_nb.__file__)").strip()
        assert Path(where).is_relative_to(made.folder), where
        _lend_scripts(tree, Path(where).parent)
        demo = subprocess.run([made.bin / "racto-nb", "demo", "--output", folder / "demo"], cwd=made.here, check=False).returncode
        told("the demo")
        tests = _tests(made, tree, options)
        told("the tests")
    sys.stdout.write("\n".join([*lines, f"racto_nb was imported from {where.replace(place, '…')}", ""]))
    return demo or tests


def _lend_scripts(tree: Path, package: Path) -> None:
    """Let the tests of the pages' scripts, which name them by their place in the tree, find those of the installed package.

    A folder without an `__init__.py` hides no package: Python code still comes from the wheel.
    """
    place = tree / "racto_nb" / "notebook" / "widgets"
    place.parent.mkdir(parents=True)
    place.symlink_to(package / "notebook" / "widgets", target_is_directory=True)


def _tests(made: Environment, tree: Path, options: Sequence[str]) -> int:
    """Run the tests of the copied tree against the wheel. Their folder holds no package, and nothing leads to this checkout."""
    ignored = [f"--ignore={tree / 'tests' / name}" for name in OF_THE_SOURCE]
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    environment |= {"PYTHONHASHSEED": "0", "PATH": f"{made.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    words = ["-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *ignored, *(options or [str(tree / "tests")])]
    return subprocess.run([made.python, *words], cwd=tree, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
