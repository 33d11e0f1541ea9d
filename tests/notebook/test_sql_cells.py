"""`%%racto sql SOURCE`: what is asked, what is shown, what is kept."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import polars as pl
import pytest
from in_process_notebook import Notebook

from racto_nb.exceptions import MissingFileError, ReadOnlyViolationError, UsageError
from racto_nb.notebook.display.frames import frame_html, frame_text
from racto_nb.notebook.display.verdicts import verdict_bundle
from racto_nb.pipelines import GuardPolicy, SQLAnalystPipeline, SQLGuard
from racto_nb.testing import FakeKit

EVIL = "<script>alert(1)</script>"
REVENUE = "SELECT product, sum(euros) AS revenue FROM orders GROUP BY product ORDER BY revenue DESC"
NOTHING = '{"steps": []}'
ROWS = {"product": ["Lamp", "Lock", "Lamp"], "euros": [25.0, 39.5, 25.0]}


@pytest.fixture
def notebook(notebook: Notebook) -> Notebook:
    notebook["orders"] = pl.DataFrame(ROWS)
    return notebook


def written(sql: str, **more: Any) -> str:
    return json.dumps({"sql": sql, **more})


def ask(notebook: Notebook, line: str, *replies: str, body: str = "What does each product bring in?") -> BaseException | None:
    notebook["kit"] = FakeKit(list(replies) or [written(REVENUE), NOTHING, "Lamps bring in **50** euros, locks 39.5."])
    return notebook.run(f"%%racto sql {line} --model kit\n{body}")


def test_an_answer_is_shown_with_rows_statement_verdict_and_chart(notebook: Notebook):
    assert ask(notebook, "orders --into answer") is None
    card, chart = notebook.shown
    assert "<strong>50</strong>" in card["text/html"]
    assert "<summary>SQL</summary>" in card["text/html"]
    for text in ("Lamps bring in", "Lamp        50", "reads orders", "frames orders · 2 rows · fake:fake-model"):
        assert text in card["text/plain"]
    assert chart["application/vnd.plotly.v1+json"]["data"]
    assert chart["text/html"].startswith('<figure class="racto-picture"')
    assert 'chart)" src=' in chart["text/html"]
    assert "Lamp" in chart["text/plain"]
    assert notebook["answer"] is notebook["_racto"]
    assert notebook["answer"].df["revenue"].tolist() == [50.0, 39.5]


def test_a_number_that_is_not_in_the_rows_is_named(notebook: Notebook):
    assert ask(notebook, "orders --chart none", written(REVENUE), NOTHING, "Lamps bring in 71,304 euros.") is None
    (card,) = notebook.shown
    assert "Not in the rows, nor computed from them: 71,304." in card["text/plain"]


def test_a_refused_statement_fails_the_cell_with_its_place_marked(notebook: Notebook):
    error = ask(notebook, "orders", written("DELETE FROM orders"))
    assert isinstance(error, ReadOnlyViolationError)
    (card,) = notebook.shown
    assert "Refused by the guard" in card["text/plain"]
    assert "<mark>" in card["text/html"]
    assert notebook["_racto"].outcome == "refused"


def test_rows_are_shown_and_kept_where_only_the_answer_fails(notebook: Notebook):
    error = ask(notebook, "orders --chart none", written(REVENUE), NOTHING)
    assert isinstance(error, UsageError)  # the script has ended
    (card,) = notebook.shown
    assert "Lamp        50" in card["text/plain"]
    assert "Failed: " in card["text/plain"]
    assert notebook["_racto"].row_count == 2


def test_only_sql_is_asked_for_without_an_answer(notebook: Notebook):
    assert ask(notebook, "orders --no-answer --max-rows 1", written(REVENUE)) is None
    assert len(notebook["kit"].calls) == 1
    assert notebook["_racto"].row_count == 1
    assert notebook.text.count("There may be more rows than the 1 that are here: the limit was reached.") == 1


def test_a_chart_is_drawn_of_the_kind_that_was_asked_for(notebook: Notebook):
    assert ask(notebook, "orders --no-answer --chart bar", written(REVENUE)) is None
    assert notebook.shown[1]["application/vnd.plotly.v1+json"]["data"][0]["type"] == "bar"


def test_a_dry_run_shows_the_exact_text_and_asks_nobody(notebook: Notebook):
    assert ask(notebook, "orders --dry-run") is None
    assert notebook["kit"].calls == []
    assert "orders" in notebook.text
    assert "What does each product bring in?" in notebook.text
    assert "not sent" in notebook.text


def test_a_file_an_address_and_a_variable_of_the_environment_are_asked(notebook: Notebook, tmp_path, monkeypatch):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE orders AS SELECT * FROM (VALUES ('Lamp', 25.0), ('Lock', 39.5)) t(product, euros)")
    monkeypatch.setenv("SHOP_URL", f"duckdb:///{path}")
    for source in (str(path), f"duckdb:///{path}", "$SHOP_URL"):
        assert ask(notebook, f"'{source}' --no-answer --chart none", written(REVENUE)) is None, source
        assert notebook["_racto"].row_count == 2


def test_a_pipeline_of_the_notebook_is_asked_with_its_own_kit(notebook: Notebook):
    kit = FakeKit([written(REVENUE)])
    notebook["shop"] = SQLAnalystPipeline(kit, engine={"orders": pl.DataFrame(ROWS)}, run_pandas=False, run_answer=False)
    assert notebook.run("%%racto sql shop\nWhat?") is None
    assert len(kit.calls) == 1
    assert notebook["_racto"].row_count == 2
    notebook["shop"].close()


def test_a_pipeline_knows_itself_which_tables_may_be_read(notebook: Notebook):
    notebook["shop"] = SQLAnalystPipeline(FakeKit([]), engine={"orders": pl.DataFrame(ROWS)})
    assert "Leave out --tables" in str(notebook.failed("%%racto sql shop --tables orders\nWhat?"))


@pytest.mark.parametrize(
    ("line", "body", "said"),
    [
        ("", "What?", "Say what to ask"),
        ("ordres", "What?", "Did you mean 'orders'?"),
        ("$NOT_THERE_URL", "What?", "There is no environment variable"),
        ("pl", "What?", "holds no rows"),
        ("orders", "  ", "The cell is empty"),
        ("orders --into orders", "What?", "would overwrite what is asked"),
        ("orders --candidates 0", "What?", "--candidates is between 1 and"),
        ("orders --max-rows 0", "What?", "--max-rows is 1 or more"),
        ("orders --chart cake", "What?", "cake"),
        ("orders --model kit --model other", "What?", "answered by one model"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_sent(notebook: Notebook, line: str, body: str, said: str):
    notebook["pl"], notebook["kit"] = pl, FakeKit([])
    error = notebook.failed(f"%%racto sql {line}\n{body}")
    assert isinstance(error, UsageError)
    assert said in str(error)
    assert notebook["kit"].calls == []


def test_a_file_that_is_not_there_is_not_made(notebook: Notebook, tmp_path):
    error = ask(notebook, f"duckdb:///{tmp_path}/none.duckdb")
    assert isinstance(error, MissingFileError)
    assert not (tmp_path / "none.duckdb").exists()


def test_cells_of_foreign_rows_are_escaped(notebook: Notebook):
    notebook["orders"] = pl.DataFrame({"product": [EVIL], "euros": [1.0]})
    assert ask(notebook, "orders --chart none", written(REVENUE), NOTHING, EVIL) is None
    assert "<script" not in notebook.shown[0]["text/html"]


def test_a_result_as_the_last_line_of_a_cell_shows_its_chart_too(notebook: Notebook):
    assert ask(notebook, "orders --no-answer --quiet", written(REVENUE)) is None
    assert notebook.shown == []
    notebook.shell.display_formatter.format(notebook["_racto"])
    assert len(notebook.shown) == 2


def test_the_first_rows_and_columns_of_a_frame_are_shown_and_the_others_counted():
    frame = pl.DataFrame({f"c{place}": range(40) for place in range(20)})
    assert "28 more rows and 4 more columns not shown" in frame_text(frame)
    assert frame_html(frame).count("<tr>") == 13
    assert frame_text(pl.DataFrame(schema={"a": pl.Int64})) == "a\nNo row."
    assert frame_html(pl.DataFrame()) == frame_text(pl.DataFrame()) == ""


def test_a_verdict_shows_what_is_read_or_why_not():
    guard = SQLGuard(GuardPolicy("duckdb"))
    allowed, refused = (verdict_bundle(guard.check(sql)) for sql in ("SELECT a FROM t", f"SELECT getenv('{EVIL}')"))
    assert allowed["text/plain"].startswith("Allowed")
    assert "reads t" in allowed["text/plain"]
    assert refused["text/plain"].startswith("Refused")
    assert "<script" not in refused["text/html"]
