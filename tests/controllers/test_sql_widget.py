"""An analyst's widget without a page: a scripted model, and a database that is really asked."""

from __future__ import annotations

import json
import sqlite3
import time

import polars as pl
import pytest
from controllers.recorded_comm import RecordedComm

from racto_nb.exceptions import UsageError
from racto_nb.notebook.widgets.sql import SqlAnalyst
from racto_nb.pipelines import SQLAnalystPipeline
from racto_nb.pipelines.sql_analyst.masking import MASK
from racto_nb.testing import FakeKit, FakeReply

ORDERS = pl.DataFrame({"product": ["tea", "cup", "tea"], "quantity": [3, 1, 4], "buyer": ["ada@x.org", "bob@x.org", "cy@x.org"]})
DRAFT = '{"sql": "SELECT product, sum(quantity) AS sold FROM orders GROUP BY product ORDER BY sold DESC"}'


@pytest.fixture
def analysts():
    """Makes widgets that are closed at the end."""
    made = []

    def make(source, **more):
        widget = SqlAnalyst(source, **more)
        widget.comm = RecordedComm()
        made.append(widget)
        return widget

    yield make
    for widget in made:
        widget.close()


@pytest.fixture(scope="module")
def pipeline():
    """One database for all tests that only read."""
    with SQLAnalystPipeline(FakeKit([], repeat_last=True), engine={"orders": ORDERS}, mask_columns=["buyer"], max_rows=0) as made:
        yield made


def until(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    assert condition()


def heard(widget, **content):
    widget._heard(widget, content)


def test_a_question_is_answered_with_rows_a_chart_and_checked_numbers(analysts, pipeline):
    analyst = analysts(pipeline, kit=FakeKit([DRAFT, '{"steps": []}', "Tea sold 7 times, spoons 900 times."]))
    analyst.ask("What sells best?")

    assert analyst.wait(60).frame.rows() == [("tea", 7), ("cup", 1)]
    assert [(each["text"], each["kind"]) for each in analyst.turn["numbers"]] == [("7 times", "found"), ("900 times", "unknown")]
    assert analyst.chart.x == "product"
    assert analyst.figure is not None
    assert analyst.sql.startswith("SELECT product")
    assert analyst.results == [analyst.result]
    assert "Tea sold" in analyst._twin()["text/plain"]


def test_tables_are_read_beside_the_cells_with_samples_but_of_masked_columns_none(analysts, pipeline):
    analyst = analysts(pipeline)
    until(lambda: analyst.schema is not None and analyst.schema.tables[0].row_count == 3)

    columns = {column["name"]: column for column in analyst.tables["tables"][0]["columns"]}
    assert columns["product"]["samples"] == ["cup", "tea"]
    assert (columns["buyer"]["masked"], columns["buyer"]["samples"]) == (True, [])
    assert "ada@" not in json.dumps([analyst.comm.messages, analyst.tables], default=str)


def test_sql_of_ones_own_passes_the_guard_and_the_masks(analysts, pipeline):
    analyst = analysts(pipeline)
    analyst.run("SELECT buyer, upper(buyer) AS loud FROM orders")

    assert analyst.wait(60).frame.rows()[0] == (MASK, MASK)
    assert [column["masked"] for column in analyst.grid["columns"]] == [True, True]
    heard(analyst, do="rows", key=analyst.grid["key"], start=0, stop=100)
    assert analyst.comm.sent[-1]["rows"][0] == [{"text": MASK, "mark": "racto-masked"}] * 2
    analyst.run("DROP TABLE orders")
    assert analyst.wait(60).outcome == "refused"
    assert analyst.turn["ended"] == "Refused by the guard."
    assert "ada@" not in json.dumps(analyst.comm.messages, default=str) + analyst._twin()["text/html"]


def test_the_word_of_the_guard_comes_while_one_writes(analysts, pipeline):
    analyst = analysts(pipeline)
    heard(analyst, do="draft", value="SELECT * FROM orders")
    until(lambda: analyst.verdict is not None)

    assert analyst.word["state"] == "allowed"
    assert "masked: orders.buyer" in analyst.word["reads"]
    heard(analyst, do="draft", value="COPY orders TO 'x'")
    until(lambda: analyst.verdict is not None and not analyst.verdict.allowed)
    assert analyst.word["broken"][0]["rule"] == "writes"


def test_windows_of_a_million_rows_are_sent_and_never_all(analysts, pipeline):
    analyst = analysts(pipeline)
    analyst.run("SELECT range AS n, 999999 - range AS back FROM range(1000000)")

    assert analyst.wait(60).row_count == 1_000_000
    heard(analyst, do="rows", key=analyst.grid["key"], start=500_000, stop=500_100)
    sent = analyst.comm.sent[-1]
    assert (sent["from"], len(sent["rows"]), sent["rows"][0]) == (500_000, 100, ["500000", "499999"])
    assert len(json.dumps(analyst.comm.messages, default=str)) < 1_000_000

    heard(analyst, do="sort", column=1)
    until(lambda: analyst.grid["count"] == 1_000_000 and analyst.grid["sort"] == 1)
    heard(analyst, do="rows", key=analyst.grid["key"], start=0, stop=2)
    assert analyst.comm.sent[-1]["rows"] == [["999999", "0"], ["999998", "1"]]
    assert analyst.frame.row(0) == (999_999, 0)

    heard(analyst, do="search", value="77777")
    until(lambda: analyst.grid["count"] not in {None, 1_000_000})
    assert analyst.frame.height == analyst.grid["count"] < 1000


def test_rows_of_an_order_that_is_no_more_are_not_sent(analysts, pipeline):
    analyst = analysts(pipeline)
    analyst.run("SELECT 1 AS one")
    analyst.wait(60)
    before = len(analyst.comm.sent)
    for key in ("t0.7", "t9.0", "t0", ""):
        heard(analyst, do="rows", key=key, start=0, stop=10)

    assert len(analyst.comm.sent) == before
    assert analyst.fault == {}


def test_stop_ends_a_question_and_another_can_be_asked(analysts, pipeline):
    kit = FakeKit([FakeReply(("{",) * 2000, delay=0.05), DRAFT], repeat_last=True)
    analyst = analysts(pipeline, kit=kit, run_answer=False)
    analyst.ask("Long?")
    until(lambda: analyst.asking["step"] == "writing SQL")
    analyst.stop()
    until(lambda: not analyst.busy)

    assert analyst.turn["state"] == "stopped"
    with pytest.raises(UsageError, match="stopped"):
        _ = analyst.result
    analyst.run("SELECT 1 AS one")
    assert analyst.wait(60).row_count == 1


def test_a_failure_is_told_and_another_question_can_be_asked(analysts, pipeline):
    analyst = analysts(pipeline, kit=FakeKit(["No SQL here."], repeat_last=True), run_answer=False)
    analyst.ask("What?")
    until(lambda: not analyst.busy)

    assert analyst.turn["state"] == "failed"
    assert analyst.turn["error"]


def test_a_question_with_a_key_in_it_is_not_sent(analysts, pipeline, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890abcdefgh")
    kit = FakeKit([DRAFT])
    analyst = analysts(pipeline, kit=kit)
    analyst.ask("Is sk-1234567890abcdefgh my key?")
    until(lambda: not analyst.busy)

    assert kit.calls == []
    assert "OPENAI_API_KEY" in analyst.turn["error"]


def test_several_statements_are_compared(analysts, pipeline):
    kit = FakeKit(["SELECT sum(quantity) FROM orders", "SELECT sum(quantity) AS s FROM orders", "SELECT count(*) FROM orders"])
    analyst = analysts(pipeline, kit=kit, candidates=3, run_answer=False)
    analyst.ask("How many?")
    analyst.wait(60)

    assert [(group["votes"], group["chosen"]) for group in analyst.turn["candidates"]] == [(2, True), (1, False)]


def test_gold_pairs_are_kept_in_a_file_that_a_pipeline_takes(analysts, pipeline, tmp_path):
    file = tmp_path / "gold.jsonl"
    file.write_text('{"question": "Old?", "sql": "SELECT 0"}')  # no line break at its end
    analyst = analysts(pipeline, gold=file)
    for sql, question in (("SELECT 1 AS one", "One?"), ("SELECT 2 AS two", " one? ")):
        analyst.run(sql)
        analyst.wait(60)
        analyst.keep(question)
        assert (analyst.gold[-1].sql, analyst.turn["kept"]) == (sql, True)

    assert [json.loads(line) for line in file.read_text().splitlines()] == [
        {"question": "Old?", "sql": "SELECT 0"}, {"question": "one?", "sql": "SELECT 2 AS two"},
    ]  # fmt: skip
    assert [pair.question for pair in analyst.gold] == ["Old?", "one?"]
    assert list(tmp_path.iterdir()) == [file]
    SQLAnalystPipeline(FakeKit([]), examples=analyst.gold)


def test_a_file_that_holds_no_gold_pairs_is_refused(pipeline, tmp_path):
    (tmp_path / "gold.jsonl").write_text('{"question": "Q"}\n')

    with pytest.raises(UsageError, match=r"Line 1 of 'gold.jsonl'"):
        SqlAnalyst(pipeline, gold=tmp_path / "gold.jsonl")


def test_a_connection_of_sqlite_is_read_on_the_thread_that_made_it(analysts):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE shops (city TEXT)")
    connection.execute("INSERT INTO shops VALUES ('Oslo')")
    connection.commit()
    analyst = analysts(connection, kit=FakeKit([]))
    analyst.run("SELECT city FROM shops")

    assert analyst.wait(60).raw_rows == [{"city": "Oslo"}]
    connection.close()


def test_a_chart_is_drawn_anew_as_it_is_chosen(analysts, pipeline):
    analyst = analysts(pipeline)
    analyst.run("SELECT product, quantity FROM orders")
    analyst.wait(60)
    for part, value in (("kind", "bar"), ("x", "product"), ("y", "quantity"), ("color", ""), ("how", "sum")):
        heard(analyst, do="chart", part=part, value=value)
    until(lambda: analyst.picture["data"].get("shape") == "bars")

    assert {each["label"]: each["value"] for each in analyst.picture["data"]["values"]} == {"tea": 7.0, "cup": 1.0}
    assert sorted(analyst.figure.data[0].y) == [1.0, 7.0]


def test_what_a_page_may_not_say_is_shown_and_changes_nothing(analysts, pipeline):
    analyst = analysts(pipeline)
    heard(analyst, do="execute", key="t0", sql="DROP TABLE orders", question="")

    assert "not understood" in analyst.fault["text"]
    assert analyst.history == []


def test_somebody_must_be_asked_of_something(pipeline):
    for source, more, says in (
        (ORDERS, {}, "who is asked"), (None, {"kit": FakeKit([])}, "what is asked"), (pipeline, {"allowed_tables": ["x"]}, "itself"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=says):
            SqlAnalyst(source, **more)


def test_what_went_wrong_is_said_without_secrets(analysts, pipeline, monkeypatch):
    monkeypatch.setenv("DATABASE_PASSWORD", "correct-horse-7")

    async def broken(sql, **more):
        raise ValueError("login with correct-horse-7 failed\x07")

    analyst = analysts(pipeline)
    monkeypatch.setattr(type(pipeline), "arun_sql", lambda self, sql, **more: broken(sql))
    analyst.run("SELECT 1")
    with pytest.raises(UsageError):
        analyst.wait(60)

    assert analyst.turn["error"] == analyst.status.removeprefix("failed. ") == "ValueError: login with [DATABASE_PASSWORD] failed"
    until(lambda: analyst.fault)
    assert "correct-horse-7" not in json.dumps([analyst.comm.messages, analyst.fault, analyst._twin()], default=str)


def test_letters_that_no_page_can_be_sent_do_not_stop_the_widget(analysts, pipeline):
    analyst = analysts(pipeline)
    analyst.write("SELECT '\ud800'")

    assert analyst.editor["text"] == "SELECT '\ufffd'"
    json.dumps([analyst.comm.messages], ensure_ascii=False, default=str).encode()


def test_gold_pairs_that_are_kept_at_once_are_all_kept_and_what_cannot_be_is_said(analysts, pipeline, tmp_path):
    file = tmp_path / "gold.jsonl"
    analyst = analysts(pipeline, gold=file)
    analyst.run("SELECT 1 AS one")
    analyst.wait(60)
    for number in range(20):
        heard(analyst, do="keep", question=f"Question {number}?")
    analyst.keep("The last?")

    assert [pair.question for pair in analyst.gold] == [*(f"Question {number}?" for number in range(20)), "The last?"]
    assert len(file.read_text().splitlines()) == 21
    file.unlink()
    file.mkdir()
    with pytest.raises(OSError, match="gold"):
        analyst.keep("One more?")
    assert len(analyst.gold) == 21
