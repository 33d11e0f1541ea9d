"""Python values as a model reads them: tables, JSON, texts, and what is refused."""

import asyncio
import datetime as dt
import json
import math
import types
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, RootModel, SecretStr

from racto_nb.exceptions import TemplateError
from racto_nb.notebook.magics.wording import MOST_CELL, MOST_ROWS, worded
from racto_nb.testing import FakeKit


class Colour(Enum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


class Mood(StrEnum):
    GOOD = "good"


class Person(BaseModel):
    name: str
    born: dt.date | None = None


@dataclass
class Point:
    x: int
    y: list[int] = field(default_factory=list)


@dataclass
class Spoken:
    text: str

    def __str__(self):
        return self.text


class Pair(NamedTuple):
    left: int
    right: str


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  as it is {{x}}\n", "  as it is {{x}}\n"),
        ("", ""),
        (None, "None"),
        (True, "True"),
        (3, "3"),
        (1.5, "1.5"),
        (math.nan, "nan"),
        (Decimal("1.50"), "1.50"),
        (dt.date(2024, 1, 2), "2024-01-02"),
        (dt.timedelta(hours=1), "1:00:00"),
        (PurePosixPath("/a/b"), "/a/b"),
        (Colour.RED, "red"),
        (Size.BIG, "3"),
        (Mood.GOOD, "good"),
        ([1, {"a": None}, True], '[1, {"a": null}, true]'),
        (("ä", 1), '["ä", 1]'),
        ({"b": 1, "a": 2}, '{"b": 1, "a": 2}'),
        (OrderedDict(a=1), '{"a": 1}'),
        (types.MappingProxyType({"a": 1}), '{"a": 1}'),
        (deque([1]), "[1]"),
        (range(3), "[0, 1, 2]"),
        ({3, 20, 100}, "[3, 20, 100]"),
        (frozenset({"b", "a"}), '["a", "b"]'),
        ({1, "a"}, '[1, "a"]'),
        ({"b": 1, "a": 2}.keys(), '["b", "a"]'),
        ({"b": 1}.values(), "[1]"),
        ({"b": 1}.items(), '[["b", 1]]'),
        ([math.nan, math.inf, -math.inf], '[null, "inf", "-inf"]'),
        ({1: "a", None: "b", (1, 2): "c", Colour.RED: "d"}, '{"1": "a", "None": "b", "(1, 2)": "c", "red": "d"}'),
        ({1: "a", "1": "b"}, '[["1", "a"], ["1", "b"]]'),
        ([dt.date(2024, 1, 2), Decimal("1.50"), Colour.RED, PurePosixPath("/a")], '["2024-01-02", "1.50", "red", "/a"]'),
        (Person(name="Ann"), '{"name": "Ann", "born": null}'),
        ([Person(name="Ann", born=dt.date(2000, 1, 2))], '[{"name": "Ann", "born": "2000-01-02"}]'),
        (RootModel[list[int]]([1, 2]), "[1, 2]"),
        (Point(1, [2]), '{"x": 1, "y": [2]}'),
        ({"p": Point(1)}, '{"p": {"x": 1, "y": []}}'),
        (Spoken("its own text"), "its own text"),
        (Pair(1, "b"), '{"left": 1, "right": "b"}'),
        (np.float64(2), "2.0"),
        (np.int64(3), "3"),
        (np.bool_(1), "True"),
        (np.array([[1.5, np.nan]]), "[[1.5, null]]"),
        (np.array(5), "5"),
        (np.datetime64("2024-01-02"), "2024-01-02"),
        (np.array(["2024-01-02"], dtype="M8[D]"), '["2024-01-02"]'),
        ({"n": np.int64(3), "x": np.float32(0.5)}, '{"n": 3, "x": 0.5}'),
        (pd.Index(["a", "b"]), '["a", "b"]'),
        (pd.Timestamp("2024-01-02 03:04"), "2024-01-02 03:04:00"),
        ([pd.NA, pd.NaT, None], "[null, null, null]"),
    ],
)
def test_values_are_worded(value, text):
    assert worded(value) == text


def table(*rows):
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (pd.DataFrame({"a": [1], "b": ["x"]}), table("| a | b |", "| --- | --- |", "| 1 | x |")),
        (pl.DataFrame({"a": [1], "b": ["x"]}), table("| a | b |", "| --- | --- |", "| 1 | x |")),
        (pd.DataFrame({"v": [1]}, index=["Ann"]), table("| index | v |", "| --- | --- |", "| Ann | 1 |")),
        (pd.DataFrame({"v": [1]}, index=pd.Index([7], name="id")), table("| id | v |", "| --- | --- |", "| 7 | 1 |")),
        (pd.DataFrame({"v": [1, 2]})[1:].reset_index(drop=True), table("| v |", "| --- |", "| 2 |")),
        (
            pd.DataFrame({"v": [1]}, index=pd.MultiIndex.from_tuples([("a", 1)], names=["k", None])),
            table("| k | index 2 | v |", "| --- | --- | --- |", "| a | 1 | 1 |"),
        ),
        (
            pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", 2)])),
            table("| a / x | a / 2 |", "| --- | --- |", "| 1 | 2 |"),
        ),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), table("| x | x |", "| --- | --- |", "| 1 | 2 |")),
        (
            pd.DataFrame({"f": [1.5, None], "t": [pd.Timestamp("2024-01-02"), pd.NaT], "i": pd.array([1, None], dtype="Int64")}),
            table("| f | t | i |", "| --- | --- | --- |", "| 1.5 | 2024-01-02 00:00:00 | 1 |", "|  |  |  |"),
        ),
        (
            pl.DataFrame({"d": [dt.date(2024, 1, 2), None], "x": [math.nan, None]}),
            table("| d | x |", "| --- | --- |", "| 2024-01-02 | nan |", "|  |  |"),
        ),
        (
            pl.DataFrame({"l": [[1, 2]], "s": [{"k": "ä"}], "b": [b"abc"]}),
            table("| l | s | b |", "| --- | --- | --- |", '| [1, 2] | {"k": "ä"} | (3 bytes) |'),
        ),
        (pd.DataFrame({"n": [{"k": [1]}]}), table("| n |", "| --- |", '| {"k": [1]} |')),
        (pd.DataFrame({"a|b\nc": ["x|y\r\nz"]}), table("| a\\|b c |", "| --- |", "| x\\|y z |")),
        (pd.DataFrame({"a": []}), table("| a |", "| --- |", "(no rows)")),
        (pl.DataFrame({"a": []}), table("| a |", "| --- |", "(no rows)")),
        (pd.DataFrame(), "(a table without columns, 0 rows)"),
        (pl.DataFrame(), "(a table without columns, 0 rows)"),
        (pd.DataFrame(index=range(3)), "(a table without columns, 3 rows)"),
        (pd.Series([1]), table("| value |", "| --- |", "| 1 |")),
        (pd.Series([1], index=["a"], name="z"), table("| index | z |", "| --- | --- |", "| a | 1 |")),
        (pl.Series([1]), table("| value |", "| --- |", "| 1 |")),
        (pl.Series("z", [1]), table("| z |", "| --- |", "| 1 |")),
    ],
)
def test_frames_and_columns_become_tables(frame, text):
    assert worded(frame) == text


def test_a_subclass_of_a_frame_is_a_frame():
    class Sales(pd.DataFrame):
        pass

    assert worded(Sales({"a": [1]})) == "| a |\n| --- |\n| 1 |"


def test_a_frame_inside_data_is_a_table_too():
    assert json.loads(worded({"sales": pd.DataFrame({"a": [1]})})) == {"sales": "| a |\n| --- |\n| 1 |"}


@pytest.mark.parametrize("library", [pd, pl])
def test_a_long_frame_is_cut_with_a_true_count(library):
    lines = worded(library.DataFrame({"n": range(10_000)})).splitlines()
    assert lines[2] == "| 0 |"
    assert lines[-2] == f"| {MOST_ROWS - 1} |"
    assert lines[-1] == "(9,950 more rows; 10,000 in all)"
    assert len(lines) == MOST_ROWS + 3


def test_a_frame_of_exactly_the_limit_says_nothing_about_more():
    assert "more rows" not in worded(pd.DataFrame({"n": range(MOST_ROWS)}))


def test_a_long_cell_is_cut_and_says_so():
    cell, note = worded(pl.DataFrame({"t": ["x" * 1000]})).splitlines()[-2:]
    assert cell == "| " + "x" * (MOST_CELL - 1) + "… |"
    assert note == f"(1 cells are cut at {MOST_CELL} characters, where … stands)"


def test_the_frame_itself_is_not_changed():
    frame = pd.DataFrame({"a": [1, None], "b": ["x", None]})
    before = frame.copy()
    worded(frame)
    pd.testing.assert_frame_equal(frame, before)


@given(st.lists(st.text(max_size=MOST_CELL), max_size=4))
def test_a_table_has_one_line_a_row_whatever_the_cells_hold(cells):
    lines = worded(pl.DataFrame({"t": cells}, schema={"t": pl.String})).split("\n")
    assert len(lines) == 2 + max(len(cells), 1)
    assert all(len(line.splitlines()) == 1 for line in lines)


def _generator():
    yield 1


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (len, "a function"),
        (lambda: 1, "a function"),
        ("".join, "a function"),
        (Person, "a class"),
        (int, "a class"),
        (math, "a module"),
        (_generator(), "a generator, iterator or coroutine"),
        (map(str, [1]), "a generator, iterator or coroutine"),
        (iter([1]), "a generator, iterator or coroutine"),
        (b"x", "bytes"),
        (bytearray(b"x"), "bytes"),
        (memoryview(b"x"), "bytes"),
        (object(), r"an object without a text of its own \(object\)"),
        (pd.DataFrame({"a": [1]}).groupby("a"), "an object without a text of its own"),
        (FakeKit(), "a kit"),
    ],
)
def test_a_certain_mistake_is_refused_in_one_line(value, what):
    with pytest.raises(TemplateError, match=rf"\{{\{{it\}}\}} is {what}.*Nothing was sent") as caught:
        worded(value, source="it")
    assert "\n" not in str(caught.value)
    assert caught.value.expression == "it"
    if not isinstance(value, FakeKit):
        with pytest.raises(TemplateError):
            worded({"inside": [value]})


def test_a_coroutine_is_refused():
    waiting = asyncio.sleep(0)
    with pytest.raises(TemplateError, match="coroutine"):
        worded(waiting)
    waiting.close()


def test_a_refused_iterator_is_not_used_up():
    items = iter([1, 2])
    with pytest.raises(TemplateError):
        worded(items)
    assert list(items) == [1, 2]


def test_a_lazy_frame_is_refused_with_the_call_that_runs_it():
    with pytest.raises(TemplateError, match=r"a query that has not run; write `frame = it\.collect\(\)`"):
        worded(pl.LazyFrame({"a": [1]}), source="it")


def test_a_duckdb_relation_is_refused_with_the_call_that_runs_it():
    with duckdb.connect() as connection, pytest.raises(TemplateError, match=r"write `frame = it\.pl\(\)`"):
        worded(connection.sql("select 1"), source="it")


class Client:
    def __init__(self):
        self._api_key = "sk-very-secret"

    def __repr__(self):
        return f"Client(key={self._api_key})"


@dataclass
class Login:
    user: str
    password: str


class Account(BaseModel):
    api_key: SecretStr = SecretStr("sk-very-secret")


@pytest.mark.parametrize(
    "value",
    [Client(), [Client()], Login("ann", "sk-very-secret"), Account(), {"a": [{"api_key": "sk-very-secret"}]}],
)
def test_an_object_that_holds_a_secret_is_refused_and_the_message_does_not_show_it(value):
    with pytest.raises(TemplateError, match="secret") as caught:
        worded(value)
    assert "sk-very" not in str(caught.value)


def test_a_description_of_a_password_field_is_no_secret():
    assert worded({"password": {"type": "string"}, "api_key": None}) == '{"password": {"type": "string"}, "api_key": null}'


def test_data_that_contains_itself_is_refused():
    ring = []
    ring.append(ring)
    with pytest.raises(TemplateError, match="contains itself"):
        worded(ring)


def test_an_object_whose_text_fails_is_refused_with_the_reason():
    class Broken:
        def __str__(self):
            raise RuntimeError("no text today")

    with pytest.raises(TemplateError, match="RuntimeError: no text today"):
        worded(Broken())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    )
)
def test_json_data_survives_the_round_trip(data):
    if isinstance(data, list | dict):
        assert json.loads(worded(data)) == data


@given(st.text())
def test_a_text_is_worded_as_it_is(text):
    assert worded(text) == text
