"""A split is a partition that can be repeated anywhere; mixes are kept, groups are never cut, and no part is empty."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import DatasetError, UsageError, WrongTypeError
from racto_nb.finetune import RactoDataset, RactoTrainingExample
from racto_nb.finetune.splitting import permutation

SHARES = st.sampled_from([0.8, 0.5, 0.9, (0.8, 0.1, 0.1), (0.5, 0.25, 0.25), (0.7, 0.3)])
LABELS = st.lists(st.sampled_from("abcde"), min_size=3, max_size=80)


def labelled(labels: list[str], name: str = "label") -> RactoDataset:
    """A dataset with one example for each label, which is a tag of it."""
    asked = (RactoTrainingExample.from_pair(f"question {number}", "answer") for number in range(len(labels)))
    return RactoDataset([example.tagged({name: label}) for example, label in zip(asked, labels, strict=True)])


def asked(dataset: RactoDataset) -> list[str]:
    return [example.messages[0].content for example in dataset]


@given(LABELS, SHARES, st.integers())
def test_a_split_is_a_partition_without_an_empty_part(labels: list[str], shares: float, seed: int):
    data = labelled(labels)
    parts = data.split(shares, seed=seed)
    assert sorted(text for part in parts for text in asked(part)) == sorted(asked(data))
    assert all(len(part) for part in parts)


@given(LABELS, st.sampled_from([0.8, 0.5, 0.9]), st.integers())
def test_each_stratum_is_shared_out_to_within_one_example(labels: list[str], ratio: float, seed: int):
    data = labelled(labels)
    train, _ = data.split(ratio, seed=seed, stratify="label")
    sizes, got = Counter(labels), Counter(example.tags["label"] for example in train if example.tags)
    assert len(train) == len(data.split(ratio)[0])
    assert all(abs(got[label] - size * len(train) / len(data)) < 1 for label, size in sizes.items())


@given(LABELS, SHARES, st.integers())
def test_groups_are_never_cut(labels: list[str], shares: float, seed: int):
    data = labelled(labels, "customer")
    if len(set(labels)) < len(data.split(shares)):
        with pytest.raises(DatasetError, match="groups are never cut"):
            data.split(shares, seed=seed, group="customer")
        return
    parts = data.split(shares, seed=seed, group="customer")
    seen = [{example.tags["customer"] for example in part if example.tags} for part in parts]
    assert sum(map(len, seen)) == len(set(labels))
    assert all(len(part) for part in parts)


def test_groups_keep_the_mix_as_near_as_they_allow():
    data = labelled(["yes", "no"] * 100)
    pairs = {name: str(number // 4) for number, name in enumerate(asked(data))}
    grouped = data.tagged(customer=lambda example: pairs[example.messages[0].content])
    train, validation = grouped.split(0.8, group="customer", stratify="label")
    assert (len(train), len(validation)) == (160, 40)
    assert Counter(example.tags["label"] for example in validation if example.tags) == {"yes": 20, "no": 20}


def test_large_groups_come_into_the_validation_set_too():
    data = labelled([str(number // 10) for number in range(100)] + [str(number) for number in range(1_000, 1_100)], "customer")
    _, validation = data.split(0.8, group="customer")
    assert len(validation) == 40
    assert max(Counter(example.tags["customer"] for example in validation if example.tags).values()) == 10


def test_examples_without_the_tag_of_a_group_stand_alone():
    data = labelled(["x"] * 5, "customer") + RactoDataset.from_pairs([(f"other {n}", "answer") for n in range(5)])
    train, validation = data.split(0.5, group="customer")
    assert {len(train), len(validation)} == {5}


def test_the_same_seed_gives_the_same_split_in_every_version_of_python():
    assert permutation(10, 42) == [1, 9, 7, 3, 2, 8, 0, 5, 4, 6]
    assert permutation(5, -(2**70)) == [2, 0, 1, 4, 3]
    data = RactoDataset.from_pairs([(f"question {n}", "answer") for n in range(10)])
    assert asked(data.split(train_ratio=0.8, seed=42)[1]) == asked(data.split(train_ratio=0.8, seed=42)[1])
    assert asked(data.split(seed=1)[0]) != asked(data.split(seed=2)[0])


def test_a_drawn_seed_is_told_so_that_the_split_can_be_repeated():
    data = RactoDataset.from_pairs([(f"question {n}", "answer") for n in range(50)])
    train, _ = data.split(seed=None)
    seed = int(train.history[-1].what.partition("seed ")[2].rstrip(")"))
    assert data.split(seed=seed)[0] == train


@pytest.mark.parametrize(("count", "shares"), [(1, 0.8), (0, 0.8), (2, (0.8, 0.1, 0.1))])
def test_too_few_examples_are_an_error_that_says_what_to_do(count: int, shares: float):
    data = RactoDataset.from_pairs([("a", "b")] * count)
    with pytest.raises(DatasetError, match="Add examples until there are at least"):
        data.split(shares)


def test_two_examples_give_one_to_each_part():
    assert [len(part) for part in RactoDataset.from_pairs([("a", "b"), ("c", "d")]).split(0.99)] == [1, 1]


@pytest.mark.parametrize("shares", [0, 1, 1.5, -0.2, float("nan"), (0.5,), (0.8, 0.3), (0.5, 0.5, 0.0), ()])
def test_shares_that_are_none_are_refused(shares: float):
    with pytest.raises(UsageError, match="between 0 and 1"):
        RactoDataset.from_pairs([("a", "b")] * 5).split(shares)


def test_a_seed_that_is_no_whole_number_is_refused():
    with pytest.raises(WrongTypeError, match="seed"):
        RactoDataset.from_pairs([("a", "b")] * 5).split(seed=0.5)  # pyright: ignore[reportCallIssue, reportArgumentType]


def test_a_tag_that_no_example_has_is_named_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'label'"):
        labelled(["a", "b"]).split(stratify="lable")


DISTINCT = ["Where is my parcel?", "Cancel the contract please", "How warm is it in Oslo today?", "Write a poem about rain"]


def test_what_is_alike_stays_on_one_side():
    data = RactoDataset.from_pairs([(text, "a") for text in DISTINCT] + [(text.upper(), "b") for text in DISTINCT])
    train, validation = data.split(0.5, leak_free=True)
    lower = [{text.casefold() for text in asked(side)} for side in (train, validation)]
    assert not lower[0] & lower[1]
    assert (len(train), len(validation)) == (4, 4)


def test_leaks_and_groups_hold_together():
    data = RactoDataset.from_pairs([(text, "a") for text in [*DISTINCT, DISTINCT[0].upper()]])
    customers = {DISTINCT[0].upper(): "Ann", DISTINCT[1]: "Ann"}
    tagged = data.map(
        lambda example: (
            example.tagged({"customer": customers[asked_of]})
            if (asked_of := example.messages[0].content) in customers
            else example
        )
    )
    for side in tagged.split(0.5, group="customer", leak_free=True):
        assert len({DISTINCT[0], *customers} & set(asked(side))) in (0, 3)
