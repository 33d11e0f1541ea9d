"""A library that gets stuck, dies or is wrong is said to be not measured, with its reason; the others go on."""

from __future__ import annotations

import importlib
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from test_benchmarks import BENCHMARKS, loaded

WORKER = """
import json, pathlib, sys, time
name = sys.argv[1]

def sleep():
    pathlib.Path(name).touch()
    time.sleep(60)

if name == "mute":
    sleep()
if name == "broken":
    sys.exit("no")
print(json.dumps({"jobs": ["chat"], "versions": {name: "1"}}), flush=True)
asked = 0
for line in sys.stdin:
    asked += 1
    if asked > 3 and name == "stuck":
        sleep()
    if asked > 3 and name == "deadly":
        sys.exit(1)
    print(json.dumps({"seconds": 0.5, "all": 1.0, "facts": {}}), flush=True)
while name == "endless":
    time.sleep(60)
"""
"""Answers like a library at work; some do so three times. What gets stuck leaves a file before."""


class WhenStuck(threading.Thread):
    """In the place of a timer: it does not go by the clock, which a busy machine would turn against those that do answer."""

    def __init__(self, _seconds: float, stop: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._stop_it, self._is_answered = stop, threading.Event()

    def run(self) -> None:
        mark = importlib.import_module("peers.workers").PLACE / self._stop_it.__self__.peer.name
        while not self._is_answered.wait(0.02):
            if mark.exists():
                self._stop_it()
                return

    def cancel(self) -> None:
        self._is_answered.set()


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Workers in whose processes there is no library."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    module = importlib.import_module("peers.workers")
    (tmp_path / "worker.py").write_text(WORKER)
    for name, value in (("HERE", tmp_path), ("PLACE", tmp_path), ("Timer", WhenStuck), ("ENDING", 0.5)):
        monkeypatch.setattr(module, name, value)
    return module


def peer(name: str, imports: str = "import json") -> Any:
    environments = importlib.import_module("peers.environments")
    title = environments.OURS.title if name == "ours" else name.title()
    return environments.Peer(name, title, (), imports, Path(sys.executable))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "figures.jsonl"
    monkeypatch.setenv("RACTO_BENCH_FIGURES", str(path))
    return path


def lines(kept: Path) -> tuple[set[str], dict[str, str]]:
    """The libraries that have figures, and those that have a reason."""
    found = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    return {each["library"] for each in found if "library" in each}, {
        each["absent"]: each["reason"] for each in found if "absent" in each
    }


def test_libraries_that_stick_and_die_after_their_first_turn_are_left_out_and_the_others_go_on(workers: ModuleType, kept: Path):
    benchmark = loaded("beside_peers")
    with benchmark.ExitStack() as stack:
        known = benchmark.begun([peer(name) for name in ("ours", "stuck", "deadly", "good")], stack)
        benchmark.measured(benchmark.MEASURES[0], known, {}, {})
    assert lines(kept) == (
        {"racto_nb", "Good"},
        {
            "Stuck, a call, one after the other,": "Stuck: no answer in 600 seconds",
            "Deadly, a call, one after the other,": "Deadly: the process has ended",
        },
    )


def test_a_library_whose_process_does_not_come_to_life_is_left_out(workers: ModuleType, kept: Path):
    benchmark = loaded("beside_peers")
    with benchmark.ExitStack() as stack:
        known = benchmark.begun([peer(name) for name in ("ours", "mute", "broken", "good")], stack)
        assert [one.peer.name for one in known] == ["ours", "good"]
    assert lines(kept)[1] == {"Mute": "Mute: no answer in 600 seconds", "Broken": "Broken: the process has ended"}


def test_without_ours_nothing_is_measured(workers: ModuleType):
    benchmark = loaded("beside_peers")
    (workers.HERE / "worker.py").write_text("raise SystemExit('no')")
    with benchmark.ExitStack() as stack, pytest.raises(workers.WorkerError, match="racto_nb: the process has ended"):
        benchmark.begun([peer("good"), peer("ours")], stack)


def test_a_process_that_does_not_end_is_ended(workers: ModuleType):
    with workers.worker(peer("endless")) as one:
        assert one.seconds("chat", {})["seconds"] == 0.5


def test_a_library_that_cannot_be_imported_is_left_out(workers: ModuleType, kept: Path):
    benchmark = loaded("beside_peers")
    benchmark.FRESH = 1
    known = [peer("ours"), peer("bad", "import no_such_library")]
    benchmark.in_fresh(benchmark.Measure("", "the import alone", "ms", 1e3), known, workers.imported)
    reason = "Bad: it cannot be imported: ModuleNotFoundError: No module named 'no_such_library'"
    assert lines(kept) == ({"racto_nb"}, {"Bad, the import alone,": reason})


def test_an_answer_and_an_import_have_their_time(workers: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "LONGEST", 0.3)
    monkeypatch.setattr(workers, "Timer", threading.Timer)
    with pytest.raises(workers.WorkerError, match=r"Mute: no answer in 0.3 seconds"), workers.worker(peer("mute")):
        pass
    with pytest.raises(workers.WorkerError, match=r"Slow: no import in 0.3 seconds"):
        workers.imported(peer("slow", "import time; time.sleep(60)"))


def test_a_first_answer_that_is_an_object_says_so(workers: ModuleType, kept: Path, monkeypatch: pytest.MonkeyPatch):
    benchmark = loaded("beside_peers")
    with benchmark.ExitStack() as stack:
        known = benchmark.begun([peer("ours"), peer("good")], stack)
        known[1].jobs = ["parse"]
        monkeypatch.setattr(benchmark, "imported", lambda _peer: 1.0)
        monkeypatch.setattr(benchmark, "first_answer", lambda _peer, _job, _about: 1.0)
        benchmark.fresh(known, "http://127.0.0.1:9")
    told = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    assert {each["library"]: each["told"] for each in told if "first answer" in each["job"]} == {
        "racto_nb": "", "Good": "its answer is an object",
    }  # fmt: skip


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS / "peers" / "sides")
    return importlib.import_module("asking")


def written(path: Path, *contents: str) -> Path:
    rows = [{"messages": [{"role": "user", "content": each}]} for each in contents]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("contents", "is_right"), [(("one", "two"), True), (("one",), False), (("one", "to"), False), ((), False)]
)
def test_a_written_file_is_looked_at_whether_all_examples_are_in_it(
    asking: ModuleType, tmp_path: Path, contents: tuple[str, ...], is_right: bool
):
    written(tmp_path / "train.jsonl", "one", "two")
    out = tmp_path / "out.jsonl"
    job = asking.exported({"data": str(tmp_path), "examples": 2}, out, lambda: written(out, *contents))
    job.work(1)
    if is_right:
        assert job.facts() == {"bytes": out.stat().st_size}
    else:
        with pytest.raises(RuntimeError, match="in place of"):
            job.facts()


def test_the_question_that_the_caches_are_asked_is_let_through_by_the_guard(asking: ModuleType):
    guarding = importlib.import_module("racto_nb.cache.guarding")
    asked = asking.meant(10_000)
    assert asked not in asking.questions(10_000)
    assert guarding.disagreement(asking.questions(10_000)[-1], asked) == ""
    assert guarding.disagreement(asking.questions(10_000)[-2], asked)
