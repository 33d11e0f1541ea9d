"""Tables, lines and warnings escape everything, and have a text twin."""

import pandas as pd
import polars as pl
import pytest
from IPython.core.interactiveshell import InteractiveShell

from racto_nb.notebook.display.tables import Table, drawn_frame, show_table, show_text, table_bundle
from racto_nb.notebook.display.theme import STYLE, page, plain

EVIL = '<script>alert("1")</script>\x1b[31m<img src=x onerror=1>\x07'
HARMLESS = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&lt;img src=x onerror=1&gt;"


@pytest.mark.parametrize(
    "table", [Table((EVIL,), [("x",)]), Table(("h",), [(EVIL,)]), Table(("h",), [("x",)], EVIL), Table(("h",), [], EVIL)]
)
def test_hostile_text_in_a_table_is_escaped(table: Table):
    shown = table_bundle(table)
    assert HARMLESS in shown["text/html"]
    assert "<script" not in shown["text/html"]
    assert "<img" not in shown["text/html"]
    assert not {"\x1b", "\x07"} & set(shown["text/html"] + shown["text/plain"])


def test_a_table_has_aligned_text_and_a_caption():
    shown = table_bundle(Table(("name", "n"), [("a", "1"), ("longer", "22")], "Two."))
    assert shown["text/plain"] == "name    n\na       1\nlonger  22\nTwo."
    assert shown["text/html"].count("<tr>") == 3
    assert "Two." in shown["text/html"]


def test_a_table_without_rows_is_its_caption():
    shown = table_bundle(Table(("name",), [], "Nothing yet."))
    assert shown["text/plain"] == "Nothing yet."
    assert "<table" not in shown["text/html"]


@pytest.mark.parametrize("where", [{"footer": EVIL}, {"footer": "f", "warning": EVIL}])
def test_hostile_footers_and_warnings_are_escaped(where: dict[str, str]):
    shown = page("<p>clean</p>", **where)
    assert HARMLESS in shown
    assert "<script" not in shown
    assert not {"\x1b", "\x07"} & set(shown + plain("body", **where))


def test_without_footer_and_warning_there_is_no_line_below():
    assert "racto-foot" not in page("<p>x</p>", "").removeprefix(STYLE)
    assert plain("body", "") == "body"


def test_tables_and_lines_are_displayed(bare_shell: InteractiveShell):
    show_table(Table(("h",), [("x",)]))
    show_text(EVIL)
    table, line = (output["data"] for output in bare_shell.display_pub.outputs)
    assert table["text/plain"] == "h\nx"
    assert f"<p>{HARMLESS}</p>" in line["text/html"]
    assert line["text/plain"] == '<script>alert("1")</script><img src=x onerror=1>'


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_a_hostile_frame_is_cleaned(kind: type):
    drawn = drawn_frame(kind({EVIL: [EVIL, "quokka"]}))

    assert "quokka" in drawn.html
    assert "<table" in drawn.html
    assert not any(tag in drawn.html.lower() for tag in ("<script", "<img", "<style"))
    assert not {"\x1b", "\x07"} & set(drawn.html + drawn.text)
