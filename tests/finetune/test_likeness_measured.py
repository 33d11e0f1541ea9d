"""Duplicates, contradictions and leaks of banking77, beside what a plain count and a reader say.

likeness_by_hand.json has, for fifty near pairs drawn with a seed and for all contradictions, the places of both questions, whether
a reader found that they ask the same, and in a word how they differ.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from finetune.alike import banking

from racto_nb.finetune import RactoTrainingExample
from racto_nb.finetune.likeness import contradictions, duplicates, leak_groups, leaks, near_duplicates

BY_HAND = json.loads(Path(__file__).with_name("likeness_by_hand.json").read_text(encoding="utf-8"))
Examples = list[RactoTrainingExample]


@pytest.fixture(scope="module")
def train() -> Examples:
    return [RactoTrainingExample.from_pair(text, label) for text, label in banking("train")]


@pytest.fixture(scope="module")
def test_rows() -> Examples:
    return [RactoTrainingExample.from_pair(text, label) for text, label in banking("test")]


def plain(name: str) -> list[str]:
    """The texts by another way: letters and digits in small letters, all else a space."""
    return [" ".join(re.sub(r"[^a-z0-9£€]+|[£€]", " ", text.lower()).split()) for text, _ in banking(name)]


def test_31_questions_of_the_training_data_are_there_twice(train: Examples):
    counts = Counter(plain("train"))
    found = duplicates(train, of="prompt")
    assert sum(len(group.examples) - 1 for group in found) == sum(count - 1 for count in counts.values()) == 31
    kinds = Counter(group.kind for group in found)
    assert kinds == {"exact": 4, "words": 24, "symbols": 3}  # £1 and €1, $1 and €1, one has ":("
    assert len(duplicates(train)) == 30  # two of them have two labels


def test_25_test_rows_are_in_the_training_data(train: Examples, test_rows: Examples):
    known = set(plain("train"))
    found = leaks(train, test_rows)
    same = [leak for leak in found if leak.kind in {"exact", "words", "symbols"}]
    assert [leak.validation for leak in same] == [place for place, text in enumerate(plain("test")) if text in known]
    assert len(same) == 25
    assert Counter(leak.kind for leak in found) == {"exact": 7, "words": 18, "contained": 20, "near": 308}


def test_words_in_a_row_are_shown_where_they_are_in_both(train: Examples, test_rows: Examples):
    contained = [leak for leak in leaks(train, test_rows, near=False) if leak.kind == "contained"]
    assert len(contained) == 20
    for leak in contained:
        assert 0 < leak.share <= 1
        for span in leak.spans:
            mine = test_rows[leak.validation].messages[span.message].content[span.start : span.end]
            theirs = train[leak.train].messages[span.train_message].content[span.train_start : span.train_end]
            assert mine == span.text
            words = [re.findall(r"[a-z0-9]+", each.lower()) for each in (mine, theirs)]
            assert words[0] == words[1]
            assert len(words[0]) >= 13


def test_of_fifty_near_pairs_read_by_hand_46_ask_the_same(train: Examples):
    found = sorted((one, other) for group in near_duplicates(train, of="prompt") for one, other, _ in group.pairs)
    drawn = random.Random(77).sample(found, 100)[:50]
    assert drawn == [(one, other) for one, other, _, _ in BY_HAND["near"]]
    assert sum(same for _, _, same, _ in BY_HAND["near"]) / len(drawn) == 0.92


def test_near_pairs_are_those_that_a_comparison_of_all_finds(train: Examples):
    some = train[:1200]
    runs = [{f" {text} "[place : place + 4] for place in range(len(text) - 1)} for text in plain("train")[:1200]]
    by_all = {
        (one, other)
        for one in range(len(runs))
        for other in range(one + 1, len(runs))
        if runs[one] != runs[other] and len(runs[one] & runs[other]) / len(runs[one] | runs[other]) >= 0.75
    }
    found = {(one, other) for group in near_duplicates(some, of="prompt") for one, other, _ in group.pairs}
    assert found <= by_all
    assert len(found) >= 0.98 * len(by_all)


def test_all_contradictions_that_are_found_are_some(train: Examples):
    found = contradictions(train)
    assert [list(one.examples) for one in found] == [[one, other] for one, other, _, _ in BY_HAND["contradictions"]]
    assert all(same for _, _, same, _ in BY_HAND["contradictions"])
    labels = [label for _, label in banking("train")]
    assert all(len({labels[place] for place in one.examples}) > 1 for one in found)


def test_a_split_by_groups_has_no_leak(train: Examples, test_rows: Examples):
    examples = train[::3] + test_rows[::3]
    groups = leak_groups(examples)
    sides = [[example for example, group in zip(examples, groups, strict=True) if (group % 5 == 0) == side] for side in (0, 1)]
    assert len(leaks(*sides)) == 0
    assert len(leaks(examples[1::2], examples[::2])) > 0
