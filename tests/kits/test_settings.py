"""What a kit may be constructed with, and which classes an answer may have."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from pydantic import BaseModel, RootModel

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.models import ChatConfig
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.testing import FakeKit


class City(BaseModel):
    """A city."""

    name: str


class Tree(RootModel["list[Tree]"]):
    """Lists within lists."""


@pytest.mark.parametrize("timeout", ["5", True, False, [5], 1j, Decimal(5)])
def test_a_timeout_that_is_no_number_is_refused(timeout: object):
    with pytest.raises(WrongTypeError, match="timeout is a number of seconds or None"):
        FakeKit(timeout=timeout)


@pytest.mark.parametrize("timeout", [0, -1, 0.0, math.nan, math.inf])
def test_a_timeout_that_never_or_always_passes_is_refused(timeout: float):
    with pytest.raises(UsageError, match="more than 0 seconds, or None for no limit"):
        FakeKit(timeout=timeout)


@pytest.mark.parametrize("timeout", [None, 1, 0.001, 1e9])
def test_a_timeout_is_seconds_or_none(timeout: float | None):
    assert FakeKit(timeout=timeout).timeout == timeout
    assert FakeKit().with_timeout(timeout).timeout == timeout


@pytest.mark.parametrize("timeout", ["5", True, 0, -1])
def test_another_timeout_goes_through_the_same_check(timeout: object):
    with pytest.raises(UsageError, match="timeout is"):
        FakeKit().with_timeout(timeout)


@pytest.mark.parametrize("prompt", ["Be brief.", {"role": "x"}, RactoPrompt, 0, ""])
def test_a_default_prompt_is_a_prompt(prompt: object):
    with pytest.raises(WrongTypeError, match="default_prompt is a RactoPrompt or None"):
        FakeKit(default_prompt=prompt)


@pytest.mark.parametrize("model", [None, 5, b"fake"])
def test_a_model_is_a_name(model: object):
    with pytest.raises(WrongTypeError, match="model is the name of a model, a text"):
        FakeKit(model=model)


@pytest.mark.parametrize("model", ["", "  "])
def test_an_empty_model_name_is_refused(model: str):
    with pytest.raises(UsageError, match="it is empty"):
        FakeKit(model=model)


ROOTS = [int, str, float, bool, list[int] | None, list[int] | int, object]


@pytest.mark.parametrize("root", ROOTS, ids=str)
@pytest.mark.parametrize("way", ["chat", "stream"])
def test_a_root_that_parsed_cannot_hold_is_refused_before_anything_is_sent(root: object, way: str):
    kit, config = FakeKit(["3"]), ChatConfig(user_message="Hi", response_model=RootModel[root])
    with pytest.raises(UsageError, match="Wrap it in a class with a field"):
        kit.chat(config) if way == "chat" else list(kit.stream(config))
    assert kit.calls == []


def test_a_root_in_the_prompt_is_refused_too():
    prompt = RactoPrompt(role="You count.", aim="Count.", constraints="", tone="", output_format=RootModel[int])
    with pytest.raises(UsageError, match="Wrap it in a class with a field"):
        FakeKit(["3"]).chat(ChatConfig(user_message="Hi", prompt=prompt))


@pytest.mark.parametrize(
    ("root", "answer", "parsed"),
    [
        (list[int], "[1, 2]", [1, 2]),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (City, '{"name": "Rome"}', {"name": "Rome"}),
        (City | list[City], '[{"name": "Rome"}]', [{"name": "Rome"}]),
        (tuple[int, int], "[1, 2]", [1, 2]),
        (set[int], "[1]", [1]),
    ],
    ids=str,
)
def test_a_root_of_an_object_or_a_list_is_parsed(root: object, answer: str, parsed: object):
    config = ChatConfig(user_message="Hi", response_model=RootModel[root])
    assert FakeKit([answer]).chat(config).parsed == parsed


def test_a_root_that_refers_to_itself_is_parsed():
    assert FakeKit(["[[], [[]]]"]).chat(ChatConfig(user_message="Hi", response_model=Tree)).parsed == [[], [[]]]


def test_the_error_of_an_output_format_recommends_what_a_kit_takes():
    with pytest.raises(ValueError, match=r"RootModel\[list\[...\]\], for one number or text a class with a field"):
        RactoPrompt(role="You count.", aim="Count.", constraints="", tone="", output_format=int)
