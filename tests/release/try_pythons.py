"""`make pythons`: the package and the quick tests on every Python from 3.11 on that is here."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from release.building import CONSTRAINTS, ROOT, Environment

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
FOLDERS = (
    *(
        "batch",
        "budgets",
        "cache",
        "command_line",
        "flow",
        "kits",
        "ledger",
        "limiting",
        "models",
        "prompts",
        "replay",
        "routing",
    ),
    *("telemetry", "tools", "truncation", "wire", "notebook", "test_exceptions.py", "test_gateway.py", "test_lazy.py"),
)
"""Tests of all layers that need no server, no browser and no model."""
IMPORTS = """
import importlib, pkgutil, racto_nb
for found in pkgutil.walk_packages(racto_nb.__path__, "racto_nb."):
    if not found.name.endswith("__main__") and "_child" not in found.name:
        importlib.import_module(found.name)
"""


def pythons() -> list[str]:
    """The interpreters on PATH that run: a name may be there without one."""
    found = [path for version in VERSIONS if (path := shutil.which(f"python{version}"))]
    return [path for path in found if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0]


def tried(python: str, folder: Path) -> str:
    """Install everything, import every module with warnings as errors, and run the tests; says how that went."""
    began = time.perf_counter()
    made = Environment.made(folder, python)
    made.install("--editable", f"{ROOT}[all,dev]", options=("--constraint", CONSTRAINTS))
    version = made.run("python", "-c", "import platform; print(platform.python_version())").strip()
    words = ["-m", "pytest", "-q", "-m", "not slow and not model", *(f"tests/{name}" for name in FOLDERS)]
    imported = subprocess.run([made.python, "-W", "error", "-c", IMPORTS], cwd=made.here, check=False)
    ran = subprocess.run([made.python, *words], cwd=ROOT, check=False)
    seconds = time.perf_counter() - began
    good = "well" if imported.returncode == 0 and ran.returncode == 0 else "NOT well"
    return f"Python {version}: {good}, {seconds:.0f} s"


def main(names: list[str]) -> int:
    """Try `names`, or all that are on PATH; the exit code is 1 where one of them does not go well, or where there is none."""
    told: list[str] = []
    if not (chosen := names or pythons()):
        wanted = ", ".join(f"python{version}" for version in VERSIONS)
        sys.stdout.write(
            f"Nothing was tried: none of {wanted} is on PATH and runs. Name one: make pythons PYTHONS=/path/to/python\n"
        )
        return 1
    for number, python in enumerate(chosen):
        with tempfile.TemporaryDirectory(prefix="racto-python-") as place:
            told.append(tried(python, Path(place, str(number))))
    sys.stdout.write("\n".join([*told, ""]))
    return 1 if any("NOT" in line for line in told) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
