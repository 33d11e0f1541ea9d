"""Which examples must stay together when a dataset is split."""

from __future__ import annotations

from finetune.alike import asked
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.finetune import RactoTrainingExample, RactoTrainingMessage
from racto_nb.finetune.likeness.grouping import leak_groups
from racto_nb.prompts.files import RactoFile

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen"
TEXTS = st.lists(st.text("ab c.!", min_size=1, max_size=12), max_size=12)


def test_the_same_question_is_one_group_whatever_its_case_and_punctuation():
    assert leak_groups(asked("Where is my card?", "How are you?", "where  is my card")) == [0, 1, 0]


def test_nearly_the_same_question_is_one_group_unless_only_the_same_is_asked_for():
    near = asked("I am still waiting for my new card", "I am still waiting for my new cards", "What is the exchange rate?")
    assert leak_groups(near) == [0, 0, 1]
    assert leak_groups(near, near=False) == [0, 1, 2]


def test_words_in_a_row_join_examples_also_over_others():
    begun, middle = f"{LONG}. And then something quite different follows here", f"Before it {LONG} stands the middle of it"
    other = "Not one two three four five six seven eight nine ten eleven more"
    assert leak_groups(asked(begun, "How are you?", middle, other), threshold=0.95) == [0, 1, 0, 2]


def test_questions_about_different_files_are_different():
    ask = RactoTrainingExample.from_pair
    one, other = RactoFile(b"1", "image/png"), RactoFile(b"2", "image/png")
    pictures = [ask("What is it?", "A cat.", user_attachments=[file]) for file in (one, other, one)]
    assert leak_groups(pictures) == [0, 1, 0]


def test_a_template_around_every_question_joins_nothing():
    template = "Sort the text below into one of the labels that were agreed on at the last meeting of all: "
    texts = [f"{template}{word * 40}" for word in "abcdefghijklmnopqrstuvwxyz"]
    assert leak_groups(asked(*texts), threshold=1) == list(range(26))


def test_examples_without_a_user_are_compared_by_what_there_is():
    examples = [RactoTrainingExample([RactoTrainingMessage("system", text)]) for text in ("a", "b", "a")]
    assert leak_groups([*examples, RactoTrainingExample([])]) == [0, 1, 0, 2]
    assert leak_groups([]) == []
    assert leak_groups(examples[:1]) == [0]


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order(texts, random):
    places = list(range(len(texts)))
    random.shuffle(places)
    groups = leak_groups(asked(*texts))
    shuffled = leak_groups(asked(*(texts[place] for place in places)))
    together = {(one, other) for one in places for other in places if groups[one] == groups[other]}
    assert together == {
        (one, other) for a, one in enumerate(places) for b, other in enumerate(places) if shuffled[a] == shuffled[b]
    }
