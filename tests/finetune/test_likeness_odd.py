"""Likeness of what is not as usual: values that are no texts, and texts that very many examples have."""

from __future__ import annotations

from typing import Any, cast

import pytest
from finetune.alike import asked

from racto_nb.finetune import FileLink, RactoDataset, RactoTrainingExample, RactoTrainingMessage, TrainingToolCall
from racto_nb.finetune.likeness import contradictions, duplicates, leak_groups, leaks, near_duplicates

Example, Message = cast("Any", RactoTrainingExample), cast("Any", RactoTrainingMessage)
GOOD = RactoTrainingExample.from_pair("Where is my card?", "On its way.")
ODD = {
    "no content": Example((Message("user", None), Message("assistant", "A"))),
    "no answer": Example((Message("user", "Q"), Message("assistant", None))),
    "a number": Example((Message("user", 7), Message("assistant", "A"))),
    "no role": Example((Message(None, "Q"), Message("assistant", "A"))),
    "no message": Example(("Q", Message("assistant", "A"))),
    "no calls": Example((Message("user", "Q"), Message("assistant", "", tool_calls=("f",)))),
    "arguments": Example((Message("user", "Q"), Message("assistant", "", tool_calls=(cast("Any", TrainingToolCall)("f", 5),)))),
    "no files": Example((Message("user", "Q", ("a.png", FileLink("b"))), Message("assistant", "A"))),
    "no tools": Example((Message("user", "Q"), Message("assistant", "A")), tools=("f",)),
    "no tags": Example((Message("user", "Q"), Message("assistant", "A")), tags="label"),
    "a pair": Example((Message("user", "Q"),), preferred=(Message("assistant", None),), rejected=(Message("assistant", 1),)),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_hand_made_values_of_the_wrong_kind_stop_no_comparison(odd: RactoTrainingExample):
    data = RactoDataset([odd, GOOD, odd])
    assert list(data.dedupe()) == list(data.dedupe(near=True)) == [odd, GOOD]
    assert leak_groups(data.examples) == [0, 1, 0]
    first, second = data.split(0.5, leak_free=True)
    assert {len(first), len(second)} == {1, 2}
    assert [group.examples for group in duplicates(data.examples)] == [(0, 2)]
    assert not near_duplicates(data.examples)
    assert not contradictions(data.examples)
    assert [leak.trains for leak in leaks(data.examples, [odd])] == [2]


def test_of_many_equal_texts_the_one_that_is_equal_to_the_letter_is_named():
    train = asked(*["where is it"] * 300, "Where is it?", "where IS it")
    (leak,) = leaks(train, asked("Where is it?"))
    assert (leak.kind, leak.train, leak.trains) == ("exact", 300, 302)


def test_a_long_text_that_some_examples_have_is_counted_in_each_of_them():
    boilerplate = " ".join(f"w{number}" for number in range(200))
    train = asked(*[f"first{number} second{number} {boilerplate}" for number in range(9)], *[f"other {n}" for n in range(300)])
    (leak,) = leaks(train, asked(f"mine {boilerplate} tail"), near=False)
    assert (leak.kind, leak.trains, len(leak.spans)) == ("contained", 9, 1)
    assert leak.share == pytest.approx(200 / 202)
