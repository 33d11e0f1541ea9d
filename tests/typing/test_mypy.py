"""mypy reads the typical user code as strictly as pyright does, which `make check` runs: users have the one or the other."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import racto_nb

WRITTEN = sorted(Path(__file__).parent.glob("*api.py"))
MODULES = {path.stem for path in Path(racto_nb.__file__).parent.iterdir()}
HOOKS = {"load_ipython_extension", "unload_ipython_extension"}
"""IPython calls them."""
WRONG = """
from racto_nb import openai_developer_kit as gpt

answer: int = gpt.Chat().chat(gpt.ChatConfig(user_message="Hi")).content
gpt.Chat(modell="gpt-6-luna")

from racto_nb import RactoPromt
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where mypy keeps what it has read of the package, for the next test of this file."""
    return tmp_path_factory.mktemp("mypy")


def read(path: Path, kept: Path) -> subprocess.CompletedProcess[str]:
    """What `mypy --strict` says of a file, with no settings of the project."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", f"--cache-dir={kept}", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, cwd=kept)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_mypy_finds_nothing_in_what_users_write(path: Path, kept: Path):
    said = read(path, kept)
    assert (said.stdout, said.stderr, said.returncode) == ("", "", 0)


def test_each_public_name_is_in_what_users_write():
    words = {word for path in WRITTEN for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    assert words.issuperset(set(racto_nb.__all__) - MODULES - HOOKS)


def test_mypy_finds_what_is_wrong(kept: Path, tmp_path: Path):
    """Were the package untyped to it, it would find nothing in anything."""
    path = tmp_path / "wrong.py"
    path.write_text(WRONG)
    said = read(path, kept)
    assert said.returncode == 1
    assert [line.rpartition("[")[2] for line in said.stdout.splitlines() if ": error:" in line] == [
        "assignment]",
        "call-arg]",
        "attr-defined]",
    ]
