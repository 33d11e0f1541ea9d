"""Ending the kernel, or a program, while the embedded model writes: no process is left over and nothing crashes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from jupyter_kernel import LOAD, SMALL, Cell, Kernel, running_kernel

pytestmark = pytest.mark.model

CRASHES = ("terminate called", "Fatal Python error", "FATAL: exception not rethrown", "Segmentation fault", "core dumped")
TALE = f"%%racto --model {SMALL} -t 1\nWrite a very long story about a lighthouse. Never stop."

PROGRAM = """
import contextlib, queue, sys, threading
from racto_nb.embedded_developer_kit import ChatConfig, EmbeddedDeveloperKit
from racto_nb.exceptions import StreamInterruptedError
kit, first = EmbeddedDeveloperKit("smollm2-135m"), queue.Queue()
def write():
    with contextlib.suppress(StreamInterruptedError):  # what a thread that reads an answer sees when the program ends
        for chunk in kit.stream(ChatConfig(user_message="Write a very long story. Never stop.", temperature=1.0)):
            first.put(chunk)
threading.Thread(target=write, daemon=True).start()
first.get(timeout=120)
"""


def begin(kernel: Kernel) -> Cell:
    """Send a cell whose answer does not end; it has begun when this returns."""
    cell = kernel.send(TALE)
    kernel.until(cell, lambda: bool(cell.shown) and "is writing" in cell.text and len(cell.text) > 120)
    return cell


def family(pid: int) -> list[psutil.Process]:
    """A process and everything it started."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def assert_ended_quietly(kernel: Kernel, processes: list[psutil.Process]) -> None:
    gone, alive = psutil.wait_procs(processes, timeout=20)
    assert alive == []
    assert len(gone) == len(processes)
    log = kernel.log.read_text()  # ipykernel may log that it could not reply any more; that is no crash
    assert [word for word in CRASHES if word in log] == [], log


def test_shutting_the_kernel_down_in_the_middle_of_an_answer_ends_it_quietly(tmp_path: Path):
    with running_kernel(tmp_path / "own") as kernel:
        begin(kernel)
        processes = family(kernel.pid)
        kernel.manager.shutdown_kernel(now=False)
        assert_ended_quietly(kernel, processes)


def test_restarting_the_kernel_in_the_middle_of_an_answer_gives_a_fresh_one(tmp_path: Path):
    with running_kernel(tmp_path / "own") as kernel:
        begin(kernel)
        processes = family(kernel.pid)
        kernel.manager.restart_kernel(now=False)
        kernel.client.wait_for_ready(timeout=60)
        assert_ended_quietly(kernel, processes)
        kernel.ok(LOAD)
        kernel.ok(f"%%racto --model {SMALL} --max-tokens 60 --quiet\nSay hello.")
        assert kernel.value("_racto.text")


def test_killing_the_kernel_in_the_middle_of_an_answer_leaves_no_process(tmp_path: Path):
    with running_kernel(tmp_path / "own") as kernel:
        begin(kernel)
        processes = family(kernel.pid)
        processes[0].kill()
        assert_ended_quietly(kernel, processes)


@pytest.mark.parametrize(
    "ending", ["", "sys.exit(0)", "kit.close()", "del kit"], ids=["falls off its end", "exits", "closes", "drops"]
)
def test_a_program_that_ends_in_the_middle_of_an_answer_exits_with_0(ending: str):
    done = subprocess.run([sys.executable, "-c", PROGRAM + ending], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert [word for word in (*CRASHES, "Traceback") if word in done.stderr] == [], done.stderr


def test_a_program_that_ends_while_the_model_is_loaded_exits_with_0():
    source = PROGRAM.replace("first.get(timeout=120)", "import time\nwhile not kit._resources.chat._held: time.sleep(0.001)")
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert [word for word in (*CRASHES, "Traceback") if word in done.stderr] == [], done.stderr


def test_a_program_that_fails_in_the_middle_of_an_answer_shows_its_own_error_only():
    done = subprocess.run([sys.executable, "-c", PROGRAM + "1 / 0"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1
    assert done.stderr.rstrip().endswith("ZeroDivisionError: division by zero")
