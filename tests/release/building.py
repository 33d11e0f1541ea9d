"""Wheels, and environments of their own to try them in. What runs there sees nothing of this checkout or of the user's settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / ".ci" / "constraints.txt"
UNVERSIONED = shutil.ignore_patterns("__pycache__", ".*cache", ".venv*", "build", "dist", ".git", "*.egg-info")
LONGEST = 1800
"""Seconds. Large libraries come over slow lines."""


def build(folder: Path, *kinds: str, tree: Path = ROOT) -> list[Path]:
    """Build the wheel and the source distribution of `tree`, or those of `kinds`, into `folder`."""
    targets = [word for kind in kinds for word in ("-t", kind)]
    done(sys.executable, "-m", "hatchling", "build", *targets, "-d", folder, cwd=tree)
    return sorted(folder.iterdir())


def done(
    *words: str | Path, cwd: Path, environment: Mapping[str, str] | None = None, timeout: float = LONGEST, told: str = ""
) -> str:
    """Run a program and return what it wrote; AssertionError with all of it when it fails."""
    run = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=environment, input=told, capture_output=True, text=True, timeout=timeout,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, f"{' '.join(map(str, words))}: exit code {run.returncode}\n{run.stdout}\n{run.stderr}"
    return run.stdout


def tree_copied(folder: Path, *, without: Sequence[str] = ()) -> Path:
    """What a clone of this project holds, copied into `folder`, but the entries of `without` at its top."""
    shutil.copytree(
        ROOT, folder, ignore=lambda path, names: UNVERSIONED(path, names) | (set(without) if Path(path) == ROOT else set())
    )
    return folder


def megabytes(folder: Path) -> float:
    """The size of all files below `folder`."""
    return sum(path.lstat().st_size for path in folder.rglob("*")) / 1e6


@dataclass(frozen=True)
class Environment:
    """An environment that `made` made, below `folder`, with an empty HOME and an empty folder to work in."""

    folder: Path

    @property
    def bin(self) -> Path:
        return self.folder / "venv" / "bin"

    @property
    def python(self) -> Path:
        return self.bin / "python"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def here(self) -> Path:
        return self.folder / "here"

    @classmethod
    def made(cls, folder: Path, python: str = sys.executable) -> Environment:
        """An environment with pip, and without any other package."""
        made = cls(folder)
        for path in (made.home, made.here):
            path.mkdir(parents=True)
        if uv := uv_path():
            done(uv, "venv", "--quiet", "--seed", "--python", python, folder / "venv", cwd=folder)
        else:
            done(python, "-m", "venv", folder / "venv", cwd=folder)
        return made

    def install(self, *wanted: str | Path, options: Sequence[str | Path] = ("--constraint", CONSTRAINTS)) -> None:
        """Install what pip would understand, from its registry or the cache of uv."""
        uv = uv_path()
        installer = [uv, "pip", "install", "--python", self.python] if uv else [self.python, "-m", "pip", "install"]
        done(*installer, "--quiet", *options, *wanted, cwd=self.here)

    @property
    def variables(self) -> dict[str, str]:
        """Those of a container: no key, no PYTHONPATH, a home without settings. Models that are on this machine stay known."""
        cache = os.environ.get("RACTO_CACHE_DIR") or platformdirs.user_cache_dir("racto_nb", appauthor=False)
        return {
            "HOME": str(self.home), "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
            "RACTO_CACHE_DIR": cache, "RACTO_DOWNLOAD": "never", "RACTO_LEDGER": "off",
        }  # fmt: skip

    def run(self, *words: str | Path, told: str = "", timeout: float = 300) -> str:
        """Run one of its commands in its empty folder, and return what it wrote."""
        return done(self.bin / words[0], *words[1:], cwd=self.here, environment=self.variables, told=told, timeout=timeout)


def uv_path() -> str | None:
    """uv, where it is installed: it takes seconds for what takes pip minutes."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def requirement(wheel: Path, *extras: str) -> str:
    """What to tell pip to install `wheel` with `extras`."""
    return f"racto-nb[{','.join(extras)}] @ {wheel.as_uri()}" if extras else str(wheel)
