"""What is written in a format is read again as it was, and what is read is written again as it was."""

from __future__ import annotations

import json

import pytest
from finetune.strategies import EXAMPLES, plain
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.finetune import RactoTrainingExample
from racto_nb.finetune.formats.format import FORMATS, detected, format_named


def through_json(record: dict[str, object]) -> dict[str, object]:
    """The record as it comes out of a line of a file."""
    return json.loads(json.dumps(record))


def test_every_format_has_its_examples():
    assert set(EXAMPLES) == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=50)
@given(data=st.data())
def test_an_example_comes_back_from_every_format_that_holds_it(name: str, data: st.DataObject):
    example = data.draw(EXAMPLES[name])
    form = format_named(name)
    record = through_json(form.record(example))
    assert form.example(record) == example
    assert form.record(form.example(record)) == record


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in {"openai_dpo", "gemini_preference"}])
@given(example=plain)
def test_a_plain_pair_is_held_by_every_format_and_told_by_its_keys(name: str, example: RactoTrainingExample):
    form = format_named(name)
    record = through_json(form.record(example))
    assert form.example(record) == example
    told = detected(record)
    assert told is not None
    assert format_named(told).example(record) == example


@given(example=EXAMPLES["openai"])
def test_writing_leaves_the_example_as_it_is(example: RactoTrainingExample):
    before = format_named("racto").record(example)
    format_named("openai").record(example)
    assert format_named("racto").record(example) == before
