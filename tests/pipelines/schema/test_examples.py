"""Questions with their right SQL, and the words of the trade."""

from __future__ import annotations

from typing import Any

import pytest
from colours import COLOURS, Colour
from hypothesis import given, settings
from pipelines.schema.parts import texts
from pipelines.schema.test_choosing import Found

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.pipelines.sql_analyst import Example
from racto_nb.pipelines.sql_analyst.schema.examples import (
    background_text,
    chosen_examples,
    example_documents,
    nearest_examples,
    terms_in,
)
from racto_nb.pipelines.sql_analyst.schema.knowledge import Knowledge, examples_given, knowledge

PAIRS = examples_given(
    [
        ("How many customers are there?", "SELECT count(*) FROM customers"),
        {"question": "Revenue by month", "sql": "SELECT month, sum(amount) FROM orders GROUP BY 1"},
        Example("Which products were never ordered?", "SELECT 1"),
    ]
)


def test_pairs_come_in_three_shapes():
    assert [pair.question for pair in PAIRS] == [
        "How many customers are there?",
        "Revenue by month",
        "Which products were never ordered?",
    ]


@pytest.mark.parametrize(
    ("pair", "error", "words"),
    [
        (("q", ""), UsageError, "has no sql"),
        ({"question": "q"}, UsageError, "has no sql"),
        ({"sql": "SELECT 1"}, UsageError, "not {'sql'"),
        ({"question": "q", "sql": "s", "note": "n"}, UsageError, "note"),
        (("", "SELECT 1"), UsageError, "has no question"),
        ("question", UsageError, "a question and its sql"),
        (("q",), UsageError, "a question and its sql"),
        (("q", 7), WrongTypeError, "not 7"),
    ],
)
def test_a_pair_that_is_none_is_refused(pair: Any, error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        examples_given([pair])


def test_a_question_stands_once_only():
    with pytest.raises(UsageError, match="twice"):
        examples_given([("How  many?", "SELECT 1"), ("how many?", "SELECT 1")])
    with pytest.raises(UsageError, match="two different statements"):
        examples_given([("How many?", "SELECT 1"), ("How many?", "SELECT 2")])


def test_docs_and_terms_are_texts():
    with pytest.raises(WrongTypeError, match="glossary"):
        knowledge(glossary={"revenue": 3})  # type: ignore[dict-item]
    with pytest.raises(UsageError, match="without a name or a text"):
        knowledge(table_docs={"orders": " "})
    with pytest.raises(WrongTypeError, match="'orders' holds"):
        knowledge(column_docs={"orders": "text"})  # type: ignore[dict-item]


def test_the_nearest_examples_come_first_and_strangers_not_at_all():
    assert nearest_examples("monthly revenue of customers", PAIRS)[0] == PAIRS[1]
    assert nearest_examples("ordering a product", PAIRS, 1) == (PAIRS[2],)
    assert nearest_examples("weather", PAIRS) == ()


@pytest.mark.parametrize("colour", COLOURS, ids=lambda each: each.name)
def test_a_retriever_brings_pairs_of_its_own(colour: Colour):
    found = Found(*example_documents([PAIRS[1]]), "no pair", "Question: \nSQL: x", "Question: new?\nSQL:\nSELECT\n  2")
    pairs = colour.run(chosen_examples("anything", PAIRS, retriever=found, limit=4))
    assert pairs == (PAIRS[1], Example("new?", "SELECT\n  2"))
    assert colour.run(chosen_examples("customers?", PAIRS, retriever=Found("nothing"), limit=1)) == (PAIRS[0],)
    assert colour.run(chosen_examples("customers?", PAIRS, limit=0)) == ()


def test_of_a_long_glossary_only_the_terms_that_are_asked_for_are_told():
    glossary = {f"term{number}": f"meaning {number}" for number in range(50)} | {"net revenue": "sum(amount) - sum(tax)"}
    assert terms_in("Net revenues in May", glossary) == {"net revenue": "sum(amount) - sum(tax)"}


@settings(max_examples=60)
@given(texts().filter(str.strip), texts().filter(str.strip), texts().filter(str.strip))
def test_no_text_of_an_example_looks_like_the_next_one(term: str, question: str, sql: str):
    text = background_text(Knowledge(glossary={term: sql}), [Example(question, sql)], question)
    heads = [line for line in text.splitlines() if line.startswith(("Example question: ", "SQL:", "Terms:", "- "))]
    assert len(heads) == 4
    assert all(line == "" or line.startswith(("Example question: ", "SQL:", "Terms:", "- ", "  ")) for line in text.splitlines())
    assert "<|im_start|>" not in text


def test_nothing_told_is_an_empty_text():
    assert background_text(Knowledge(), [], "?") == ""
