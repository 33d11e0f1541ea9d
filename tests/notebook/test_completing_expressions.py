"""What TAB offers inside `{{…}}`, and what it must not touch to find out."""

import logging
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from pydantic import BaseModel
from tab_key import tab

from racto_nb import RactoPrompt
from racto_nb.exceptions import TemplateError
from racto_nb.notebook.completing.cursor import open_expression
from racto_nb.notebook.completing.looking import attributes, keys, variables
from racto_nb.notebook.magics.interpolating import rendered, value_of
from racto_nb.testing import FakeKit

PROMPT = RactoPrompt(role="r", aim="a", constraints=["c"], tone="t", output_format="text")


class Person(BaseModel):
    name: str
    nick: int = 0
    api_key: str = "secret"


@dataclass(slots=True)
class Slotted:
    city: str


class Pair(NamedTuple):
    first: int
    second: int


class Touchy:
    """Everything that can be run by looking at it is a failure."""

    plain = "a value"

    def __init__(self) -> None:
        self.inside = "a value"

    @property
    def costly(self) -> str:
        raise AssertionError("a property was read")

    @cached_property
    def cached(self) -> str:
        raise AssertionError("a cached property was read")

    def __getattr__(self, name: str) -> str:
        raise AssertionError(f"__getattr__ was called for {name}")

    def __dir__(self) -> list[str]:
        raise AssertionError("__dir__ was called")

    def __getitem__(self, index: object) -> str:
        raise AssertionError("__getitem__ was called")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("__eq__ was called")

    __hash__ = None


class Lying(dict):
    def keys(self):
        raise AssertionError("keys was called")

    def __missing__(self, key):
        raise AssertionError("__missing__ was called")


@pytest.fixture
def notebook(shell: InteractiveShell) -> InteractiveShell:
    shell.user_ns |= {"Person": Person, "guide": PROMPT, "kit": FakeKit(["x"]), "ann": Person(name="Ann"), "number": 5}
    return shell


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("{{numb", ["{{number"]),
        ("all of {{ an", ["all of {{ ann"]),
        ("{{ann.", ["{{ann.name", "{{ann.nick"]),
        ("{{done}} {{ann.na", ["{{done}} {{ann.name"]),
        ("{{Person.", []),
        ("{{place.", ["{{place.city"]),
        ("{{pair.fi", ["{{pair.first"]),
        ("{{people[0].na", ["{{people[0].name"]),
        ("{{people[-1].na", ["{{people[-1].name"]),
        ("{{by_name['ann'].na", ["{{by_name['ann'].name"]),
        ('{{by_name["a', ['{{by_name["ann']),
        ("{{by_name['a", ["{{by_name['ann"]),
        ("{{by_name[", ['{{by_name["ann"', '{{by_name["it\'s \\"it\\""']),
        ("{{by_name['it", ["{{by_name['it\\'s \"it\""]),
        ('{{frame["co', ['{{frame["colour']),
        ('{{table["co', ['{{table["cost']),
        ("{{frame.co", ["{{frame.colour", "{{frame.columns"]),
        ("{{table.", ["{{table.columns", "{{table.shape"]),
        ('{{frame[["colour", "si', []),
        ("{{people[numb", ["{{people[number"]),
        ("{{by_name[people[0].na", ["{{by_name[people[0].name"]),
        ("{{ann.api", []),
        ("{{_", ["{{_racto"]),
        ("{{len(numb", []),
        ("{{1 + numb", []),
        ("{{ann.name.", []),
        ("{{nobody.", []),
        ("{{'an", []),
        ("{{math.p", ["{{math.pi"]),
        ("{{math.sq", []),
    ],
)
def test_an_expression_is_completed_by_what_it_may_hold(notebook: InteractiveShell, text: str, offered: list[str]):
    notebook.user_ns |= {
        "place": Slotted("Oslo"),
        "pair": Pair(1, 2),
        "people": [Person(name="Ann")],
        "by_name": {"ann": Person(name="Ann"), 'it\'s "it"': 1, "a}}b": 2, "api_key": 3, 5: 6, "line\nbreak": 7},
        "frame": pd.DataFrame({"colour": ["red"], "size": [1]}),
        "table": pl.DataFrame({"cost": [1]}),
        "math": sys.modules["math"],
        "_racto": 1,
        "_hidden": 2,
    }
    assert tab(notebook, f"%%racto\n{text}") == offered


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ('--role "You know {{numb', ['--role "You know {{number']),
        ("--role {{ann.na", ["--role {{ann.name"]),
        ("--system='{{by[\"a", ["--system='{{by[\"a b"]),
        ('--system "{{by[', ["--system \"{{by['a b'"]),
        ('--system "{{by["a', []),  # the quote has ended the text
        ('--model "{{numb', []),  # is not read there
    ],
)
def test_the_texts_of_options_hold_expressions_too(notebook: InteractiveShell, line: str, offered: list[str]):
    notebook.user_ns["by"] = {"a b": 1, "a'c": 2}
    assert tab(notebook, f"%%racto {line}") == [f"%%racto {text}" for text in offered]


def test_functions_kits_and_what_ipython_keeps_are_no_values(notebook: InteractiveShell):
    notebook.user_ns["function"] = lambda: 1
    found = tab(notebook, "%%racto\n{{")
    assert {"{{ann", "{{number", "{{guide"} <= set(found)
    assert not {"{{function", "{{kit", "{{In", "{{Out", "{{exit", "{{get_ipython", "{{open"} & set(found)
    assert found.index("{{number") < found.index("{{Person")


def test_looking_at_objects_runs_nothing_of_theirs(notebook: InteractiveShell, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, "racto_nb")
    notebook.user_ns |= {"touchy": Touchy(), "lying": Lying(a=1)}
    assert tab(notebook, "%%racto\n{{touch") == ["{{touchy"]
    assert tab(notebook, "%%racto\n{{touchy.") == [f"{{{{touchy.{name}" for name in ("cached", "costly", "inside", "plain")]
    assert tab(notebook, "%%racto\n{{touchy.costly.") == []
    assert tab(notebook, "%%racto\n{{touchy[0].") == []
    assert tab(notebook, '%%racto\n{{lying["') == ['{{lying["a']
    assert tab(notebook, '%%racto\n{{lying["b"].') == []
    assert tab(notebook, "%%racto --model touchy.") == []
    assert caplog.text == ""


@pytest.mark.parametrize("value", [Person(name="Ann"), Slotted("Oslo"), pd.DataFrame({"a": [1]}), {"a b": 1, "c": 2}])
def test_what_is_offered_can_be_inserted(value: object):
    namespace = {"value": value}
    assert variables(namespace, {}) == [("value", "instance")]
    for name, _ in attributes(value):
        value_of(f"value.{name}", namespace)
    for key in keys(value):
        value_of(f"value[{key!r}]", namespace)


@given(st.text(st.sampled_from("{}\\a ")))
def test_an_expression_is_open_just_where_rendering_misses_its_end(text: str):
    try:
        rendered(text, {"a": 1, "aa": 1})
        is_closed = True
    except TemplateError as error:
        is_closed = "is not closed" not in str(error)
    if (source := open_expression(text)) is not None:
        # An expression before it that cannot be read is complained about first.
        assert not is_closed or "{{" in text[: len(text) - len(source) - 2]
    else:
        assert is_closed


def test_the_answers_of_several_models_are_offered_by_their_names(notebook: InteractiveShell):
    notebook.user_ns |= {"first": FakeKit(["one"]), "second": FakeKit(["two"])}
    notebook.run_cell_magic("racto", "--model first --model second --quiet --into both", "q")
    assert tab(notebook, '%%racto\n{{both["') == ['{{both["first', '{{both["second']
    assert '{{both["first"].text' in tab(notebook, '%%racto\n{{both["first"].te')
    assert tab(notebook, "%%racto --into b") == ["%%racto --into both"]
