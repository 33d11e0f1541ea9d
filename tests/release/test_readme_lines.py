"""Each shell line of the README works for somebody who has only Python and make: a new home, an empty folder, no setting."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from release.building import ROOT, Environment, build, done, requirement, tree_copied, uv_path

README = (ROOT / "README.md").read_text("utf-8")
KNOWN = ("make", "pip install", "racto-nb", "python -m racto_nb", "jupyter lab")
WHOLE = ("test", "bench", "extras", "pythons", "wheel-test")
"""Targets of make that take minutes, the one that runs this test among them: it is looked whether make knows what to do."""
_BLOCK = re.compile(r"^```(?P<kind>sh|text)\n(?P<lines>.*?)^```$", re.DOTALL | re.MULTILINE)
_REACHING = ("PIP_", "UV_", "SSL_", "XDG_CONFIG_DIRS")
"""How this machine reaches its package registry."""


def shell_lines(text: str) -> list[str]:
    """All lines of `sh` blocks, and those of `text` blocks that begin with a command that is known."""
    found = [(block["kind"], line.strip()) for block in _BLOCK.finditer(text) for line in block["lines"].splitlines()]
    return [line for kind, line in found if line and not line.startswith("#") and (kind == "sh" or line.startswith(KNOWN))]


LINES = shell_lines(README)


def words(line: str) -> list[str]:
    return shlex.split(line, comments=True)


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_one_that_is_tried_below(line):
    assert line.startswith(KNOWN), f"{line!r} is not tried by any test: write it otherwise, or add it to {__name__}"
    if line.startswith("make"):
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert set(words(line)[1:]) <= set(targets)


def test_lines_are_found_and_comments_are_not():
    page = (
        "```sh\nmake demo  # with a comment\n# alone\n\nrm -rf x\n```\n```text\n%racto demo\npip install 'racto-nb[all]'\n```\n"
    )
    assert shell_lines(page) == ["make demo  # with a comment", "rm -rf x", "pip install 'racto-nb[all]'"]
    assert {"make demo", "pip install 'racto-nb[embedded,lab]'"} <= {" ".join(line.split("#")[0].split()) for line in LINES}


def settings(made: Environment) -> dict[str, str]:
    """The variables of a new user on this machine, whose models and downloaded packages are there already."""
    reaching = {name: value for name, value in os.environ.items() if name.startswith(_REACHING)}
    cache = {"UV_CACHE_DIR": done(uv, "cache", "dir", cwd=ROOT).strip()} if (uv := uv_path()) else {}
    runtime = {"JUPYTER_RUNTIME_DIR": str(made.folder / "runtime"), "BROWSER": "true"}
    return reaching | cache | runtime | made.variables


@contextmanager
def started(*command: str | Path, cwd: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs until it is ended, with all that it started; what it says goes to `said.txt` beside its home."""
    said = Path(environment["HOME"], "said.txt")
    with said.open("wb") as log:
        running = subprocess.Popen(
            list(map(str, command)), cwd=cwd, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield running
        finally:
            for sign in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(running.pid, sign)
                    running.wait(timeout=20)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue


def opened_lab(*command: str | Path, cwd: Path, environment: dict[str, str]) -> None:
    """Start JupyterLab, ask it over the loopback how it is, and end it."""
    runtime = Path(environment["JUPYTER_RUNTIME_DIR"])
    shutil.rmtree(runtime, ignore_errors=True)
    with started(*command, cwd=cwd, environment=environment) as running:
        for _ in range(600):
            places = [path for path in runtime.glob("jpserver-*.json") if path.stat().st_size]
            if places or running.poll() is not None:
                break
            time.sleep(0.1)
        assert places, Path(environment["HOME"], "said.txt").read_text("utf-8")
        place = json.loads(places[0].read_text("utf-8"))
        request = urllib.request.Request(f"{place['url']}api/status", headers={"Authorization": f"token {place['token']}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert "kernels" in json.load(answer)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.timeout(900)
def test_lines_of_pip_and_of_the_command_work_in_an_empty_environment(tmp_path):
    made = Environment.made(tmp_path)
    environment = settings(made)
    (wheel,) = build(tmp_path / "wheel", "wheel")
    for line in LINES:
        told = words(line)
        if line.startswith("pip install"):
            wanted = [re.fullmatch(r"racto-nb(?:\[(?P<extras>.*)\])?", word) for word in told[2:]]
            assert all(wanted), f"{line!r} installs what is not built here"
            for one in wanted:
                made.install(requirement(wheel, *(one["extras"] or "").split(",")) if one["extras"] else wheel)
        elif line.startswith(("racto-nb lab", "jupyter lab")):
            opened_lab(made.bin / told[0], *told[1:], cwd=made.here, environment=environment)
        elif not line.startswith("make"):
            done(made.bin / told[0], *told[1:], cwd=made.here, environment=environment, timeout=800)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.timeout(900)
def test_lines_of_make_work_in_a_fresh_copy_of_the_tree(tmp_path):
    for name in ("home", "system"):
        (tmp_path / name).mkdir()
    (tmp_path / "system" / "python3").symlink_to(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
    tree = tree_copied(tmp_path / "tree")
    environment = settings(Environment(tmp_path)) | {"PATH": f"{tmp_path / 'system'}:/usr/local/bin:/usr/bin:/bin"}
    for line in LINES:
        told = words(line)
        if not line.startswith("make"):
            continue
        if "lab" in told:
            opened_lab(*told, cwd=tree, environment=environment)
        else:
            only_look = ["--dry-run"] if set(told) & set(WHOLE) else []
            done(*told, *only_look, cwd=tree, environment=environment, timeout=800)
    assert {path.name for path in tree.iterdir()} <= {path.name for path in ROOT.iterdir()} | {"build", ".venv"}
