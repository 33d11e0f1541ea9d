"""Many copies of one text with a little change, and questions in a template."""

from __future__ import annotations

import random

import pytest
from finetune.alike import asked

from racto_nb.finetune import RactoDataset
from racto_nb.finetune.likeness import leak_groups, leaks, near_duplicates

TEXT = "I would like to know why the payment that I made with my new card at the station last week was declined by the bank"


def copies(count: int) -> list[str]:
    """Copies of a text, each with one or two words exchanged."""
    draw = random.Random(7)
    made: list[str] = []
    for number in range(count):
        words: list[str] = [*TEXT.split()]
        words[draw.randrange(len(words))] = f"w{number}"
        made.append(" ".join(words))
    return made


def others(count: int) -> list[str]:
    """Texts that have nothing in common."""
    draw = random.Random(8)
    return [" ".join("".join(draw.choices("abcdefghijklmnop", k=6)) for _ in range(12)) for _ in range(count)]


@pytest.mark.parametrize(("count", "rest"), [(15, 85), (60, 940), (9, 91), (45, 55)])
def test_copies_are_found_however_many_they_are(count: int, rest: int):
    examples = asked(*copies(count), *others(rest))
    (group,) = near_duplicates(examples)
    assert group.examples == tuple(range(count))
    assert len(set(leak_groups(examples)[:count])) == 1
    assert len(leaks(examples[: count // 2] + examples[count:], examples[count // 2 : count])) == count - count // 2


def test_questions_in_the_templates_of_some_tasks_are_no_copies():
    texts = others(60)
    tasks = ["Sort the text below into one of the labels that we agreed on", "Say in one line what this message asks us for"]
    examples = asked(*(f"{tasks[place % 2]} {' '.join(text.split()[:4])}" for place, text in enumerate(texts)))
    assert near_duplicates([*examples, *asked(*others(70)[60:])]) == ()


def test_a_check_says_how_many_examples_have_a_template():
    examples = asked(*(f"Say in one line what this asks: {text}" for text in others(20)))
    (finding,) = RactoDataset(examples).validate(rules=["near_duplicates"]).all
    assert (finding.severity, finding.example) == ("hint", 0)
    assert "20 examples share words" in finding
