"""Duplicates, near duplicates, contradictions and leaks of small datasets."""

from __future__ import annotations

import pickle

import pytest
from finetune.alike import asked
from hypothesis import example, given, settings
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.finetune import RactoTrainingExample, RactoTrainingMessage, TrainingToolCall
from racto_nb.finetune.likeness import (
    Found,
    Leak,
    contradictions,
    deduplicated,
    duplicates,
    leak_groups,
    leaks,
    near_duplicates,
)
from racto_nb.finetune.likeness.minhash import estimate, signatures
from racto_nb.finetune.likeness.normalising import Normal, to_the_letter
from racto_nb.finetune.likeness.pairing import jaccard, runs_of

ask = RactoTrainingExample.from_pair
LONG = "one two three four five six seven eight nine ten eleven twelve thirteen"
SAME = {"exact", "words", "symbols"}
SENTENCES = st.lists(
    st.sampled_from(["the", "card", "top", "up", "money", "is", "lost", "not", "my", "£5", "please", "why"]),
    min_size=1,
    max_size=9,
)
EXAMPLES = st.lists(
    st.builds(lambda words, answer: ask(" ".join(words), answer), SENTENCES, st.sampled_from(["a", "b"])), max_size=12
)


@given(st.text())
def test_a_normal_form_stays_as_it_is(text: str):
    for normal in (Normal(), to_the_letter):
        assert normal(normal(text)) == normal(text)


@given(st.text())
@example("`")
def test_words_in_their_places_are_those_of_the_normal_form(text: str):
    found = Normal().in_place(text)
    assert [word for word, _, _ in found] == Normal()(text).split()
    assert all(0 <= start < end <= len(text) for _, start, end in found)


@pytest.mark.parametrize(
    ("one", "other", "same", "same_with_symbols"),
    [
        ("\uff26\uff55\uff4c\uff4c width \ufb01ne", "full WIDTH fine", True, True),
        ("What\u2019s up?", "what's up", True, True),
        ("top-up", "top up", True, True),
        ("C++", "C#", True, False),
        ("-5 degrees", "5 degrees", True, False),
        ("1.5", "1-5", True, False),
        ("Straße", "STRASSE", True, True),
        ("हिन्दी", "हनद", False, False),
        ("a\u200bb", "ab", True, True),
        ("???", "!!!", False, False),
        ("haven't", "havent", False, False),
        ("", " \n", True, True),
    ],
)
def test_what_differs_by_form_alone_is_the_same(one: str, other: str, same: bool, same_with_symbols: bool):
    assert (Normal()(one) == Normal()(other)) is same
    assert (Normal(symbols=True)(one) == Normal(symbols=True)(other)) is same_with_symbols


@settings(deadline=None)
@given(st.lists(st.text("abcd ", min_size=20, max_size=120), min_size=2, max_size=2))
def test_the_estimate_is_near_the_overlap(texts: list[str]):
    one, other = signatures(texts)
    assert abs(estimate(one, other) - jaccard(*map(runs_of, texts))) < 0.25  # six deviations


def test_signatures_do_not_depend_on_what_else_is_there():
    texts = [f"text number {number} of many" * (1 + number % 30) for number in range(3000)]
    assert (signatures(texts)[[0, 1500, 2999]] == signatures([texts[0], texts[1500], texts[2999]])).all()


def test_conversations_are_duplicates_when_all_of_them_is_the_same():
    found = duplicates([ask("Hi?", "A."), ask("hi", "B"), ask("HI!", "a"), ask("Hi", "a", system="Be brief.")])
    assert [(group.examples, group.kind) for group in found] == [((0, 2), "words")]
    assert duplicates(asked("£1 fee?", "€1 fee?"))[0].kind == "symbols"
    assert [group.examples for group in duplicates([ask("Hi", "A"), ask("hi", "B")], of="prompt")] == [(0, 1)]


def test_calls_of_tools_are_compared_by_what_they_say():
    def call(arguments: str, name: str = "weather") -> RactoTrainingExample:
        turn = RactoTrainingMessage("assistant", tool_calls=[TrainingToolCall(name, arguments, id=arguments)])
        return RactoTrainingExample([RactoTrainingMessage("user", "How warm?"), turn])

    examples = [call('{"a": 1, "b": 2}'), call('{"b":2,"a":1}'), call('{"a": 3}'), call("{", "x"), call("{", "x")]
    assert [group.examples for group in duplicates(examples)] == [(0, 1), (3, 4)]


def test_near_duplicates_answer_nearly_the_same():
    long = "Please wait for two more days, since the post is slow at the moment."
    one, other = "I am still waiting for my new card", "I am still waiting for my new cards"
    assert near_duplicates([ask(one, long), ask(other, long + " Sorry.")])[0].examples == (0, 1)
    assert not near_duplicates([ask(one, "card_lost"), ask(other, "card_late")])
    assert not near_duplicates([ask(one, long), ask(other, "It is on its way, and nothing can be done about it.")])
    assert not near_duplicates([ask(one, long, system="Be brief."), ask(other, long)])
    assert near_duplicates([ask(one, "card_lost"), ask(other, "card_late")], of="prompt")


def test_a_template_does_not_make_questions_near():
    template = "Read the message of a customer and say which of these labels fits it best. Message: "
    assert near_duplicates(asked(*(template + word * 3 for word in ("cash ", "card ", "fees ")))) != ()
    assert near_duplicates(asked(*(template + letter * 9 for letter in "abcdefghijkl"))) == ()


def test_the_first_or_the_last_of_what_is_alike_stays():
    examples = [*asked("Hi", "Bye", " Hi "), ask("Hi", "no"), *asked("£1 fee?", "€1 fee?")]
    kept, dropped = deduplicated(examples)
    assert kept == [0, 1, 3, 4, 5]
    assert [str(one) for one in dropped] == ["Example 2 is the same as example 0"]
    assert deduplicated(examples, keep="last")[0] == [1, 2, 3, 4, 5]
    near = asked("I am still waiting for my new card", "I am still waiting for my new cards")
    assert deduplicated(near)[0] == [0, 1]
    assert str(deduplicated(near, near=True)[1][0]) == "Example 1 is near (0.91) to example 0"


DIFFERENT = [
    [ask("Rename x to X: x=1", "X=1"), ask("rename X to x: X=1", "x=1")],
    [ask("a/b", "op"), ask("a*b", "op"), ask("a.b", "op"), ask("a-b", "op")],
    [ask("Print it", "print(A)"), ask("Print it", "print(a)")],
    [ask("Write it", "if x:\n  a()\n  b()"), ask("Write it", "if x:\n  a()\nb()")],
    asked("What type is []?", "What type is ()?", "What type is {}?"),
]


@pytest.mark.parametrize("examples", DIFFERENT)
def test_what_differs_by_a_letter_or_a_sign_is_kept(examples: list[RactoTrainingExample]):
    assert deduplicated(examples) == (list(range(len(examples))), [])
    assert deduplicated(examples, near=True)[1] == [] or examples is DIFFERENT[3]
    assert not any(group.kind == "exact" for group in duplicates(examples))


def test_composed_letters_and_white_space_are_no_difference_in_prompts():
    examples = [ask("Caf\u00e9  here?", "yes"), ask(" Cafe\u0301 here?\n", "yes"), ask("Caf\u00e9 here?", " yes")]
    assert deduplicated(examples)[0] == [0, 2]
    assert duplicates(examples)[0].kind == "words"


def test_near_ones_leave_out_what_differs_by_case_and_punctuation():
    kept, dropped = deduplicated([*asked("Where is my card?", "where is my card"), ask("where is my card", "Yes")], near=True)
    assert kept == [0, 2]
    assert str(dropped[0]) == "Example 1 is but for case and punctuation the same as example 0"


@settings(max_examples=30, deadline=None)
@given(EXAMPLES, st.booleans(), st.sampled_from(["first", "last"]))
def test_what_was_deduplicated_has_no_duplicates(examples: list[RactoTrainingExample], near: bool, keep: str):
    kept, dropped = deduplicated(examples, near=near, keep=keep)  # pyright: ignore[reportArgumentType]
    assert sorted([*kept, *(one.example for one in dropped)]) == list(range(len(examples)))
    assert {one.like for one in dropped} <= set(kept)
    again = [examples[place] for place in kept]
    assert deduplicated(again, near=near, keep=keep) == (list(range(len(kept))), [])  # pyright: ignore[reportArgumentType]


@settings(max_examples=30, deadline=None)
@given(EXAMPLES, EXAMPLES)
def test_what_leaks_one_way_leaks_the_other(one: list[RactoTrainingExample], other: list[RactoTrainingExample]):
    found, back = leaks(one, other), leaks(other, one)
    assert {leak.train for leak in found if leak.kind in SAME} <= {leak.validation for leak in back if leak.kind in SAME}
    assert bool(found) == bool(back)
    joined = leak_groups([*one, *other])
    if not set(joined[: len(one)]) & set(joined[len(one) :]):
        assert not found


def test_contradictions_are_told_by_kind():
    labels = [ask("Is it open?", "yes"), ask("is it open", "no"), *asked("Why?", "Who?"), ask("When?", "no")]
    assert [(one.of, one.examples) for one in contradictions(labels)] == [("label", (0, 1))]
    texts = [ask("Tell a joke", "One about a dog and a bone."), ask("Tell a joke!", "Another one, about cats.")]
    assert contradictions(texts)[0].of == "text"
    assert not contradictions([ask("Is it £5?", "yes"), ask("Is it €5?", "no"), *labels[2:]])
    assert not contradictions([ask("Is it open?", "yes", system="In May"), ask("Is it open?", "no"), *labels[2:]])


@pytest.mark.parametrize(
    "questions",
    [("What type is []?", "What type is ()?", "What type is {}?"), ("Is !x true?", "Is x true?"), ("a/b is", "a.b is", "a*b is")],
)
def test_a_bracket_or_a_sign_between_letters_makes_another_question(questions: tuple[str, ...]):
    examples = [ask(question, str(number)) for number, question in enumerate(questions)]
    again = [ask(f"Once more {number}", str(number)) for number in range(len(questions))]
    assert contradictions([*examples, *again]) == ()
    found = leaks(examples[:1], examples[1:])
    assert {leak.kind for leak in found} <= {"symbols"}


def test_the_same_words_leak_by_how_exactly_they_are_the_same():
    train = asked("Fee of £1?", "fee of €1?", "Fee of €1", "Why?")
    found = leaks(train, asked(" Fee of  €1", "FEE OF €1", "Fee of $1", "Why?"))
    assert [(leak.kind, leak.train, leak.trains) for leak in found] == [
        ("exact", 2, 3),
        ("words", 1, 3),
        ("symbols", 0, 3),
        ("exact", 3, 1),
    ]
    assert str(found[2]).startswith("Validation example 2 is training example 0 but for symbols and 2 more")


def test_nearly_the_same_question_contradicts_when_nothing_speaks_against_it():
    rest = [*asked("Why?", "Who?"), ask("When?", "no"), ask("Where?", "no")]
    both = [ask("How do I verify my identity?", "yes"), ask("Please, how do I verify my identity", "no")]
    assert contradictions([*both, *rest])[0].examples == (0, 1)
    assert not contradictions([*both, *rest], near=False)
    other = [ask("Why was my payment of 20 declined?", "yes"), ask("Why was my payment of 30 declined?", "no")]
    assert not contradictions([*other, *rest])
    assert not contradictions([ask("Why can I pay by card?", "yes"), ask("Why can I not pay by card?", "no"), *rest])


def test_tags_are_labels_and_preferences_contradict():
    texts = [ask("Open?", "Yes, it is.").tagged({"label": "a"}), ask("Open?", "It is.").tagged({"label": "a"})]
    assert not contradictions(texts)
    question = [RactoTrainingMessage("user", "Tea?")]
    yes, no = [RactoTrainingMessage("assistant", "Yes.")], [RactoTrainingMessage("assistant", "No.")]
    pairs = [
        RactoTrainingExample(question, preferred=yes, rejected=no),
        RactoTrainingExample(question, preferred=no, rejected=yes),
    ]
    assert {one.of for one in contradictions(pairs)} == {"preference"}


def test_words_in_a_row_leak_with_their_places_and_share():
    train = [ask(f"Well, {LONG.title()}! And so on it goes.", "a"), ask("Something else", "b")]
    validation = [ask(f"{LONG}, but not at all like the other text, which ends", "a")]
    (leak,) = leaks(train, validation)
    assert (leak.kind, leak.validation, leak.train, leak.trains) == ("contained", 0, 0, 1)
    (span,) = leak.spans
    assert (span.text, span.start, span.train_start, span.train_end) == (LONG, 0, 6, 6 + len(LONG))
    assert leak.share == pytest.approx(13 / 23)
    assert leaks(train, validation, n=14) == ()


def test_a_validation_example_that_is_there_twice_leaks_twice():
    near = asked("I am still waiting for my new cards", "Why?", "I am still waiting for my new cards!")
    found = leaks(asked("I am still waiting for my new card", "i am still waiting for my new CARD"), near)
    assert [(leak.validation, leak.kind, leak.trains) for leak in found] == [(0, "near", 2), (2, "near", 2)]


def test_little_and_nothing_is_no_fault():
    nothing = [RactoTrainingExample([]), RactoTrainingExample([RactoTrainingMessage("assistant", "Hello.")])]
    for examples in ([], asked("Hi"), nothing, asked("", " ")):
        assert len(near_duplicates(examples)) == len(contradictions(examples)) == 0
        assert leaks(examples, []) == leaks([], examples) == ()
        assert len(leak_groups(examples)) == len(examples)
    assert [group.examples for group in duplicates(asked("", " "))] == [(0, 1)]
    assert [leak.kind for leak in leaks(nothing, nothing)] == ["exact", "exact"]


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda: near_duplicates([], threshold=0.1), "threshold"),
        (lambda: near_duplicates([], of="answer"), "conversation"),
        (lambda: duplicates([], of="answer"), "conversation"),
        (lambda: leaks([], [], n=2), "words in a row"),
        (lambda: leaks([], [], threshold=7), "threshold"),
        (lambda: deduplicated([], keep="best"), "first"),
        (lambda: duplicates([]).to_frame(library="arrow"), "polars"),
    ],
)
def test_what_cannot_be_asked_is_refused(work: object, said: str):
    with pytest.raises(UsageError, match=said):
        work()  # pyright: ignore[reportCallIssue]


def test_what_was_found_prints_ten_and_counts_all():
    found = duplicates(asked(*(f"question {number // 2}" for number in range(30))))
    assert repr(found).startswith("Groups of duplicates: 15\n  Examples 0, 1 are the same: 'question 0'\n")
    assert repr(found).endswith("… and 5 more")
    assert found.to_frame()["examples"].to_list()[:2] == [[0, 1], [2, 3]]
    assert list(found.to_frame(library="pandas").columns) == ["kind", "examples", "likeness", "shown"]
    assert repr(pickle.loads(pickle.dumps(found))) == repr(found)
    assert (
        str(Leak(1, 2, "contained", 0.5, 3, shown="a"))
        == "Validation example 1 has 50% of its words from training example 2 and 2 more: 'a'"
    )
    assert leaks(asked("Hi"), asked("hi")).to_frame()["trains"].to_list() == [1]
    assert contradictions([ask("Hi", "a"), ask("hi", "b")]).to_frame()["answers"].to_list() == [["a", "b"]]
    assert isinstance(found, Found)
