"""Mistakes that can be mended without a loss are mended; and whatever the data is, a check reads it."""

from __future__ import annotations

import pytest
from finetune.planted_mistakes import ANSWER, ASK, GOOD, PLANTED, PNG, WEATHER, call, talk
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.finetune import FileLink, Finding, RactoDataset, RactoTrainingExample, RactoTrainingMessage, TrainingToolCall
from racto_nb.finetune.checking.table import RULES
from racto_nb.finetune.checking.targets import TARGETS

Message = RactoTrainingMessage
TARGET_NAMES = sorted(TARGETS)
WHEN_NAMED = sorted(rule.name for rule in RULES if rule.when_named)

texts = st.sampled_from(["", " ", "Hi.", " Hi", "TODO", "a long answer that was cut off in the middle of the", "Ж" * 50])
roles = st.sampled_from(["system", "developer", "user", "assistant", "tool", "human", " GPT", "model", "teacher", ""])
calls = st.builds(
    TrainingToolCall,
    st.sampled_from(["weather", "time", ""]),
    st.sampled_from(["{}", "", '{"city":"Oslo"}', '{"city":7,"x":1}', "[1]", "{"]),
    st.sampled_from(["", "call_1", "call_2"]),
)
files = st.sampled_from([PNG, FileLink("gs://a/b.png", "image/png"), FileLink("https://example.org/a")])
messages = st.builds(
    Message,
    roles,
    texts,
    st.lists(files, max_size=2),
    st.lists(calls, max_size=2),
    st.sampled_from([None, "", "call_1", "call_2"]),
    st.sampled_from([None, "weather", "Ann"]),
    st.sampled_from([None, 0, 1, 0.5, 2.0]),
    extra=st.sampled_from([None, {}, {"mood": 1}]),
)
turns = st.lists(messages, max_size=6)
examples = st.builds(
    RactoTrainingExample,
    turns,
    tools=st.sampled_from([(), (WEATHER,), (WEATHER, WEATHER)]),
    preferred=st.lists(messages, max_size=2),
    rejected=st.lists(messages, max_size=2),
    reference=st.sampled_from([None, {}, {"answer": 1}]),
    extra=st.sampled_from([None, {"seed": 1}]),
)
datasets = st.lists(examples, max_size=4).map(RactoDataset)
values = st.one_of(st.none(), st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
broken = st.builds(
    Message,
    st.one_of(values, roles),
    st.one_of(values, texts),
    st.lists(st.one_of(values, files), max_size=2),
    st.lists(st.one_of(values, calls), max_size=2),
    weight=st.one_of(values, st.floats()),
)
broken_examples = st.builds(
    RactoTrainingExample, st.lists(st.one_of(broken, messages, values), max_size=3), tools=st.lists(values, max_size=1)
)


@settings(max_examples=60, deadline=None)
@given(datasets, st.sampled_from(TARGET_NAMES), st.sampled_from([None, "gpt-4o-mini", "gpt-9"]))
def test_a_check_reads_every_dataset_and_names_places_that_are_in_it(data: RactoDataset, provider: str, model: str | None):
    for finding in data.validate(provider, model=model, ignore="privacy").all:
        if finding.example is None:
            assert finding.message is None
        elif finding.message is not None:
            assert finding.message < len(list(data[finding.example].turns()))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(broken_examples, examples), max_size=3).map(RactoDataset), st.sampled_from(TARGET_NAMES))
def test_values_of_the_wrong_kind_are_told_of_and_stop_nothing(data: RactoDataset, provider: str):
    findings = data.validate(provider, ignore="privacy")
    unreadable = {finding.example for finding in findings if finding.rule == "wrong_types"}
    for finding in findings.all:
        assert finding.rule == "wrong_types" or finding.example not in unreadable
    assert len(data.fix(provider)) == len(data)


def kinds_of(findings: list[Finding]) -> set[tuple[str, int | None]]:
    return {(finding.rule, finding.example) for finding in findings}


@settings(max_examples=60, deadline=None)
@given(datasets, st.sampled_from(TARGET_NAMES))
def test_fixing_twice_is_fixing_once_and_only_takes_findings_away(data: RactoDataset, provider: str):
    fixed = data.fix(provider)
    assert len(fixed) == len(data)
    assert fixed.fix(provider) == fixed
    after = fixed.validate(provider, ignore="privacy")
    assert kinds_of(list(after.all)) <= kinds_of(list(data.validate(provider, ignore="privacy").all))
    assert after.fixable == []


@settings(max_examples=60, deadline=None)
@given(datasets, st.sampled_from(TARGET_NAMES), st.sampled_from(WHEN_NAMED))
def test_what_is_mended_by_name_is_mended_once(data: RactoDataset, provider: str, rule: str):
    fixed = data.fix(provider, rules=[rule])
    assert len(fixed) == len(data)
    assert fixed.fix(provider, rules=[rule]) == fixed
    before, after = (len(one.validate(provider, rules=[rule]).all) for one in (data, fixed))
    assert after <= before


def test_roles_that_go_by_another_name_are_mended():
    data = RactoDataset([talk(("developer", "Be brief."), ("Human", "Hi"), ("gpt", "Hello."))])
    assert [message.role for message in data.fix("gemini")[0].messages] == ["system", "user", "assistant"]
    assert [message.role for message in data.fix("openai")[0].messages] == ["developer", "user", "assistant"]


def test_a_weight_of_a_question_is_taken_off_and_that_of_an_answer_stays():
    example = RactoTrainingExample((Message("user", "Hi", weight=1), Message("assistant", "A.", weight=0), ASK, ANSWER))
    fixed = RactoDataset([example]).fix()
    assert [message.weight for message in fixed[0].messages] == [None, 0, None, None]


def test_weights_that_say_nothing_are_taken_off_where_there_are_none():
    example = RactoTrainingExample((Message("user", "Hi", weight=0), Message("assistant", "A.", weight=1), ASK, ANSWER))
    data = RactoDataset([example, RactoTrainingExample((ASK, Message("assistant", "A.", weight=0)))])
    fixed = data.fix("gemini")
    assert [message.weight for message in fixed[0].messages] == [None] * 4
    assert fixed[1] == data[1]
    assert [error.rule for error in fixed.validate("gemini")] == ["lost_weight"]


def test_the_way_a_file_words_what_is_known_is_no_unknown_key():
    example = RactoTrainingExample((ASK, Message("assistant", "A.", extra={"openai": {"refusal": None}, "mood": 1})))
    fixed = RactoDataset([example]).fix(rules="extra_keys")
    assert fixed[0].messages[1].extra == {"openai": {"refusal": None}}
    assert fixed.validate(rules="extra_keys").all == ()


def test_empty_arguments_become_an_empty_object_and_broken_ones_stay():
    example = call(TrainingToolCall("weather", " ", "a"), TrainingToolCall("weather", '{"city"', "b"))
    assert [one.arguments for one in RactoDataset([example]).fix()[0].messages[1].tool_calls] == ["{}", '{"city"']


def test_what_may_be_meant_is_mended_by_name_alone():
    example = talk(("user", " Hi\n"), ("user", "There?"), ("assistant", "Hello. "))
    data = RactoDataset([example])
    assert data.fix("gemini") == data
    stripped = data.fix("gemini", rules=["whitespace_at_ends", "turns_alternate"])
    assert [message.content for message in stripped[0].messages] == ["Hi\n\nThere?", "Hello."]


def test_turns_with_files_and_calls_are_joined_in_their_order():
    example = RactoTrainingExample(
        (Message("user", "See", (PNG,)), Message("user", "", (PNG,)), Message("user", "this?"), ANSWER)
    )
    joined = RactoDataset([example]).fix("gemini", rules="turns_alternate")[0].messages
    assert len(joined) == 2
    assert joined[0].attachments == (PNG, PNG)
    assert joined[0].content == "See\n\nthis?"


def test_unknown_keys_are_taken_out_by_name_alone():
    example = RactoTrainingExample((ASK, Message("assistant", "A.", extra={"mood": 1})), extra={"id": 7})
    data = RactoDataset([example])
    assert data.fix() == data
    assert data.fix(rules="extra_keys")[0] == RactoTrainingExample((ASK, Message("assistant", "A.")))


def test_fixing_leaves_the_dataset_as_it_is():
    example = talk(("human", "Hi"), ("gpt", "Hello."))
    data = RactoDataset([example])
    assert data.fix() is not data
    assert data[0] is example


@pytest.mark.parametrize("rule", sorted(PLANTED))
def test_a_rule_that_says_that_it_mends_does_so(rule: str):
    planted = PLANTED[rule]
    data = RactoDataset(planted.wrong)
    asked = {key: value for key, value in planted.asked.items() if key == "model"}
    found = data.validate(planted.provider, rules=[rule], **asked).all  # pyright: ignore[reportArgumentType]
    if any(finding.fixable for finding in found):
        fixed = data.fix(planted.provider)
        assert not any(finding.fixable for finding in fixed.validate(planted.provider, rules=[rule]).all)


def test_a_good_dataset_is_left_alone():
    data = RactoDataset([GOOD] * 3)
    assert data.fix() == data
