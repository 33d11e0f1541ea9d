"""What an analyst's widget does about what happens, without a page, a model or a database."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.reading import said
from racto_nb.notebook.controllers.sql.charting import drawn
from racto_nb.notebook.controllers.sql.events import (
    HEARD,
    Answer,
    Arrange,
    Ask,
    Chart,
    Counted,
    Draft,
    Drafts,
    Draw,
    Drawn,
    Ended,
    Execute,
    Halt,
    Judge,
    Judged,
    Keep,
    Kept,
    Look,
    Open,
    Pair,
    ReadTables,
    Reread,
    Rewrite,
    Run,
    Search,
    Sort,
    Specified,
    Stepped,
    Stop,
    TablesRead,
    Use,
)  # fmt: skip
from racto_nb.notebook.controllers.sql.rows import MOST_ROWS, order_of, window
from racto_nb.notebook.controllers.sql.state import Shown, SqlState, Tables
from racto_nb.notebook.controllers.sql.update import update
from racto_nb.notebook.controllers.sql.view import twin, view
from racto_nb.pipelines.sql_analyst.answering.checking import checked_numbers
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.guarding.guard import SQLGuard
from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy, Verdict
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table
from racto_nb.pipelines.sql_analyst.writing.values import CandidateGroup

NEW = SqlState("shop", "fake:m")
FRAME = pl.DataFrame({"city": ["Oslo", "Rome", None], "sold": [3, 12, 7]})
SQL = "SELECT city, sold FROM shops"
SCHEMA = DatabaseSchema(
    "duckdb",
    (
        Table(
            "order", (Column("id", "INTEGER", samples=("1", "2")), Column("mail", "VARCHAR")), primary_key=("id",), row_count=2
        ),
        Table("shops", (Column("city", "VARCHAR"),), schema="eu"),
    ),
)
BAD = "<img src=x onerror=alert(1)> <script>alert(1)</script> [a](javascript:alert(1))"


def result_of(frame=FRAME, **more):
    given = {"user_query": "Which?", "frame": frame, "columns": frame.columns, "row_count": frame.height}
    return SQLAnalystResult(**{**given, "sql_query": f"{SQL} LIMIT 11", "verdict": Verdict(SQL, f"{SQL} LIMIT 11"), **more})


def after(state, *events):
    """The state after `events`, and the wishes of the last one."""
    wishes = ()
    for event in events:
        state, wishes = update(state, event)
    return state, list(wishes)


def done(key="t0", **more):
    return Ended(key, "done", result_of(**more))


def test_a_question_is_asked_with_as_many_statements_as_are_wished():
    state, wishes = after(NEW, Drafts(3), Ask(" Which? "))

    assert wishes == [Answer("t0", "Which?", 3)]
    assert view(state)["asking"]["busy"]

    state, _ = after(state, Stepped("t0", "running SQL"))

    assert view(state)["asking"]["step"] == "running SQL"
    assert view(state)["status"] == "running SQL …"


def test_the_statement_of_an_answer_is_put_into_the_editor_without_the_limit_of_the_guard():
    state, wishes = after(NEW, Ask("Which?"), done())

    assert (state.text, wishes) == (SQL, [Judge(SQL)])
    assert view(state)["grid"]["count"] == 3
    assert [column["label"] for column in view(state)["grid"]["columns"]] == ["city", "sold"]


def test_what_somebody_writes_meanwhile_is_not_overwritten():
    state, wishes = after(NEW, Ask("Which?"), Draft("SELECT 1"), done())

    assert (state.text, wishes) == ("SELECT 1", [])


def test_the_guard_is_asked_about_what_is_written_and_an_old_word_is_let_go():
    state, wishes = after(NEW, Draft("DROP TABLE x"))

    assert wishes == [Judge("DROP TABLE x")]
    assert view(state)["word"]["state"] == "asked"

    guard = SQLGuard(GuardPolicy("duckdb"))
    state, _ = after(state, Judged("SELECT 1", guard.check("SELECT 1")))
    assert view(state)["word"]["state"] == "asked"

    state, _ = after(state, Judged("DROP TABLE x", guard.check("DROP TABLE x")))
    word = view(state)["word"]
    assert (word["state"], word["broken"][0]["rule"]) == ("refused", "writes")
    assert (word["broken"][0]["start"], word["broken"][0]["end"], word["broken"][0]["line"]) == (0, 4, 1)


def test_places_are_counted_as_a_page_counts():
    sql = "SELECT '😀', read_csv('x')"
    state, _ = after(NEW, Draft(sql), Judged(sql, SQLGuard(GuardPolicy("duckdb")).check(sql)))
    broken = view(state)["word"]["broken"][0]

    assert sql.encode("utf-16-le")[2 * broken["start"] : 2 * broken["end"]].decode("utf-16-le").startswith("read_csv")


def test_what_the_guard_would_allow_is_put_into_the_editor():
    verdict = replace(SQLGuard(GuardPolicy("duckdb")).check("SELECT 1; SELECT 2"), rewrite="SELECT 1")
    state, wishes = after(NEW, Draft("SELECT 1; SELECT 2"), Judged("SELECT 1; SELECT 2", verdict), Rewrite())

    assert (state.text, wishes) == ("SELECT 1", [Judge("SELECT 1")])
    assert view(state)["editor"]["version"] == 1


def test_a_statement_that_is_run_goes_on_answering_the_question_it_came_from():
    state, wishes = after(NEW, Ask("Which?"), done(), Draft("SELECT 2"), Run())

    assert wishes == [Execute("t1", "SELECT 2", "Which?")]
    assert view(state)["history"][1]["label"] == "SELECT 2"


def test_rows_of_a_table_are_a_statement_like_any_other():
    _, wishes = after(NEW, TablesRead(Tables(SCHEMA)), Look(0))
    sql = 'SELECT * FROM "order" LIMIT 100'

    assert wishes == [Judge(sql), Execute("t0", sql, "")]
    assert after(NEW, TablesRead(Tables(SCHEMA)), Look(1))[0].text == "SELECT * FROM eu.shops LIMIT 100"


def test_the_tables_show_samples_but_none_of_masked_columns():
    schema = replace(SCHEMA, tables=(replace(SCHEMA.tables[0], columns=(Column("mail", "VARCHAR", samples=("a@b",)),)),))
    state, _ = after(NEW, TablesRead(Tables(schema, frozenset({"mail"}))))
    shown = view(state)["tables"]["tables"][0]["columns"][0]

    assert (shown["masked"], shown["samples"]) == (True, [])
    assert after(state, Reread())[1] == [ReadTables(anew=True)]


def test_stop_halts_what_runs():
    state, wishes = after(NEW, Ask("Which?"), Stop())

    assert wishes == [Halt("t0")]

    state, _ = after(state, Ended("t0", "stopped", error="stopped"))

    assert not view(state)["asking"]["busy"]
    assert view(state)["turn"]["error"] == "stopped"
    assert "stopped" in twin(state)["text/plain"]


def test_an_earlier_question_is_opened_and_what_was_written_stays_with_its_own():
    state, _ = after(NEW, Ask("Which?"), done(), Ask("Else?"), done("t1"), Draft("SELECT 9"))
    state, wishes = after(state, Open("t0"))

    assert (state.text, wishes) == (SQL, [Judge(SQL)])
    assert after(state, Open("t1"))[0].text == "SELECT 9"


def test_rows_are_ordered_and_searched_anew_each_time():
    state, wishes = after(NEW, Ask("Which?"), done(), Sort(1))

    assert wishes[0].shown == Shown(1, number=1)
    assert view(state)["grid"]["count"] is None

    state, wishes = after(state, Counted("t0", 0, 99), Search("o"), Counted("t0", 2, 1))

    assert isinstance(wishes, list)
    assert view(state)["grid"]["count"] == 1
    assert view(state)["grid"]["key"] == "t0.2"
    assert after(state, Sort(1))[0].turn.shown.descending
    assert after(state, Sort(1), Sort(1))[0].turn.shown.column == -1


def test_the_order_and_the_windows_of_rows():
    assert order_of(FRAME, Shown()) is None
    assert list(order_of(FRAME, Shown(1, descending=True))) == [1, 2, 0]
    assert list(order_of(FRAME, Shown(1, search="O"))) == [0, 1]
    assert window(FRAME, order_of(FRAME, Shown(1)), 1, 3) == [[{"text": "", "mark": "racto-null"}, "7"], ["Rome", "12"]]
    assert len(window(pl.DataFrame({"n": range(5000)}), None, 0, 5000)) == MOST_ROWS
    assert window(FRAME, None, 5, 2) == []


def test_a_chart_is_drawn_of_what_is_chosen_and_an_old_drawing_is_let_go():
    state, wishes = after(NEW, Ask("Which?"), done(), Chart("x", "city"), Chart("y", "sold"), Chart("how", "sum"))

    assert isinstance(wishes[0], Draw)
    assert (wishes[0].spec.x, wishes[0].spec.y, wishes[0].how) == ("city", "sold", "sum")

    old = drawn(FRAME, ChartSpec(chart_type="line", x="city", y="sold"))
    assert after(state, Drawn("t0", old))[0].turn.picture.data == {}
    new = drawn(FRAME, wishes[0].spec, "sum")
    state, _ = after(state, Drawn("t0", new))
    assert view(state)["picture"]["data"]["values"][0] == {"label": "Oslo", "value": 3.0, "group": 0}
    assert view(state)["picture"]["chosen"]["how"] == "sum"


def test_several_columns_stand_in_y_and_take_the_place_of_a_colour():
    state, wishes = after(
        NEW, Ask("Which?"), done(), Chart("x", "city"), Chart("y", "sold"), Chart("color", "city"), Chart("more", "day")
    )

    assert (wishes[0].spec.y, wishes[0].spec.color) == (["sold", "day"], None)
    assert view(state)["picture"]["chosen"]["ys"] == ["sold", "day"]
    assert after(state, Chart("more", "day"))[1][0].spec.y == ["sold", "day"]
    assert after(state, Chart("less", "sold"))[1][0].spec.y == "day"


def test_the_chart_of_rows_that_were_gathered_is_saved_as_a_picture_too():
    rows = pl.DataFrame({"city": ["Oslo", "Oslo", "Rome"], "sold": [3, 4, 5]})
    chosen = [Chart("x", "city"), Chart("y", "sold"), Chart("title", "Sold"), Chart("how", "sum")]
    state, wishes = after(NEW, Ask("Which?"), done(frame=rows), *chosen)
    state, _ = after(state, Drawn("t0", drawn(rows, wishes[0].spec, "sum")))
    saved = twin(state)

    assert 'alt="Sold (bar chart)"' in saved["text/html"]
    assert "7" in saved["text/plain"].rpartition("Sold")[2]


def test_a_title_and_labels_are_written_into_the_spec_and_nothing_in_them_runs():
    hostile = "<img src=x onerror=alert(1)>"
    state, wishes = after(
        NEW, Ask("Which?"), done(), Chart("x", "city"), Chart("y", "sold"), Chart("how", "sum"),
        Chart("title", hostile + "x" * 4_000), Chart("x_label", "Towns"), Chart("y_label", hostile),
    )  # fmt: skip
    spec = wishes[0].spec
    data = drawn(FRAME, spec, "sum").data

    assert (len(spec.title), spec.x_label, spec.y_label) == (200, "Towns", hostile)
    assert (data["title"][:28], data["x"], data["y"]) == (hostile, "Towns", hostile)
    saved = twin(after(state, Drawn("t0", drawn(FRAME, spec, "sum")))[0])["text/html"]
    assert saved.count("<img") == saved.count('src="data:image/svg+xml;base64,') == 1
    assert "<img src=x" not in saved
    assert after(state, Chart("y_label", ""))[1][0].spec.y_label is None


def test_a_chart_that_is_written_in_python_is_drawn():
    wished = ChartSpec(chart_type="histogram", x="sold", title="How much is sold", x_label="pieces")
    state, wishes = after(NEW, Ask("Which?"), done(), Specified(wished))
    data = drawn(FRAME, wished).data

    assert wishes[0].spec is wished
    assert view(state)["picture"]["chosen"]["title"] == "How much is sold"
    assert (data["title"], data["x"], data["y"]) == ("How much is sold", "pieces", "count")


def test_a_histogram_counts_one_column():
    state, _ = after(NEW, Ask("Which?"), done(), Chart("x", "sold"), Chart("y", "sold"), Chart("kind", "histogram"))

    assert (state.turn.picture.spec.x, state.turn.picture.spec.y) == ("sold", None)


def test_numbers_of_an_answer_are_marked_as_found_computed_or_unknown():
    text = "Rome sold **12**, in total 22, and 900 elsewhere [x](http://a.b/900)."
    check = checked_numbers(text, [FRAME], question="Which?")
    state, _ = after(NEW, Ask("Which?"), Ended("t0", "done", result_of(answer=text), numbers=check))
    turn = view(state)["turn"]

    assert [(each["text"], each["kind"]) for each in turn["numbers"]][:3] == [
        ("12", "found"),
        ("22", "computed"),
        ("900", "unknown"),
    ]
    assert "<mark class=racto-found>12</mark>" in turn["html"]
    assert "<mark class=racto-unknown>900</mark>" in turn["html"]
    assert "<mark" not in turn["html"].partition('href="')[2].partition('"')[0]


def test_numbers_are_marked_also_behind_what_a_terminal_would_take_for_a_colour():
    raw = "\x1b[31mRome sold 12."
    check = checked_numbers("Rome sold 12.", [FRAME], question="Which?")
    state, _ = after(NEW, Ask("Which?"), Ended("t0", "done", result_of(answer=raw), numbers=check))

    assert "Rome sold <mark class=racto-found>12</mark>." in view(state)["turn"]["html"]


def test_candidates_stand_side_by_side_and_one_is_taken_into_the_editor():
    groups = [
        CandidateGroup(sqls=["A", "A", "B"], votes=3, row_count=1, chosen=True),
        CandidateGroup(sqls=["C"], votes=1, error="no"),
    ]
    state, _ = after(NEW, Ask("Which?"), done(candidates=groups))

    assert view(state)["turn"]["candidates"][0]["sqls"] == ["A", "B"]
    assert view(state)["turn"]["candidates"][0]["places"] == [0, 2]
    assert after(state, Use(1, 0))[0].text == "C"
    with pytest.raises(UsageError, match="no such candidate"):
        update(state, Use(2, 0))


def test_a_gold_pair_is_the_question_with_the_statement_as_it_was_written():
    state, wishes = after(NEW, Ask("Which?"), done(), Keep(" Which one? "))

    assert wishes == [Pair("t0", "Which one?", SQL)]
    assert view(after(state, Kept("t0", 4))[0])["asking"]["kept"] == 4


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Ask("  "), "empty"), (Run(), "no statement"), (Look(0), "no such table"), (Rewrite(), "no statement near"), (Use(0), "no such"),
        (Open("t9"), "'t9'"), (Sort(0), "no rows"), (Search("x"), "no rows"), (Chart("x", "a"), "no rows"), (Keep("x"), "has run"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(event, says):
    with pytest.raises(UsageError, match=says):
        update(NEW, event)


@pytest.mark.parametrize(
    ("event", "says"), [(Sort(7), "no such column"), (Chart("kind", "cake"), "cake"), (Chart("how", "guess"), "guess"), (Keep(" "), "has a question")]
)  # fmt: skip
def test_what_the_rows_do_not_have_is_refused(event, says):
    state, _ = after(NEW, Ask("Which?"), done())

    with pytest.raises(UsageError, match=says):
        update(state, event)


def test_nothing_is_asked_while_something_runs():
    state, _ = after(NEW, Draft("SELECT 1"), Run())

    for event in (Ask("And?"), Run()):
        with pytest.raises(UsageError, match="still being answered"):
            update(state, event)


def test_parts_that_have_not_changed_are_the_same_objects():
    state, _ = after(NEW, TablesRead(Tables(SCHEMA)), Ask("Which?"), done())
    first, second = view(state), view(after(state, Drafts(2))[0])

    assert all(first[part] is second[part] for part in ("tables", "turn", "grid", "picture", "word"))


def test_hostile_texts_are_clean_in_what_a_page_is_sent():
    frame = pl.DataFrame({BAD: [BAD], "n": [1]})
    result = result_of(frame, answer=BAD, notices=[BAD], assumptions=[BAD], user_query=BAD)
    state, _ = after(NEW, Ask(BAD), Ended("t0", "done", result, numbers=checked_numbers(BAD, [frame])))

    for markup in (view(state)["turn"]["html"], twin(state)["text/html"]):
        assert "<img" not in markup
        assert "<script" not in markup
        assert 'href="javascript' not in markup


@pytest.mark.parametrize(
    "content",
    [
        None, [], "ask", {}, {"do": "ask"}, {"do": "ask", "text": 3}, {"do": "ask", "text": "x", "more": 1}, {"do": "judged", "text": "x"},
        {"do": "draft", "value": "x" * 100_001}, {"do": "rows", "key": "t0.0", "start": -1, "stop": 3}, {"do": "open", "key": "../x"},
        {"do": "rows", "key": "t0.0", "start": 0, "stop": 2_000_000_001}, {"do": "sort", "column": "1"}, {"do": "drafts", "value": 11},
        {"do": "chart", "part": "colour", "value": "x"}, {"do": "use", "group": 1.5}, {"do": "execute", "sql": "x"}, {"do": "look", "table": True},
    ],
)  # fmt: skip
def test_what_a_page_says_is_checked(content):
    with pytest.raises(UsageError, match="not understood"):
        said(content, HEARD)


def test_a_wish_for_rows_names_what_is_arranged():
    _, wishes = after(NEW, Ask("Which?"), done(), Search("x"))

    assert isinstance(wishes[0], Arrange)
    assert wishes[0].key == "t0"
