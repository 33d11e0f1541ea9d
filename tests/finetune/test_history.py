"""What was done to a dataset is known, by whom and why, and can be taken back."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.finetune import RactoDataset, RactoTrainingExample
from racto_nb.finetune.history import KEPT


def example(number: int) -> RactoTrainingExample:
    return RactoTrainingExample.from_pair(f"question {number}", "answer")


def dataset(count: int) -> RactoDataset:
    return RactoDataset([example(number) for number in range(count)])


IN_PLACE: dict[str, Callable[[RactoDataset, int], None]] = {
    "add": lambda data, number: data.add(example(1_000 + number)),
    "extend": lambda data, number: data.extend([example(2_000 + number), example(3_000 + number)]),
    "replace": lambda data, number: data.replace(number % len(data), example(4_000 + number)) if len(data) else None,
    "remove": lambda data, number: data.remove(number % len(data)) if len(data) else None,
}
MADE: dict[str, Callable[[RactoDataset, int], RactoDataset]] = {
    "shuffle": lambda data, number: data.shuffle(number),
    "filter": lambda data, number: data.filter(lambda one: len(one.messages[0].content) % 2 == number % 2),
    "map": lambda data, number: data.map(lambda one: one.tagged({"n": str(number)})),
    "slice": lambda data, number: data[number % 3 :: 2],
}


def done(data: RactoDataset, edit: tuple[str, int]) -> RactoDataset:
    """The dataset after an edit: the same one, or the one that was made of it."""
    kind, number = edit
    if kind in MADE:
        return MADE[kind](data, number)
    IN_PLACE[kind](data, number)
    return data


EDITS = st.lists(st.tuples(st.sampled_from([*IN_PLACE, *MADE]), st.integers(0, 30)), max_size=KEPT)


@given(st.integers(0, 5), EDITS)
def test_undo_takes_back_each_edit_and_forgets_it(count: int, edits: list[tuple[str, int]]):
    data = dataset(count)
    states = [(list(data), list(data.history))]
    for edit in edits:
        data = done(data, edit)
        if len(data.history) == len(states):
            states.append((list(data), list(data.history)))
    for state in reversed(states[:-1]):
        data.undo()
        assert (list(data), list(data.history)) == state
    with pytest.raises(UsageError, match="nothing to undo"):
        data.undo()


def test_a_derived_dataset_leaves_the_other_as_it_was():
    data = dataset(3)
    made = data.filter(lambda _: False)
    made.undo()
    made.add(example(9))
    assert (len(data), len(data.history), len(made)) == (3, 0, 4)


def test_an_edit_says_what_when_and_how_many():
    data = dataset(2)
    before = datetime.now(UTC)
    data.extend([example(5), example(6)])
    data.replace(0, example(7))
    data.remove(-1)
    edits = [(edit.what, edit.added, edit.removed) for edit in data.history]
    assert edits == [("extend", 2, 0), ("replace", 1, 1), ("remove", 0, 1)]
    assert before <= data.history[0].when <= datetime.now(UTC)


def test_nobody_is_named_unless_somebody_signs():
    data = dataset(2)
    with data.edit(who="Ann", why="typos"):
        data.remove(0)
        made = data.map(lambda one: one)
    made.add(example(3))
    assert [(edit.who, edit.why) for edit in made.history] == [("Ann", "typos"), ("Ann", "typos"), ("", "")]
    assert "unknown: add" in repr(made.history)


def test_the_history_is_one_line_for_edits_that_are_alike():
    data = dataset(0)
    for number in range(100):
        data.add(example(number))
    assert len(repr(data.history).splitlines()) == 1
    assert "+100 -0  unknown: add, 100 times" in repr(data.history)


def test_the_history_is_written_as_lines_of_json():
    data = dataset(2).shuffle(7)
    (line,) = map(json.loads, data.history_to_jsonl().splitlines())
    assert line.pop("when").endswith("Z")
    assert line == {"what": "shuffle (seed 7)", "who": "", "why": "", "added": 0, "removed": 0}


def test_what_is_not_there_cannot_be_replaced_or_removed():
    data = dataset(2)
    for wrong in (2, -3):
        with pytest.raises(UsageError, match="has 2"):
            data.remove(wrong)
        with pytest.raises(UsageError, match=f"no example {wrong}"):
            data.replace(wrong, example(1))
    data.extend([])
    assert len(data.history) == 0


def test_only_the_last_changes_of_all_examples_can_be_undone():
    data = dataset(1_000)
    for number in range(KEPT + 5):
        data = data.shuffle(number)
    for _ in range(KEPT):
        data.undo()
    with pytest.raises(UsageError, match="cannot be undone any more"):
        data.undo()
    assert len(data.history) == 5


def test_a_dataset_with_a_long_history_can_be_pickled():
    data = dataset(0)
    for number in range(20_000):
        data.add(example(number))
    again = pickle.loads(pickle.dumps(data))
    assert again == data
    assert again.undo().what == "add"


def test_adding_one_by_one_costs_less_than_half_a_kilobyte_an_example():
    made = [example(number) for number in range(20_000)]
    data = RactoDataset()
    tracemalloc.start()
    try:
        for one in made:
            data.add(one)
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert used / len(made) < 500


def test_deriving_costs_no_copies_of_examples():
    data = dataset(20_000)
    tracemalloc.start()
    try:
        made = data.filter(lambda _: True)
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert used / len(made) < 50
