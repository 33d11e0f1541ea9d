"""Which questions ask for the same: pairs that lie near each other, and what must keep them apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.cache.guarding import disagreement

SAME = [
    ("What is the capital of France?", "Which city is the capital of France?"),
    ("What is the capital of France?", "what is the capital of france"),
    ("What is Python?", "Can you explain what Python is?"),
    ("How do I reset my password?", "How can I reset my password?"),
    ("How do I reset my password", "How do we reset our passwords?"),
    ("What's the boiling point of water?", "What is the boiling point of water?"),
    ("How long do two eggs boil?", "How long do 2 eggs boil?"),
    ("Is 1,000 enough?", "Is 1000 enough?"),
    ("Wie hoch ist der Eiffelturm?", "Kannst du mir sagen, wie hoch der Eiffelturm ist?"),
    ("Quelle est la capitale de l'Espagne ?", "Quelle est la capitale de l\u2019Espagne?"),
    ("東京の人口は?", "東京の人口は\uff1f"),
]  # fmt: skip

APART = [
    ("numbers", "What was the GDP in 2020?", "What was the GDP in 2021?"),
    ("numbers", "Is 1.5 enough?", "Is 15 enough?"),
    ("numbers", "What is 5 km in miles?", "What is 5 miles in km?"),
    ("numbers", "Is 5 km far?", "Is 5 miles far?"),
    ("numbers", "Is 20 °C warm?", "Is 20 °F warm?"),
    ("numbers", "Is $5 much?", "Is €5 much?"),
    ("numbers", "Count from 5 to 10.", "Count from 10 to 5."),
    ("numbers", "Who won the first war?", "Who won the second war?"),
    ("numbers", "Is -5 a root?", "Is 5 a root?"),
    ("negations", "Is a dog with a leash allowed?", "Is a dog without a leash allowed?"),
    ("negations", "Do I need a visa?", "Don't I need a visa?"),
    ("negations", "Which birds can fly?", "Which birds cannot fly?"),
    ("negations", "Which birds don\u2019t fly?", "Which birds do fly?"),
    ("negations", "Darf man hier parken?", "Darf man hier nicht parken?"),
    ("negations", "Puis-je voter ?", "Puis-je ne pas voter ?"),
    ("negations", "¿Puedo votar?", "¿No puedo votar?"),
    ("names", "What is the capital of France?", "What is the capital of Spain?"),
    ("names", "How far is it from Rome to Oslo?", "How far is it from Oslo to Rome?"),
    ("names", "Translate this from German to French.", "Translate this from French to German."),
    ("names", "Who wrote Hamlet?", "Who wrote Macbeth?"),
    ("quotes", "What does 'bank' mean?", "What does 'bench' mean?"),
    ("quotes", "What does “bank” mean?", "What does “bench” mean?"),
    ("quotes", "What is `df.head`?", "What is `df.tail`?"),
    ("identifiers", "What is NATO?", "What is NASA?"),
    ("identifiers", "What does --force do?", "What does --hard do?"),
    ("identifiers", "Is foo_bar slow?", "Is foo_baz slow?"),
    ("identifiers", "Is camelCase good?", "Is camelCase2 good?"),
    ("identifiers", "Is C++ hard?", "Is C# hard?"),
    ("identifiers", "Read a.txt please.", "Read b.txt please."),
    ("identifiers", "Is https://a.example up?", "Is https://b.example up?"),
    ("identifiers", "Is Python3.11 out?", "Is Python3.12 out?"),
    ("another word", "what is the capital of france", "what is the capital of spain"),
    ("another word", "How do I enable logging?", "How do I disable logging?"),
    ("another word", "Paris is the capital of which country?", "London is the capital of which country?"),
    ("another word", "What is the melting point of iron?", "What is the melting point of copper?"),
    ("another word", "Tea and coffee?", "Tea or coffee?"),
    ("more words", "Who is the president?", "Who was the president?"),
    ("more words", "What is a git rebase?", "How do I git rebase?"),
    ("more words", "What is the city?", "What is the largest city?"),
    ("more words", "Is ibuprofen safe?", "Is ibuprofen safe during pregnancy?"),
    ("more words", "what is the population of paris", "what is the population of paris including suburbs"),
    ("another order", "does a cat chase a dog", "does a dog chase a cat"),
    ("a script", "東京の人口は?", "大阪の人口は?"),
    ("a script", "ما عاصمة فرنسا؟", "ما عاصمة إسبانيا؟"),
]  # fmt: skip


@pytest.mark.parametrize(("stored", "asked"), SAME)
def test_the_same_in_other_words(stored: str, asked: str):
    assert disagreement(stored, asked) == disagreement(asked, stored) == ""


@pytest.mark.parametrize(("why", "stored", "asked"), APART)
def test_what_turns_an_answer_round_keeps_questions_apart(why: str, stored: str, asked: str):
    assert why in disagreement(stored, asked)
    assert why in disagreement(asked, stored)


@given(st.text())
def test_a_question_agrees_with_itself(question: str):
    assert disagreement(question, question) == ""


@given(st.text(), st.text())
def test_the_answer_does_not_depend_on_who_came_first(one: str, other: str):
    assert bool(disagreement(one, other)) == bool(disagreement(other, one))


@given(st.sampled_from([pair[0] for pair in SAME[:7]]), st.integers(0, 999), st.integers(0, 999))
def test_another_number_is_always_seen(question: str, one: int, other: int):
    assert bool(disagreement(f"{question} {one}", f"{question} {other}")) == (one != other)


def test_long_texts_must_have_the_same_words():
    words = " ".join(f"wort{chr(97 + number % 26)}{'x' * (number // 26)}" for number in range(120))
    assert disagreement(f"{words}.", f"What is: {words}?") == ""
    assert disagreement(words, f"{words} something") == "long texts with other words"
