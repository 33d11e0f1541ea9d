"""A dataset is equal after it was in a file, in every format; and the quick way through msgspec says what the careful one says."""

from __future__ import annotations

import json

import msgspec
import pytest
from finetune.strategies import EXAMPLES, openai_turns, plain, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.finetune import RactoDataset, RactoTrainingExample, RactoTrainingMessage
from racto_nb.finetune.formats.format import format_named
from racto_nb.finetune.record_lines import example_in, lines_of, plain_examples, record_in

_turns = st.builds(RactoTrainingMessage, st.sampled_from(["system", "user", "assistant"]), texts)
_plain = st.builds(RactoTrainingExample, st.lists(_turns, max_size=4))
_mixed = st.lists(_plain | st.builds(RactoTrainingExample, st.lists(openai_turns, max_size=3)), max_size=4)


@pytest.mark.parametrize("form", sorted(EXAMPLES))
@settings(deadline=None, max_examples=40)
@given(drawn=st.data())
def test_a_dataset_is_equal_after_it_was_in_a_file(tmp_path_factory, form, drawn):
    data = RactoDataset(drawn.draw(st.lists(EXAMPLES[form], max_size=3)))
    path = data.export_jsonl(tmp_path_factory.mktemp("jsonl") / "train.jsonl", form)
    assert RactoDataset.from_jsonl(path, form) == data
    assert RactoDataset.from_jsonl_string(data.to_jsonl_string(form), form) == data


@pytest.mark.parametrize("form", sorted(EXAMPLES))
@settings(deadline=None, max_examples=20)
@given(pairs=st.lists(plain, max_size=3))
def test_the_format_of_a_file_of_pairs_is_told_by_its_records(form, pairs):
    if form in {"openai_dpo", "gemini_preference"}:
        pairs = [msgspec.structs.replace(pair, preferred=pair.messages[-1:], rejected=pair.messages[-1:]) for pair in pairs]
    data = RactoDataset(pairs)
    assert RactoDataset.from_jsonl_string(data.to_jsonl_string(form), None) == data


@settings(deadline=None)
@given(st.lists(_plain, max_size=4))
def test_plain_examples_are_written_as_their_format_writes_them(examples):
    form = format_named("openai")
    by_format = [json.loads(json.dumps(form.record(example))) for example in examples]
    written = b"".join(lines_of(examples, form))
    assert [json.loads(line) for line in written.splitlines()] == by_format
    assert (plain_examples(written) or []) == examples


@settings(deadline=None)
@given(_mixed)
def test_what_is_read_quickly_is_what_is_read_carefully(examples):
    for line in b"".join(lines_of(examples, format_named("openai"))).splitlines():
        quick = plain_examples(line + b"\n")
        if quick is not None:
            assert quick == [example_in(record_in(line), "openai")]


_escapes = st.text(st.sampled_from('"\\/nu{}[]:, a\n'), max_size=12)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(_escapes, _escapes), min_size=1, max_size=3), st.booleans())
def test_quotes_and_backslashes_do_not_hide_a_key_that_is_there_twice(said, twice):
    pairs = [f'"role": "user", "content": {json.dumps(one)}' for one, _ in said]
    if twice:
        pairs[-1] += f', "content": {json.dumps(said[-1][1])}'
    line = '{"messages": [' + ", ".join(f"{{{pair}}}" for pair in pairs) + "]}\n"
    assert (plain_examples(line.encode()) is None) is twice
