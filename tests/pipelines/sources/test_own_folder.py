"""Folders for copies of data: those of killed processes are removed, those of others stay."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from racto_nb.pipelines.sql_analyst.own_folder import own_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows is not asked whether a process lives")
PROGRAM = """
import sys, time
from racto_nb.pipelines.sql_analyst.own_folder import own_folder
folder = own_folder("duckdb")
(folder / "copy.duckdb").write_text("rows")
print(folder, flush=True)
time.sleep(600)
"""


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that has a folder, beneath a place for temporary files of its own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(tmp_path)}
    )
    assert process.stdout is not None
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_folder_of_a_living_process_stays(held: tuple[subprocess.Popen[str], Path]):
    _, folder = held
    shutil.rmtree(own_folder("duckdb"))
    assert (folder / "copy.duckdb").read_text() == "rows"


def test_the_folder_of_a_killed_process_goes_with_the_next_one(held: tuple[subprocess.Popen[str], Path]):
    process, folder = held
    process.send_signal(signal.SIGKILL)
    process.wait()
    shutil.rmtree(own_folder("sql"))
    assert not folder.exists()


def test_only_this_user_may_look_into_a_folder_and_others_of_that_name_stay(
    held: tuple[subprocess.Popen[str], Path], tmp_path: Path
):
    (tmp_path / "racto-notes").mkdir()
    folder = own_folder("sqlite")
    assert folder.stat().st_mode & 0o077 == 0
    assert (tmp_path / "racto-notes").is_dir()
    shutil.rmtree(folder)
