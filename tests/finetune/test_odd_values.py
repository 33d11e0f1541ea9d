"""What tables and code really give for a text (nan, None, numbers) is refused early, told of, and stops nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from racto_nb.exceptions import DatasetFormatError, UsageError, WrongTypeError
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


@pytest.mark.parametrize(
    ("example", "says"),
    [
        (Example((Message("user", 5),)), "In message 0: Its content is int"),
        (
            Example((Message("assistant", "", tool_calls=(cast("Any", TrainingToolCall)("f", {"a": 1}),)),)),
            "Its tool_calls are no",
        ),
        (Example((Message("user", "Hi"),), tags={"label": 3}), "Its tag 'label' is int, not text"),
        (Example((Message("user", "Hi"),), reference={"answer": object()}), "Its reference holds what JSON cannot"),
    ],
)
def test_nothing_is_written_that_would_not_be_read(example: RactoTrainingExample, says: str, tmp_path: Path):
    data = RactoDataset([GOOD, example])
    for write in (
        lambda: data.to_jsonl_string("racto"),
        data.to_polars,
        lambda: data.export_jsonl(tmp_path / "a.jsonl", "racto"),
    ):
        with pytest.raises(DatasetFormatError, match=says) as caught:
            write()
        assert caught.value.example == 1
    assert not list(tmp_path.iterdir())
    assert says.rpartition(": ")[2] in str(data.validate("racto")[0])


def test_a_tag_is_a_text():
    with pytest.raises(WrongTypeError, match="The tag 'label' of example 0 is int"):
        RactoDataset([GOOD]).tagged(label=cast("Any", lambda _example: 3))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]


def test_a_parquet_file_is_not_packed_again(tmp_path: Path):
    data = RactoDataset([GOOD])
    assert RactoDataset.from_parquet(data.to_parquet(tmp_path / "x.parquet.gz")) == data


def test_a_copy_has_examples_of_its_own():
    data = RactoDataset([GOOD])
    other = copy.copy(data)
    other.add(GOOD)
    assert (len(data), len(data.history), len(other), len(other.history)) == (1, 0, 2, 1)
    assert repr(data) == "<RactoDataset of 1 example, 2 messages>"


HALF = Example((Message("user", "a \ud800"), Message("assistant", "A")))


def test_what_no_file_holds_is_found_and_stops_no_check():
    odd = [
        HALF,
        Example(GOOD.messages, tools=(TrainingTool("f", "\ud800"),)),
        Example(GOOD.messages, reference={"n": np.int64(3)}),
        Example(GOOD.messages, extra={"n": object()}),
    ]
    findings = RactoDataset([*odd, *[GOOD] * 10]).validate("openai")
    assert [each.example for each in findings if each.rule == "wrong_types"] == [0, 1, 2, 3]


def test_a_difference_reads_what_no_file_holds():
    large = Example(GOOD.messages, extra={"b": 2**64, "a": 1}, tools=(TrainingTool("f", parameters={"n": -(2**70)}),))
    same = Example(GOOD.messages, extra={"a": 1, "b": 2**64}, tools=(TrainingTool("f", parameters={"n": -(2**70)}),))
    other = Example((Message("user", 5), Message("assistant", "A")))
    diff = RactoDataset([HALF, large]).diff(RactoDataset([other, same]))
    assert (diff.kept, len(diff.changed)) == (1, 1)
    assert "(int, no text)" in repr(diff)


def test_a_list_in_the_first_line_is_one_bad_line(tmp_path: Path):
    path, good = tmp_path / "a.jsonl", RactoDataset([GOOD]).to_jsonl_string()
    path.write_text("[1, 2]\n" + good)
    data = RactoDataset.from_jsonl(path, on_error="collect")
    assert (len(data), [each.line for each in data.rejected]) == (1, [1])
    with pytest.raises(DatasetFormatError, match="Line 1 of"):
        RactoDataset.from_jsonl(path)
    for text in (f"[{good.strip()}]", f"[{good.strip()}]\n\n", f"[\n{good.strip()}\n]\n"):
        path.write_text(text)
        assert RactoDataset.from_jsonl(path) == RactoDataset([GOOD])


def test_whole_numbers_with_a_gap_are_tags():
    rows = pd.DataFrame({"q": ["a", "b"], "a": ["A", "B"], "n": [1, None]})
    assert [each.tags for each in RactoDataset.from_frame(rows, user="q", assistant="a", tags=["n"])] == [{"n": "1"}, {}]


def test_fixing_nothing_is_no_edit():
    data = RactoDataset([GOOD])
    fixed = data.fix()
    assert (fixed == data, fixed is data, len(fixed.history)) == (True, False, 0)


DATA: Any = RactoDataset([GOOD] * 10)


def turns_of(example: RactoTrainingExample) -> list[RactoTrainingMessage]:
    return list(example.messages)


@pytest.mark.parametrize(
    "act",
    [
        *[lambda epochs=epochs: DATA.price(epochs=epochs) for epochs in (1.5, "auto", None)],
        lambda: DATA.price("openai", None),
        lambda: DATA.price(None),
        lambda: DATA.to_jsonl_string(None),
        lambda: DATA.validate(["openai"]),
        lambda: DATA.sample(2.0),
        lambda: DATA.sample(fraction=NAN),
        lambda: DATA.sample(fraction="0.5"),
        lambda: DATA.split(stratify=cast("Any", turns_of)),
        lambda: DATA.from_jsonl(b"train.jsonl"),
        lambda: DATA.from_parquet(5),
        lambda: DATA.from_jsonl("a\0b"),
        lambda: DATA.export_jsonl("a\0b"),
        lambda: DATA.validate(max_tokens=-3),
        lambda: DATA.validate(ngram=0),
        lambda: DATA.validate(likeness=7),
    ],
)
def test_an_argument_of_the_wrong_kind_is_refused_in_words(act: Callable[[], object]):
    with pytest.raises(UsageError):
        act()


def test_capitals_do_not_count_in_the_name_of_a_format():
    assert DATA.to_jsonl_string("OpenAI") == DATA.to_jsonl_string("openai")
    assert DATA.validate("OpenAI").provider == "openai"
    assert DATA.price("OpenAI").amount == DATA.price("openai").amount


@pytest.mark.parametrize("keys", [("prompt", "completion"), ("prompt", "chosen", "rejected"), ("question", "answer")])
@pytest.mark.parametrize("provider", ["auto", "openai"])
def test_rows_of_a_table_are_told_how_they_are_read(keys: tuple[str, ...], provider: str):
    line = json.dumps(dict.fromkeys(keys, "Hi"))
    with pytest.raises(DatasetFormatError, match=rf"from_frame\(rows, user='{keys[0]}', assistant='{keys[1]}'\)"):
        RactoDataset.from_jsonl_string(line, provider)


def test_the_old_role_of_tools_is_told_of_and_left():
    data = RactoDataset([Example((Message("user", "Hi"), Message("function", "1", name="f"), Message("assistant", "A")))])
    (finding,) = data.validate(rules=["unknown_role"])
    assert "'tool' now" in finding.fix
    assert data.fix() == data
