"""Python of a model runs where it can compute and do nothing else. What is tried here has been run against others, and worked."""

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import polars as pl
import pytest
from colours import COLOURS

from racto_nb.exceptions import AnalysisError
from racto_nb.pipelines.sql_analyst.analysing.generating import generated_analysis
from racto_nb.pipelines.sql_analyst.analysing.sandbox import run_python
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.testing import FakeKit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="generated Python is run on Linux only")
ROWS = pl.DataFrame({"city": ["Oslo", "Rome", "Oslo"], "sales": [3.0, None, 5.0], "day": ["2024-01-01"] * 3})
LIMITS = RunLimits(deadline=120, memory=1_500_000_000)

ATTACKS = {
    "popen through pandas": "pd.io.common.os.popen('id > {out}').read()",
    "system": "__import__('os').system('touch {out}')",
    "raw system calls": "__import__('posix').open({out!r}, 0o101)",
    "open for writing": "open({out!r}, 'w')",
    "csv written by pandas": "df.to_csv({out!r})",
    "csv written by polars": "__import__('polars').DataFrame({{'a': [1]}}).write_csv({out!r})",
    "array written by numpy": "np.save({out!r}, np.ones(3))",
    "file read by Python": "open('/etc/hostname').read()",
    "file read by pandas": "pd.read_csv('/etc/hostname')",
    "file read by polars": "__import__('polars').read_csv('/etc/hostname')",
    "file read by numpy": "np.fromfile('/etc/hostname')",
    "environment of this process": "open('/proc/self/environ').read() + open('/proc/{parent}/environ').read()",
    "dunder walk": "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0](['touch', {out!r}])",
    "fork": "__import__('os').fork()",
    "posix_spawn": "__import__('os').posix_spawn('/bin/true', ['true'], {{}})",
    "exec": "__import__('os').execv('/bin/true', ['true'])",
    "kill the parent": "__import__('os').kill({parent}, 9)",
    "network": "__import__('urllib.request').request.urlopen('http://127.0.0.1:{port}/').read()",
    "socket": "__import__('socket').create_connection(('127.0.0.1', {port}))",
    "network by pandas": "pd.read_csv('http://127.0.0.1:{port}/')",
    "ctypes": "__import__('ctypes').CDLL(None).system(b'touch {out}')",
    "database": "__import__('duckdb').sql('select * from read_text(\\'/etc/hostname\\')').fetchall()",
    "list folders": "__import__('os').listdir('/etc')",
    "remove": "__import__('os').remove({victim!r})",
    "pickle": "__import__('pickle').loads(b'cos\\nsystem\\n(S\"touch {out}\"\\ntR.')",
}


def run(code, engine="polars", **limits):
    return run_python(code, ROWS, engine=engine, limits=RunLimits(**limits) if limits else LIMITS)


@pytest.fixture
def heard():
    """A web server, and what was asked of it."""
    asked = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def test_every_attack_fails_and_leaves_nothing(tmp_path, heard, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    port, asked = heard
    out, victim = tmp_path / "out", tmp_path / "victim"
    victim.write_text("here")
    filled = {
        name: code.format(out=str(out), victim=str(victim), parent=os.getpid(), port=port) for name, code in ATTACKS.items()
    }
    code = f"""
outcomes = []
for name, attack in {filled!r}.items():
    try:
        got = eval(attack)
        outcomes.append({{"name": name, "got": repr(got)[:200]}})
    except BaseException as error:
        outcomes.append({{"name": name, "got": "refused"}})
import os
outcomes.append({{"name": "environment", "got": "refused" if "sk-very-secret" not in repr(dict(os.environ)) else "leaked"}})
result = outcomes
"""
    got = dict(run(code, "pandas").frame.rows())

    assert {name: said for name, said in got.items() if said != "refused"} == {}
    assert len(got) == len(ATTACKS) + 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["victim"]
    assert asked == []


def test_harmless_code_runs_and_what_it_prints_is_kept():
    ran = run(
        "import numpy, math, json\nprint('hello')\nresult = df.group_by('city', maintain_order=True).agg(pl.col('sales').sum())"
    )

    assert ran.frame.rows() == [("Oslo", 8.0), ("Rome", 0.0)]
    assert ran.output == "hello\n"


def test_large_tables_go_there_and_back():
    frame = pl.DataFrame({"n": range(200_000), "text": ["x" * 20] * 200_000})

    assert (
        run_python("result = df.with_columns(pl.col('n') + 1)", frame, engine="polars", limits=LIMITS).frame["n"].sum()
        == 20_000_100_000
    )


def test_pandas_runs_and_its_index_is_kept():
    assert run("import numpy\nresult = df.groupby('city')['sales'].sum()", "pandas").frame.rows() == [
        ("Oslo", 8.0),
        ("Rome", 0.0),
    ]


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("df = df.head(1).select('city')", [("Oslo",)]),
        ("result = 42", [(42,)]),
        ("result = {'a': 1, 'b': 'x'}", [(1, "x")]),
        ("result = [{'a': 1}, {'a': 2}]", [(1,), (2,)]),
    ],
)
def test_results_of_many_kinds_are_tables(code, rows):
    assert run(code).frame.rows() == rows


def test_an_error_is_told():
    with pytest.raises(AnalysisError, match=r"The code failed: ZeroDivisionError: division by zero"):
        run("result = 1 / 0")


def test_endless_code_is_stopped():
    with pytest.raises(AnalysisError, match="stopped after 1 seconds"):
        run("while True: pass", deadline=1)


def test_memory_has_an_end():
    with pytest.raises(AnalysisError, match=r"MemoryError|too much memory|without a result"):
        run("x = []\nwhile True: x.append(bytearray(10**8))", memory=1_000_000_000)


def test_a_flood_of_results_has_an_end():
    with pytest.raises(AnalysisError, match="without a result"):
        run("result = 'x' * 10_000_000", max_bytes=1_000_000)


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
def test_a_model_writes_code_and_mends_it_once(colour):
    kit = FakeKit(["```python\nresult = df.sel('city')\n```", "Now:\n```python\nresult = df.select('city')\n```"])
    got = colour.run(generated_analysis(kit, ROWS, question="Cities?", sql="SELECT 1", engine="polars", limits=LIMITS))

    assert got.frame.columns == ["city"]
    assert got.code == "result = df.select('city')\n"
    assert "AttributeError" in kit.calls[1]["messages"][-1]["content"]


def test_code_that_stays_wrong_is_an_error_in_the_analysis():
    kit = FakeKit(["result = nothing"], repeat_last=True)
    got = COLOURS[0].run(generated_analysis(kit, ROWS, question="?", sql="", engine="polars", limits=LIMITS, retries=0))

    assert "NameError" in str(got.error)
    assert got.usage["total_tokens"] > 0


def test_other_systems_refuse(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(AnalysisError, match="on Linux only"):
        run("result = 1")
