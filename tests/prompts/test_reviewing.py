"""Hints that guess: what contradicts itself, and where somebody else's text could give orders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.prompts import RactoPrompt, lint, review


def prompt(*constraints, tone="Sober", output_format="markdown", **more):
    fields = {"role": "You are a botanist.", "aim": "Name the plant.", **more}
    return RactoPrompt(constraints=list(constraints), tone=tone, output_format=output_format, **fields)


def messages(made):
    return [hint.message for hint in review(made) if hint not in lint(made)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Always cite sources.", "Never cite any sources."),
        ("Use bullet points.", "No bullet points."),
        ("Use emojis", "Avoid using emojis."),
        ("Do not give legal advice.", "Give legal advice."),
        ("At most 50 words.", "Write at least 100 words."),
        ("Under ten words.", "Exactly 10 words."),
        ("Answer in one sentence.", "At least three sentences, please."),
        ("No more than 2 paragraphs.", "Exactly 3 paragraphs."),
        ("Be concise.", "Give a detailed answer."),
        ("Write formally.", "Use slang."),
        ("Answer in English.", "Always reply in German."),
    ],
)
def test_rules_that_cannot_both_be_kept_are_named(one, other):
    for rules in ((one, other), (other, one)):
        (message,) = messages(prompt(*rules))

        assert message.startswith("Constraint 1 and constraint 2 contradict each other")


@pytest.mark.parametrize(
    "rules",
    [
        ("Always cite sources.", "Never invent sources."),
        ("At most 50 words.", "At least 3 sentences."),
        ("At most 50 words.", "At least 20 words."),
        ("Never cite sources unless asked.", "Cite sources."),
        ("Do not be verbose.", "Be concise."),
        ("Answer in English.", "Write names in English."),
        ("No more than 50 words.", "More than one plant may be named."),
        ("Be brief.", "Be polite."),
    ],
)
def test_rules_that_go_together_are_left_alone(rules):
    assert messages(prompt(*rules)) == []


def test_the_tone_and_the_output_are_rules_too():
    assert messages(prompt("Explain in detail.", tone="Concise")) == [
        "Constraint 1 and the tone contradict each other: 'in detail' and 'concise'."
    ]
    assert messages(prompt("Use headings.", output_format="json")) == [
        "Constraint 1 asks for 'headings', and the output is JSON alone."
    ]
    assert messages(prompt("Never use headings.", output_format="text")) == []


@pytest.mark.parametrize("hole", ["{{user_input}}", "{{ document.text }}", "{user_message}", "${query}", "{{x}}"])
def test_a_text_of_others_among_the_instructions_is_named_with_its_fence(hole):
    found = review(prompt("Three words.", aim=f"Sum up {hole} in German."))

    assert [(hint.section, hole in hint.message, "can give orders" in hint.message) for hint in found] == [("AIM", True, True)]


@pytest.mark.parametrize(
    "text",
    [
        "Sum up <note>{{user_input}}</note>.", "Sum up:\n```\n{{user_input}}\n```", 'Sum up """{{user_input}}""".',
        "Sum up:\n==== a1\n{{user_input}}\n==== a1", 'Write {name} and {"a": 1}, and {{}}.',
    ],
)  # fmt: skip
def test_a_text_behind_a_fence_is_left_alone(text):
    assert messages(prompt("Three words.", aim=text)) == []


@given(st.lists(st.text(max_size=60).filter(lambda text: text.strip() and text.isprintable()), max_size=5), st.text(max_size=80))
def test_any_text_can_be_reviewed(constraints, context):
    made = prompt(*(text.encode("utf-8", "ignore").decode() for text in constraints if text.strip()))
    made = made.model_copy(update={"context": context})

    assert set(lint(made)) <= set(review(made))
