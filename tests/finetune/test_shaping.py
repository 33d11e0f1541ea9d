"""Datasets that are made of others: shuffled, drawn from, filtered, mapped, joined, tagged, without doubles."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.finetune import RactoDataset, RactoTrainingExample

DATA = RactoDataset.from_pairs([(f"question {number}", "answer") for number in range(10)])


def asked(dataset: RactoDataset) -> list[str]:
    return [example.messages[0].content for example in dataset]


@given(st.integers(), st.integers(0, 10))
def test_shuffles_and_samples_are_of_the_same_examples(seed: int, count: int):
    assert sorted(asked(DATA.shuffle(seed))) == asked(DATA)
    assert DATA.shuffle(seed) == DATA.shuffle(seed)
    sample = asked(DATA.sample(count, seed=seed))
    assert sample == [text for text in asked(DATA) if text in sample]
    assert len(sample) == count


def test_a_sample_is_a_number_or_a_share():
    assert len(DATA.sample(fraction=0.25, seed=1)) == 2
    for n, fraction in [(None, None), (3, 0.5), (11, None), (-1, None), (None, 1.5), (None, -0.1)]:
        with pytest.raises(UsageError, match="sample"):
            DATA.sample(n, fraction=fraction)


def test_a_filter_is_a_function_an_expression_or_sql():
    tagged = DATA.tagged(label=lambda example: "even" if int(example.messages[0].content[-1]) % 2 == 0 else "odd")
    kept = [tagged.filter(lambda example: (example.tags or {})["label"] == "odd"), tagged.filter(pl.col("label") == "odd")]
    kept.append(tagged.filter("label = 'odd' and tokens < 1000"))
    assert [len(each) for each in kept] == [5, 5, 5]
    assert kept[0] == kept[1] == kept[2]
    assert kept[0].history[-1].what == "filter: 5 of 10 kept"
    assert (kept[0].history[-1].added, kept[0].history[-1].removed) == (0, 5)


@pytest.mark.parametrize("keep", [pl.col("nowhere") > 1, "nowhere > 1", "not ( sql"])
def test_an_expression_that_cannot_be_asked_names_the_columns(keep: object):
    with pytest.raises(UsageError, match="messages, characters, tokens"):
        DATA.filter(keep)  # pyright: ignore[reportArgumentType]


def test_what_is_no_filter_is_refused():
    with pytest.raises(WrongTypeError, match="filter takes"):
        DATA.filter(3)  # pyright: ignore[reportArgumentType]


def test_map_makes_examples_and_nothing_else():
    assert DATA.map(lambda example: example.tagged({"seen": "yes"}))[3].tags == {"seen": "yes"}
    with pytest.raises(WrongTypeError, match="RactoTrainingExample"):
        DATA.map(lambda example: None)  # pyright: ignore[reportArgumentType, reportReturnType]


async def test_async_functions_are_refused_before_anything_is_lost():
    async def answer(example: RactoTrainingExample) -> RactoTrainingExample:
        return example

    with pytest.raises(UsageError, match="map takes a plain function"):
        DATA.map(answer)  # pyright: ignore[reportArgumentType]
    with pytest.raises(UsageError, match="filter takes a plain function"):
        DATA.filter(answer)


def test_datasets_are_joined_by_plus():
    assert asked(DATA[:2] + DATA[8:]) == ["question 0", "question 1", "question 8", "question 9"]
    assert DATA.concat(DATA, DATA).history[-1].what == "concat: 20 more"
    with pytest.raises(TypeError):
        DATA + [DATA[0]]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]  # noqa: RUF005


def test_tags_are_texts_or_functions():
    made = DATA.tagged(language="en").tagged(language=lambda example: example.messages[0].content[:1], size="small")
    assert made[0].tags == {"language": "q", "size": "small"}
    with pytest.raises(UsageError, match="needs tags"):
        DATA.tagged()


def test_doubles_are_left_out():
    doubled = DATA + DATA[:3] + RactoDataset.from_pairs([(" question  4", "answer")])
    kept = doubled.dedupe()
    assert asked(kept) == asked(DATA)
    assert kept.history[-1].what == "dedupe: 4 of 14 left out"
    assert len(doubled.dedupe(near=True)) <= 10
