"""The process that runs statements: what it gets, how it is stopped, and that nothing is left of it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from racto_nb.exceptions import SourceError
from racto_nb.pipelines.sql_analyst.sources import child_process, child_serving
from racto_nb.pipelines.sql_analyst.sources.child_process import ChildProcess
from racto_nb.pipelines.sql_analyst.sources.child_wire import ChildDiedError, ChildRefusedError, ChildTimeoutError

MIB = 1024 * 1024


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    child = ChildProcess("child_work:obedient")
    yield child
    child.close()


def said(child: ChildProcess, do: str, *, memory: int = 512 * MIB, deadline: float | None = 30.0, stop=None, **request):
    return child.ask({"do": do, **request}, memory=memory, deadline=deadline, stop=stop)


def test_a_child_starts_with_the_first_request_and_stays(child: ChildProcess):
    assert child.pid is None
    first, second = said(child, "say", text="é"), said(child, "say")
    assert first.facts["heard"] == "é"
    assert first.facts["pid"] == second.facts["pid"] == child.pid != os.getpid()


def test_a_frame_comes_as_it_was(child: ChildProcess):
    assert said(child, "say", rows=[1, None, 3]).frame["a"].to_list() == [1, None, 3]
    assert said(child, "say").frame is None


def test_a_frame_comes_through_a_file_where_there_is_no_memory_file(child: ChildProcess, monkeypatch, tmp_path: Path):
    import polars as pl

    files = child_serving._Files(tmp_path)
    monkeypatch.delattr(os, "memfd_create")
    path = files.written(pl.DataFrame({"a": [1]}))
    assert Path(path).parent == tmp_path
    assert child_process._frame(path)["a"].to_list() == [1]
    files.release()
    assert list(tmp_path.iterdir()) == []


def test_a_child_gets_no_keys_and_no_files(child: ChildProcess, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        facts = said(child, "environment").facts
        assert file.fileno() >= 3
    assert "OPENAI_API_KEY" not in facts["variables"]
    assert "sk-secret" not in str(facts["variables"])
    assert facts["variables"]["TZ"] == "Europe/Berlin"
    assert facts["variables"]["HOME"] != os.environ["HOME"]
    # Its three, the pipes of the protocol, and the folder that is being listed.
    assert len(facts["files"]) <= 8


def test_what_the_work_prints_does_not_disturb_the_answers(child: ChildProcess):
    said(child, "write_to_stdout")
    assert said(child, "say", text="still here").facts["heard"] == "still here"


def test_work_that_can_be_interrupted_is_stopped_and_the_child_lives(child: ChildProcess):
    said(child, "say")
    pid = child.pid
    with pytest.raises(ChildTimeoutError):
        said(child, "sleep", seconds=60, deadline=0.1)
    assert said(child, "say", text="again").facts == {"heard": "again", "pid": pid}


def test_work_that_cannot_be_interrupted_is_killed(child: ChildProcess):
    said(child, "say")
    pid = child.pid
    with pytest.raises(ChildTimeoutError):
        said(child, "spin", seconds=60, deadline=0.1)
    assert not psutil.pid_exists(pid)
    assert said(child, "say", text="again").facts["heard"] == "again"
    assert child.pid != pid


def test_a_refusal_has_the_words_of_the_child(child: ChildProcess):
    said(child, "say")
    pid = child.pid
    with pytest.raises(ChildRefusedError) as caught:
        said(child, "refuse")
    assert (caught.value.kind, caught.value.words, child.pid) == ("query", "no", pid)
    with pytest.raises(ChildRefusedError):
        said(child, "refuse", ends=True)
    assert not psutil.pid_exists(pid)


def test_an_error_that_nobody_expected_is_told_and_ends_the_child(child: ChildProcess):
    with pytest.raises(ChildRefusedError) as caught:
        said(child, "fail")
    assert caught.value.words == "ZeroDivisionError: by zero"
    assert said(child, "say").facts["pid"] == child.pid


def test_a_child_that_ends_tells_how_and_the_next_one_works(child: ChildProcess):
    with pytest.raises(ChildDiedError) as caught:
        said(child, "leave")
    assert (caught.value.code, caught.value.told) == (7, "last words")
    assert said(child, "say", text="next").facts["heard"] == "next"


def test_a_child_that_is_killed_in_the_middle_tells_the_signal(child: ChildProcess):
    said(child, "say")
    timer = threading.Timer(0.3, os.kill, (child.pid, signal.SIGKILL))
    timer.start()
    with pytest.raises(ChildDiedError) as caught:
        said(child, "sleep", seconds=60)
    timer.join()
    assert caught.value.code == -signal.SIGKILL
    assert said(child, "say", text="next").facts["heard"] == "next"


def test_a_child_that_was_killed_while_idle_is_replaced_unseen(child: ChildProcess):
    said(child, "say")
    os.kill(child.pid, signal.SIGKILL)
    psutil.Process(child.pid).wait()
    assert said(child, "say", text="next").facts["heard"] == "next"


def test_memory_is_limited_for_each_request(child: ChildProcess):
    assert said(child, "take_memory", bytes=700 * MIB, memory=1024 * MIB).facts["taken"] == 700 * MIB
    with pytest.raises(ChildRefusedError) as caught:
        said(child, "take_memory", bytes=700 * MIB, memory=64 * MIB)
    assert caught.value.kind == "memory"


def test_callers_wait_in_line(child: ChildProcess):
    heard: list[object] = []
    threads = [threading.Thread(target=lambda n=n: heard.append(said(child, "say", text=n).facts["heard"])) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == list(range(8))


def test_one_who_left_is_not_waited_for(child: ChildProcess):
    said(child, "say")
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(asyncio.CancelledError):
        said(child, "sleep", seconds=60, stop=stop)
    with pytest.raises(asyncio.CancelledError):
        said(child, "say", stop=stop)
    assert said(child, "say", text="next").facts["heard"] == "next"


def test_one_who_left_while_another_works_never_has_its_turn(child: ChildProcess):
    said(child, "say")
    first = threading.Thread(target=lambda: said(child, "sleep", seconds=0.6))
    first.start()
    time.sleep(0.1)
    stop = threading.Event()
    stop.set()
    with pytest.raises(asyncio.CancelledError):
        said(child, "say", stop=stop)
    assert first.is_alive()
    first.join()


def test_the_stop_button_ends_the_work_and_the_child_lives(child: ChildProcess):
    said(child, "say")
    pid = child.pid
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        said(child, "sleep", seconds=60)
    timer.join()
    assert said(child, "say").facts["pid"] == pid


def test_nothing_is_left_after_close(child: ChildProcess):
    folder = Path(said(child, "environment").facts["variables"]["TMPDIR"])
    pid = child.pid
    assert folder.is_dir()
    child.close()
    assert not psutil.pid_exists(pid)
    assert not folder.exists()
    child.close()
    assert said(child, "say", text="opened again").facts["heard"] == "opened again"


def test_a_child_that_is_closed_by_another_thread_is_told_of(child: ChildProcess):
    said(child, "say")
    threading.Timer(0.2, child.close).start()
    with pytest.raises(ChildDiedError):
        said(child, "sleep", seconds=60)
    assert said(child, "say", text="next").facts["heard"] == "next"


def test_the_last_reference_ends_the_process():
    child = ChildProcess("child_work:obedient")
    said(child, "say")
    pid = child.pid
    del child
    gc.collect()
    assert not psutil.pid_exists(pid)


def test_work_that_cannot_be_loaded_is_an_error_with_the_reason():
    child = ChildProcess("child_work:missing")
    with pytest.raises(SourceError, match="missing"):
        said(child, "say")
    assert child.pid is None


OWNER = """
import os, sys, time
from racto_nb.pipelines.sql_analyst.sources.child_process import ChildProcess
child = ChildProcess("child_work:obedient")
child.ask({"do": "say"}, memory=2**29)
print(child.pid, flush=True)
"""


def owned(rest: str, **environment: str) -> tuple[subprocess.Popen[str], int]:
    path = os.pathsep.join(each for each in sys.path if each)
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER + textwrap.dedent(rest)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path} | environment,
    )
    return process, int(process.stdout.readline())


def gone(pid: int, *, seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
        time.sleep(0.05)
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("rest", ["", "os._exit(0)", "os.kill(os.getpid(), 9)", "raise SystemExit(1)"])
def test_a_child_ends_with_its_parent_however_that_ends_and_leaves_nothing(rest: str, tmp_path: Path):
    process, pid = owned(rest, TMPDIR=str(tmp_path))
    process.communicate()
    assert gone(pid)
    assert [*tmp_path.iterdir()] == []


def test_a_child_ends_with_its_parent_even_if_a_fork_of_it_goes_on():
    process, pid = owned(
        """
        forked = os.fork()
        if forked == 0:
            os.close(1)
            time.sleep(15)
            os._exit(0)
        os._exit(0)
        """
    )
    process.communicate()
    assert gone(pid, seconds=10.0)


def test_a_fork_has_a_child_of_its_own_and_leaves_the_other_alone():
    process, pid = owned(
        """
        before = child.pid
        forked = os.fork()
        if forked == 0:
            theirs = child.ask({"do": "say"}, memory=2**29).facts["pid"]
            child.close()
            os._exit(0 if theirs != before else 1)
        _, status = os.waitpid(forked, 0)
        print(os.waitstatus_to_exitcode(status), child.ask({"do": "say"}, memory=2**29).facts["pid"], flush=True)
        """
    )
    out, _ = process.communicate()
    assert out.split() == ["0", str(pid)]
