"""Rows as files and JSON: nothing is lost without a word, and text never becomes a formula."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from racto_nb.exceptions import UsageError
from racto_nb.pipelines.sql_analyst.exporting import as_pandas, csv_of, json_of, plain, write_excel, write_parquet
from racto_nb.pipelines.sql_analyst.guarding.values import Verdict
from racto_nb.pipelines.sql_analyst.masking import MASK, masked

MIXED = pl.DataFrame(
    {
        "id": [1, 2**60, None],
        "price": [Decimal("2.50"), Decimal("12345678901234567890.12"), None],
        "share": [0.5, float("nan"), float("inf")],
        "name": ["=1+1", "@SUM(A1)", 'naïve, "quoted"\nline'],
        "at": [datetime(2026, 1, 31, 12, 30, tzinfo=UTC), None, datetime(1850, 1, 1, tzinfo=UTC)],
        "plain_at": [datetime(2026, 1, 31, 12, 30), datetime(1850, 1, 1), None],  # noqa: DTZ001
        "day": [date(2026, 1, 31), date(1850, 1, 1), None],
        "clock": [time(12, 30), None, time(0, 0)],
        "took": [timedelta(hours=26), None, timedelta(0)],
        "tags": [["a", "b"], [], None],
        "place": [{"x": 1}, {"x": None}, None],
        "raw": [b"\x00\xff", b"", None],
        "ok": [True, False, None],
    },
    schema_overrides={"price": pl.Decimal(38, 2)},
)


def cells(path: Path) -> list[list[tuple[object, str]]]:
    """Each cell's value and type as the file has them, and no formula."""
    from python_calamine import CalamineWorkbook

    with zipfile.ZipFile(path) as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def test_every_value_is_json():
    rows = json.loads(json_of(MIXED.to_dicts(), indent=2))

    assert rows[0]["price"] == 2.5
    assert rows[1]["price"] == "12345678901234567890.12"
    assert rows[1]["id"] == 2**60
    assert [row["share"] for row in rows] == [0.5, None, None]
    assert rows[0]["raw"] == "AP8="
    assert rows[0]["place"] == {"x": 1}
    assert rows[0]["took"] == "P1DT2H"


def test_a_foreign_object_is_its_text():
    class Thing:
        def __str__(self) -> str:
            return "a thing"

    assert plain([Thing(), {1: {"a"}}]) == ["a thing", {"1": ["a"]}]


def test_csv_can_hold_all_of_it():
    text = csv_of(MIXED)

    assert text.startswith("id,price,share,name,")
    assert '"[""a"",""b""]"' in text
    assert "AP8=" in text
    assert pl.read_csv(text.encode())["name"].to_list() == MIXED["name"].to_list()


def test_excel_keeps_text_as_text_and_rounds_nothing(tmp_path: Path):
    path = tmp_path / "rows.xlsx"

    write_excel(MIXED, path, sheet_name="Results")

    table = cells(path)
    assert table[0] == MIXED.columns
    assert [row[3] for row in table[1:]] == MIXED["name"].to_list()
    assert [row[1] for row in table[1:]] == [2.5, "12345678901234567890.12", ""]
    assert [row[0] for row in table[1:]] == [1.0, str(2**60), ""]
    assert [row[2] for row in table[1:]] == [0.5, "nan", "inf"]
    assert table[1][4] == "2026-01-31T12:30:00+00:00"
    assert [row[6] for row in table[1:]] == [date(2026, 1, 31), "1850-01-01", ""]
    assert table[1][9] == '["a","b"]'


def test_excel_can_hold_no_rows(tmp_path: Path):
    write_excel(MIXED.head(0), tmp_path / "none.xlsx", sheet_name="Results")

    assert cells(tmp_path / "none.xlsx") == [MIXED.columns]


@pytest.mark.parametrize("name", ["", "a" * 32, "a/b", "[x]", "'quoted'"])
def test_a_sheet_name_that_excel_refuses_is_refused_first(tmp_path: Path, name: str):
    with pytest.raises(UsageError, match="sheet's name"):
        write_excel(MIXED, tmp_path / "rows.xlsx", sheet_name=name)


def test_a_text_that_no_cell_holds_is_not_cut(tmp_path: Path):
    with pytest.raises(UsageError, match="32,768"):
        write_excel(pl.DataFrame({"text": ["x" * 32_768]}), tmp_path / "rows.xlsx", sheet_name="Results")


def test_parquet_keeps_the_types(tmp_path: Path):
    write_parquet(MIXED, tmp_path / "rows.parquet")

    assert pl.read_parquet(tmp_path / "rows.parquet").equals(MIXED)


def test_pandas_keeps_large_numbers_and_decimals():
    frame = as_pandas(MIXED)

    assert list(frame.columns) == MIXED.columns
    assert frame["id"].tolist() == [1, 2**60, pd.NA]
    assert frame["price"][1] == Decimal("12345678901234567890.12")
    assert frame["tags"][0] == ["a", "b"]
    assert str(frame["plain_at"].dtype).startswith("datetime64")
    assert as_pandas(pl.DataFrame({"n": [1, 2]}))["n"].dtype == "int64"
    assert as_pandas(MIXED.head(0)).shape == (0, MIXED.width)


def test_masked_places_hold_nothing_of_their_values():
    frame = pl.DataFrame({"id": [1, 2], "email": ["a@x", None], "n": [1, 2]})

    hidden = masked(frame, Verdict("", masked={1: ("people.email",), 2: ("people.n",)}, width=3))

    assert hidden.rows() == [(1, MASK, MASK), (2, MASK, MASK)]
    assert masked(frame, Verdict("")) is frame
    assert masked(frame, Verdict("", width=3)) is frame
    assert masked(frame.head(0), Verdict("", masked={1: ("x",)}, width=3)).shape == (0, 3)


@pytest.mark.parametrize("width", [2, 4, None])
def test_a_frame_of_another_width_than_the_guard_counted_shows_nothing(width: int | None):
    frame = pl.DataFrame({"id": [1, 2], "email": ["a@x", None], "n": [1, 2]})

    assert set(masked(frame, Verdict("", masked={1: ("people.email",)}, width=width)).row(0)) == {MASK}
    if width is not None:  # nothing of what the guard counted is masked, but what came is something else
        assert set(masked(frame, Verdict("", width=width)).row(1)) == {MASK}
