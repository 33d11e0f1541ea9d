"""The kernel holds a process that has taken its locks, with no hook of Python to help: it can reach no other process and no file."""

import subprocess
import sys
from pathlib import Path

import pytest

from racto_nb.pipelines.sql_analyst.analysing import kernel_locks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these locks are Linux's")

CHILD = """
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location("locks", {locks!r})
locks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(locks)
import fcntl, resource, signal, termios, threading
other, victim = {other}, {victim!r}
locks.lock([sys.prefix, sys.base_prefix, "/lib", "/usr/lib"])
try:
    {code}
except OSError as error:
    print("refused", error.errno)
else:
    print("done")
"""
REACHING = {
    "kill": "os.kill(other, signal.SIGKILL)",
    "signal by whoever owns a pipe": "fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, other)",
    "choice of the signal of a pipe": "fcntl.fcntl(os.pipe()[0], 10, signal.SIGKILL)",
    "priority of another": "os.setpriority(os.PRIO_PROCESS, other, 5)",
    "processors of another": "os.sched_setaffinity(other, os.sched_getaffinity(0))",
    "limits of another": "resource.prlimit(other, resource.RLIMIT_CPU, (1, 1))",
    "times of a file": "os.utime(victim, (0, 0))",
    "attributes of a file": "os.setxattr(victim, 'user.note', b'x')",
    "what a device does": "fcntl.ioctl(os.pipe()[0], termios.TIOCSTI, b'x')",
    "fork": "os.fork()",
}
OWN = {
    "limits of its own": "resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); resource.getrlimit(resource.RLIMIT_AS)",
    "flags of a pipe": "reading = os.pipe()[0]; os.set_blocking(reading, False); os.set_inheritable(reading, True); os.isatty(reading)",
    "threads": "thread = threading.Thread(target=int); thread.start(); thread.join()",
}


def tried(code: str, *, other: int = 0, victim: str = "") -> str:
    code = CHILD.format(locks=kernel_locks.__file__, other=other, victim=victim, code=code)
    ran = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False, timeout=120)
    return ran.stdout.strip() or ran.stderr


@pytest.mark.parametrize("code", REACHING.values(), ids=REACHING)
def test_a_locked_process_reaches_no_other_process_and_changes_no_file(code: str, tmp_path: Path):
    victim = tmp_path / "victim"
    victim.write_text("as it was")
    before = victim.stat().st_mtime_ns
    with subprocess.Popen(["sleep", "600"]) as other:
        try:
            told = tried(code, other=other.pid, victim=str(victim))
            assert told.startswith("refused"), told
            assert other.poll() is None
        finally:
            other.kill()
    assert victim.stat().st_mtime_ns == before


@pytest.mark.parametrize("code", OWN.values(), ids=OWN)
def test_what_it_does_to_itself_stays_possible(code: str):
    assert tried(code) == "done"
