"""What is different between two datasets, and that it leads from one to the other."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.finetune import Provenance, RactoDataset, RactoTrainingExample, RactoTrainingMessage

TEXTS = st.lists(st.sampled_from("abcdef"), max_size=12)


def dataset(texts: list[str]) -> RactoDataset:
    return RactoDataset([RactoTrainingExample.from_pair(text, "answer") for text in texts])


@given(TEXTS, TEXTS)
def test_a_difference_that_is_applied_gives_the_other_dataset(one: list[str], other: list[str]):
    old, new = dataset(one), dataset(other)
    diff = old.diff(new)
    assert old.patched(diff) == new
    assert bool(diff) == (one != other)
    assert diff.kept + len(diff.changed) + len(diff.added) == len(new)
    assert diff.kept + len(diff.changed) + len(diff.removed) == len(old)


def test_examples_with_dicts_are_compared_by_content():
    one = msgspec.structs.replace(dataset(["a"])[0], reference={"b": 1, "a": [2]}, extra={"x": {"y": 1}})
    same = msgspec.structs.replace(one, reference={"a": [2], "b": 1})
    assert not RactoDataset([one]).diff(RactoDataset([same]))


def test_a_changed_example_is_found_by_its_provenance_wherever_it_stands():
    old = dataset(["a", "b", "c"])
    moved = msgspec.structs.replace(old[0], provenance=Provenance("ledger", "call-1"))
    old.replace(0, moved)
    new = RactoDataset([old[1], old[2], RactoTrainingExample((RactoTrainingMessage("user", "A"),), provenance=moved.provenance)])
    (change,) = old.diff(new).changed
    assert (change.place, change.now) == (0, 2)
    assert repr(old.diff(new)).splitlines()[1] == "~ 0 -> 2: message 0, user: 'a' -> 'A'"


def test_a_changed_example_is_found_by_where_it_stands():
    diff = dataset(["a", "b", "c", "d"]).diff(dataset(["a", "x", "c", "d", "e"]))
    assert [(change.place, change.now) for change in diff.changed] == [(1, 1)]
    assert [placed.place for placed in diff.added] == [4]
    assert diff.order is None


def test_another_order_is_told_and_nothing_else():
    diff = dataset(["a", "b", "c"]).diff(dataset(["c", "a", "b"]))
    assert diff.order == (2, 0, 1)
    assert repr(diff) == "0 added, 0 removed, 0 changed, 3 kept, in another order"


def test_a_long_difference_shows_its_beginning():
    text = repr(dataset([]).diff(dataset([str(number) for number in range(40)])))
    assert len(text.splitlines()) == 12
    assert text.endswith("... and 30 more")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("tags", {"a": "b"}, "what is said is the same"),
        ("messages", (RactoTrainingMessage("user", "a"),), "2 messages -> 1"),
        ("messages", (RactoTrainingMessage("system", "a"), RactoTrainingMessage("assistant", "answer")), "user -> system"),
        ("messages", (RactoTrainingMessage("user", "a", name="x"), RactoTrainingMessage("assistant", "answer")), "other fields"),
    ],
)
def test_a_change_says_what_changed(field: str, value: object, says: str):
    old = dataset(["a"])
    new = RactoDataset([msgspec.structs.replace(old[0], **{field: value})])
    assert says in repr(old.diff(new))


@pytest.mark.parametrize("texts", [["a"], ["a", "x", "c"], ["a", "b", "c", "d"]])
def test_a_difference_of_another_dataset_is_refused(texts: list[str]):
    diff = dataset(["a", "b", "c"]).diff(dataset(["a", "B"]))
    with pytest.raises(UsageError, match="another dataset"):
        dataset(texts).patched(diff)
