"""A benchmark that misses its goal fails."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def loaded(name: str) -> ModuleType:
    """A benchmark as a module: its own packages are found while it is loaded, as where it is run as a script."""
    spec = importlib.util.spec_from_file_location(f"{name}_benchmark", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


@pytest.fixture
def flows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark of the drivers, with work enough for a ratio and no more."""
    module = loaded("flows")
    module.EFFECTS, module.ROUNDS = 200, 1
    # The clock moves one second at each look, so that every ratio is 1.
    ticks = iter(range(1000))
    monkeypatch.setattr(module.time, "process_time", lambda: next(ticks))
    return module


@pytest.mark.parametrize(("goal", "code"), [(0.99, 1), (1.0, 0)])
def test_the_drivers_benchmark_tells_its_goal_and_whether_it_was_missed(
    flows: ModuleType, goal: float, code: int, capsys: pytest.CaptureFixture[str]
):
    flows.GOAL = goal
    assert flows.main() == code
    assert f"(goal {goal:.2f})" in capsys.readouterr().out


GOOGLES_OWN = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
"""What Google's SDK does with aiohttp in its asynchronous calls."""


@pytest.fixture
def beside_the_benchmarks(monkeypatch: pytest.MonkeyPatch):
    """As when a benchmark is run as a script: its own packages are found."""
    monkeypatch.syspath_prepend(BENCHMARKS)


@pytest.fixture
def calls(beside_the_benchmarks: None) -> ModuleType:
    """The benchmark of calls, with work too little for a figure: only that both sides still do the same is looked at."""
    module = loaded("call_overhead")
    module.ROUNDS, module.CALLS, module.AT_ONCE, module.MANY = 1, 3, 2, 3
    return module


@pytest.fixture
def streams(beside_the_benchmarks: None) -> ModuleType:
    """The benchmark of streams, as small, and without the processes that look at memory."""
    module = loaded("stream_overhead")
    module.ROUNDS, module.FEW, module.MANY, module.OBJECTS = 1, 20, 40, 10
    module.kept = lambda url, side, contender: 1.0 if side == "ours" else 4.0
    return module


@GOOGLES_OWN
@pytest.mark.parametrize(("most", "code"), [(0.0, 1), (1e3, 0)])
def test_the_benchmark_of_calls_asks_all_served_kits_and_tells_whether_a_goal_was_missed(
    calls: ModuleType, most: float, code: int, capsys: pytest.CaptureFixture[str]
):
    calls.CHAT = calls.ACHAT = most
    assert calls.main() == code
    told = capsys.readouterr().out
    assert [line.split("  ")[0] for line in told.splitlines()[1:13]] == [
        f"{api} {method}"
        for api in ("OpenAI Responses", "OpenAI Chat", "Anthropic", "Google", "Ollama", "Hugging Face")
        for method in ("chat", "achat")
    ]
    assert told.count("clients opened for 3 chat and 3 achat: 2 (goal 2)") == 6


@GOOGLES_OWN
def test_more_clients_than_one_of_each_colour_are_a_missed_goal(calls: ModuleType):
    calls.CHAT = calls.ACHAT = 1e3
    calls.clients_for_many_calls = lambda contender, url: ["Client", "AsyncClient", "AsyncClient"]
    assert calls.main() == 1


@pytest.mark.parametrize(("most", "code"), [(0.0, 1), (1e3, 0)])
def test_the_benchmark_of_streams_reads_all_served_kits_and_tells_whether_a_goal_was_missed(
    streams: ModuleType, most: float, code: int, capsys: pytest.CaptureFixture[str]
):
    streams.CONTENDERS = [replace(contender, goal=most) for contender in streams.CONTENDERS]
    streams.GROWTH = streams.OBJECT = 1e3
    assert streams.main() == code
    assert capsys.readouterr().out.count("missed") == 6 * code


def test_a_quick_look_at_streams_gives_its_figures_the_names_that_the_whole_benchmark_has(streams: ModuleType):
    streams.CONTENDERS = [contender for contender in streams.CONTENDERS if contender.name in streams.QUICK]
    kept: dict[str, dict[str, str]] = {"whole": {}, "quick": {}}
    for asked, figures in kept.items():
        streams.figure = lambda name, _value, told="", figures=figures, **_goal: bool(figures.update({name: told}))
        streams.main([f"--{asked}"])
    whole, quick = kept.values()
    growth = "OpenAI Chat: a chunk of a long stream, to one of a short"
    assert quick[growth] == whole[growth] == "40 chunks beside 20"
    assert set(quick) == set(whole)


def test_memory_beyond_the_goal_is_a_missed_goal(streams: ModuleType):
    streams.CONTENDERS = [replace(contender, goal=1e3) for contender in streams.CONTENDERS[-1:]]
    streams.GROWTH = streams.OBJECT = 1e3
    streams.kept = lambda url, side, contender: 1.0
    assert streams.main() == 1


def test_a_side_that_sees_other_chunks_than_it_should_is_no_figure(streams: ModuleType):
    with pytest.raises(RuntimeError, match="39 chunks with text in place of 40"):
        streams.counted(40, lambda: 39)()


def test_memory_is_looked_at_in_processes_of_their_own(beside_the_benchmarks: None):
    module = loaded("stream_overhead")
    module.PROCESSES = 1
    ollama = next(contender for contender in module.CONTENDERS if contender.name == "Ollama")
    with module.canned() as url:
        grown = [module.kept(f"{url}/s2000", side, ollama) for side in ("ours", "sdk")]
    assert all(kilobytes > 0 for kilobytes in grown)


@pytest.mark.parametrize(("goal", "code"), [(0.0, 1), (1e3, 0)])
def test_the_benchmark_of_imports_tells_whether_a_goal_was_missed(goal: float, code: int, capsys: pytest.CaptureFixture[str]):
    module = loaded("imports")
    module.ROUNDS = 1
    bare, ours = module.CASES["import numpy"], module.CASES["import racto_nb"]
    module.CASES = {"import numpy": bare, "import racto_nb": replace(ours, goal=goal)}
    assert module.main() == code
    assert ("missed" in capsys.readouterr().out) is bool(code)


def test_a_heavy_library_that_was_not_asked_for_is_a_missed_goal(capsys: pytest.CaptureFixture[str]):
    module = loaded("imports")
    module.ROUNDS = 1
    module.CASES = {"import numpy": module.Case("import numpy", "import numpy")}
    assert module.main() == 1
    assert "numpy  missed" in capsys.readouterr().out


@pytest.fixture
def caches(beside_the_benchmarks: None, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark of caches, with few questions, and without the libraries that need not be there."""
    module = loaded("cache")
    module.ROUNDS, module.CALLS, module.SIZES = 1, 3, {20: 2, 1_100: 1}
    monkeypatch.setattr(sys.modules["contenders.caching"], "import_module", _refused)
    return module


def _refused(name: str) -> ModuleType:
    message = f"no {name} here"
    raise ImportError(message)


@pytest.mark.parametrize(("goal", "code"), [(0.0, 1), (1e6, 0)])
def test_the_benchmark_of_caches_tells_its_goals_and_whether_one_was_missed(
    caches: ModuleType, goal: float, code: int, capsys: pytest.CaptureFixture[str]
):
    caches.KEY_GOAL, caches.DISK_GOALS, caches.MEANING_GOALS = goal, {"sqlite": goal}, {20: goal, 1_100: goal}
    assert caches.main() == code
    told = capsys.readouterr().out
    assert told.count("missed") == 4 * code
    for what in ("key of 20 kB", "disk, get(key)", "scan of 20", "look-up of 20", "scan of 1,100", "look-up of 1,100, guarded"):
        assert what in told


def test_a_library_that_is_not_there_is_said_to_be_not_measured(caches: ModuleType, capsys: pytest.CaptureFixture[str]):
    caches.main()
    assert "diskcache is not measured: no diskcache here" in capsys.readouterr().out


@pytest.mark.parametrize(("most", "code"), [(0.0, 1), (1e3, 0)])
def test_the_benchmark_of_reading_reads_all_kinds_and_tells_whether_its_goal_was_missed(
    beside_the_benchmarks: None, most: float, code: int, capsys: pytest.CaptureFixture[str]
):
    reading = loaded("reading")
    reading.ROUNDS, reading.PAGES, reading.LINES, reading.ROWS, reading.PARAGRAPHS = 1, 10, 3, 20, 8
    reading.READERS["pdf"] = (*reading.READERS["pdf"][:2], most)

    assert reading.main() == code
    told = capsys.readouterr().out
    assert [line.split(" ")[0] for line in told.splitlines()[1:]] == ["pdf", "html", "docx", "csv"]
    assert ("missed" in told) == bool(code)


@pytest.mark.parametrize(("goal", "code"), [(1, 1), (10_000, 0)])
def test_the_benchmark_of_ingestion_tells_its_goal_and_whether_it_was_missed(
    goal: int, code: int, capsys: pytest.CaptureFixture[str]
):
    module = loaded("ingest")
    module.GOAL, module.PAGES, module.TEXT_BYTES = goal, 2, 20_000
    assert module.main(0.1) == code
    shown = capsys.readouterr().out
    assert f"(goal {goal})" in shown
    assert "pages per second of processor time" in shown


@pytest.mark.parametrize(("most", "code"), [(0.0, 1), (1e6, 0)])
def test_the_benchmark_of_searches_tells_its_goals_and_whether_one_was_missed(
    beside_the_benchmarks: None, most: float, code: int, capsys: pytest.CaptureFixture[str]
):
    searches = loaded("vector_search")
    searches.SIZES, searches.QUICK, searches.ROUNDS, searches.QUESTIONS = {2_000: 2, 1_000_000: 1}, 9_000, 1, 4
    searches.DEFAULT = searches.GRAPH = searches.OVER_KERNEL = most
    searches.FILTERED, searches.RECALL_OF_GRAPH = {"1 %": most, "10 %": most}, 0.0

    assert searches.main(["--quick"]) == code
    told = capsys.readouterr().out
    assert told.startswith("2,000 vectors\n")
    for what in ("search_ids", "1 %", "10 %", "graph", "add_arrays"):
        assert what in told


@pytest.mark.parametrize(("goal", "code"), [(0.0, 1), (1e3, 0)])
def test_the_benchmark_of_the_guard_tells_whether_a_goal_was_missed(
    beside_the_benchmarks: None, goal: float, code: int, capsys: pytest.CaptureFixture[str]
):
    module = loaded("sql_guard")
    module.ROUNDS, module.CALLS = 1, 1
    module.PARSE_GOAL = module.QUALIFY_GOAL = goal
    assert module.main() == code
    assert capsys.readouterr().out.count("missed") == 2 * code


@pytest.mark.parametrize(("goal", "code"), [(0.0, 1), (1e6, 0)])
def test_the_benchmark_of_likeness_tells_its_goals_and_whether_one_was_missed(
    beside_the_benchmarks: None, goal: float, code: int, capsys: pytest.CaptureFixture[str]
):
    module = loaded("dataset_likeness")
    module.COUNT, module.ROUNDS = 2_000, 1
    module.DATASKETCH_GOAL = module.GROWTH_GOAL = goal
    assert module.main() == code
    told = capsys.readouterr().out
    assert ("missed" in told) == bool(code)
    for what in ("duplicates, beside", "near pairs", "datasketch", "rensa", "leak_groups", "leaks"):
        assert what in told


@pytest.mark.parametrize(("goal", "code"), [(0.0, 1), (1e6, 0)])
def test_the_benchmark_of_tracing_tells_what_it_costs_off_and_on(
    beside_the_benchmarks: None, goal: float, code: int, capsys: pytest.CaptureFixture[str]
):
    module = loaded("telemetry")
    module.ROUNDS, module.CALLS, module.PIECES, module.GOAL = 1, 2, 2, goal
    assert module.main() == code
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == ["chat", "stream of 2 pieces"]


@pytest.mark.parametrize(("goal", "code"), [(0.0, 1), (1e6, 0)])
def test_the_benchmark_of_publishing_tells_whether_its_goal_was_missed(
    beside_the_benchmarks: None, goal: float, code: int, capsys: pytest.CaptureFixture[str]
):
    module = loaded("kafka_publish")
    module.RECORDS, module.ROUNDS, module.GOAL = 5, 1, goal
    assert module.main() == code
    assert "kafka-python alone" in capsys.readouterr().out
