"""The score of a question, by the formula that the documents print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb import ToolRegistry
from racto_nb.models import ChatConfig, Message, ToolCallResult
from racto_nb.prompts.files import RactoFile
from racto_nb.routing import COMPLEXITY_KEYWORDS, complexity, complexity_of
from racto_nb.routing.scoring import keywords_in

RLHF = "Explain the difference between RLHF, DPO, and PPO in the context of fine-tuning large language models for instruction following."


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("What is 2+2?", 0),
        (RLHF, 45),
        ("z" * 1599, 60),
        ("z" * 1600, 60),
        ("z" * 800, 30),
        ("z" * 100_000, 60),
        ("Analyze", 20),
        ("Analyze and compare", 41),
        (" ".join(COMPLEXITY_KEYWORDS), 49),
        (" ".join(COMPLEXITY_KEYWORDS) + "z" * 1600, 100),
    ],
)
def test_a_score_is_the_sum_of_the_points_for_length_and_for_words(text: str, score: int):
    assert complexity(text) == score


def test_there_are_25_words_and_the_three_that_the_documents_name():
    assert len(COMPLEXITY_KEYWORDS) == 25
    assert {"analyze", "compare", "optimize"} <= set(COMPLEXITY_KEYWORDS)
    assert all(word in forms for word, forms in COMPLEXITY_KEYWORDS.items())
    forms = [form for forms in COMPLEXITY_KEYWORDS.values() for form in forms]
    assert len(forms) == len(set(forms))


@pytest.mark.parametrize(("word", "forms"), COMPLEXITY_KEYWORDS.items())
def test_every_form_of_a_word_is_found_in_any_case_and_counts_once(word: str, forms: tuple[str, ...]):
    assert keywords_in(", ".join(form.upper() for form in forms)) == {word}


@pytest.mark.parametrize(
    "text", ["a redesigned app", "an indifferent cat", "psychoanalysis", "analyze_it", "improve", "compared"]
)
def test_a_word_inside_another_one_is_none(text: str):
    assert keywords_in(text) == frozenset()


def test_a_word_of_several_is_found_across_lines_and_blanks():
    assert keywords_in("Go step\n  by step; weigh the pros  and cons.") == {"step by step", "pros and cons"}


@given(st.text(max_size=3000))
def test_a_score_lies_between_0_and_100(text: str):
    assert 0 <= complexity(text) <= 100


@given(st.text(max_size=500), st.text(max_size=500))
def test_more_text_never_scores_less(text: str, more: str):
    assert complexity(f"{text} {more}") >= complexity(text)


@given(st.text(min_size=1, max_size=500).filter(str.strip))
def test_a_question_alone_scores_as_its_text(text: str):
    assert complexity_of(ChatConfig(user_message=text)) == complexity(text)


def look_up(name: str) -> str:
    """Look a person up in the register of the town, by the name as it stands there."""
    return name


@pytest.mark.parametrize(
    "more",
    [
        {"history": [Message(role="user", content="z" * 400)]},
        {
            "history": [
                Message(
                    role="assistant",
                    content="",
                    tool_calls=[ToolCallResult(id="1", name="look_up", arguments={"name": "z" * 300})],
                )
            ]
        },
        {"tools": ToolRegistry([look_up])},
        {"attachments": [RactoFile(b"z" * 400, "text/plain", name="a.txt")]},
        {"attachments": [RactoFile(b"\x89PNG", "image/png")]},
        {"attachments": [RactoFile(b"%PDF", "application/pdf")]},
    ],
)
def test_history_calls_tools_and_files_count_as_tokens(more: dict):
    assert complexity_of(ChatConfig(user_message="Who?", **more)) > complexity_of(ChatConfig(user_message="Who?"))


def test_words_of_the_history_are_not_looked_for():
    history = [Message(role="user", content="Analyze and compare.")]
    assert complexity_of(ChatConfig(user_message="Thanks!", history=history)) < 20
