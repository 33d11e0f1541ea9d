"""What tables and code really give for a text (nan, None, numbers) is refused early, told of, and stops nothing."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd
import pytest

from racto_nb.exceptions import WrongTypeError
from racto_nb.finetune import (
    RactoDataset,
    RactoTrainingExample,
    RactoTrainingMessage,
    TrainingTool,
    TrainingToolCall,
)
from racto_nb.notebook.display.training import dataset_bundle, example_bundle

Example, Message = cast("Any", RactoTrainingExample), cast("Any", RactoTrainingMessage)
NAN = float("nan")
GOOD = RactoTrainingExample.from_pair("What is a list?", "An ordered sequence.")
ODD = Example(
    (Message("user", NAN), Message(None, None, name=7, weight="all", tool_calls=(cast("Any", TrainingToolCall)("f", {"a": 1}),))),
    tools=(TrainingTool("f", "\ud800"),),
    tags={"label": 3},
)


def test_a_gap_in_pairs_is_refused_with_its_place():
    frame = pd.DataFrame({"q": ["a", "b"], "a": ["A", None]}).astype({"a": "str"})
    for pairs in (list(zip(frame.q, frame.a, strict=True)), [("a", "A"), ("b", None)], [("a", "A"), (pd.NA, "B")]):
        with pytest.raises(WrongTypeError, match=r"^Pair 1: The (answer|question) is (nan|None), a gap, not text\. Leave"):
            RactoDataset.from_pairs(cast("Any", pairs))
    with pytest.raises(WrongTypeError, match="Pair 0: The question is int, not text"):
        RactoDataset.from_pairs(cast("Any", [(1, "A")]))
    for pair in ("ab", ("a", "b", "c"), 5):
        with pytest.raises(WrongTypeError, match="Pair 0 is"):
            RactoDataset.from_pairs(cast("Any", [pair]))


def test_a_conversation_names_the_turn_that_has_no_text():
    with pytest.raises(WrongTypeError, match="The text of turn 1 is None, a gap"):
        RactoTrainingExample.from_conversation(cast("Any", [("user", "Hi"), ("assistant", None)]))
    with pytest.raises(WrongTypeError, match="Turn 0 of a conversation"):
        RactoTrainingExample.from_conversation(cast("Any", ["Hi"]))


def test_a_text_is_no_list_of_messages():
    for make in (lambda: Example("hello"), lambda: Example(Message("user", "Hi")), lambda: Message("user", "Hi", parts="Hi")):
        with pytest.raises(WrongTypeError, match="is a list or tuple of"):
            make()


def test_values_that_are_no_texts_are_counted_and_shown():
    data = RactoDataset([GOOD, ODD])
    assert data.token_lengths().counts[0] == 22
    assert data.lengths()["characters"].to_list() == [35, 0]
    assert data.describe()["tags"] == {"label": {"3": 1}}
    assert len(data.filter("messages = 2")) == 2
    assert data.price("openai", "gpt-4o-mini").tokens > 22
    assert "(float, no text)" in dataset_bundle(data)["text/plain"]
    assert "(dict, no text)" in example_bundle(ODD)["text/plain"]


def test_validation_examples_of_the_wrong_kind_are_told_of_once():
    findings = RactoDataset([GOOD] * 10).validate(validation=[GOOD, ODD], ignore=["likeness"])
    assert [(each.rule, each.example) for each in findings if each.rule == "wrong_types"] == [("wrong_types", None)]
    assert "the first is 1" in findings[0]
    assert RactoDataset([GOOD] * 10).validate(validation=[GOOD, ODD]).all
