"""Training data is checked for a provider."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from finetune.planted_mistakes import ANSWER, ASK, CALL, GOOD, PLANTED, PNG, SYSTEM, Planted, call, pair, talk

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.finetune import Finding, Findings, RactoDataset, RactoTrainingExample, RactoTrainingMessage, TrainingToolCall
from racto_nb.finetune.checking.limits import token_limit
from racto_nb.finetune.checking.table import RULES
from racto_nb.finetune.checking.targets import OTHER_NAMES, TARGETS

NOT_PLANTED = {"too_many_examples"}
"""Rules that need more examples than a test makes; they have tests of their own."""


def findings_of(planted: Planted, examples: tuple[RactoTrainingExample, ...], rule: str) -> list[Finding]:
    asked: dict[str, Any] = dict(planted.asked)
    return list(RactoDataset(examples).validate(planted.provider, rules=[rule], **asked).all)


@pytest.mark.parametrize("rule", sorted(PLANTED))
def test_a_planted_mistake_is_found_where_it_is_and_nothing_is_found_without_it(rule: str):
    planted = PLANTED[rule]
    found = findings_of(planted, planted.wrong, rule)
    assert found
    assert found[0].rule == rule
    assert planted.says in found[0]
    assert (found[0].example, found[0].message) == planted.where
    assert findings_of(planted, planted.right, rule) == []


def test_each_rule_has_a_planted_mistake_and_its_own_name():
    names = [rule.name for rule in RULES]
    own = {rule.name for rule in RULES if rule.check.__module__.startswith("racto_nb.finetune.checking")}
    assert len(names) == len(set(names))
    assert own == set(PLANTED) | NOT_PLANTED


@pytest.mark.parametrize("rule", sorted(PLANTED))
def test_a_finding_is_as_bad_as_the_table_says_or_less(rule: str):
    severities = ("error", "warning", "hint")
    worst = next(known.severity for known in RULES if known.name == rule)
    found = findings_of(PLANTED[rule], PLANTED[rule].wrong, rule)
    more = {"extra_keys"}  # Anthropic refuses what others pass over
    assert rule in more or all(severities.index(finding.severity) >= severities.index(worst) for finding in found)


def test_the_documents_way_to_ask_works():
    def told(data: RactoDataset) -> list[str]:
        errors = data.validate(provider="openai")
        if errors:
            return [str(error) for error in errors]
        return ["Dataset is valid."]

    data = RactoDataset.from_pairs([(f"What is {n}?", f"{n} is a number.") for n in range(12)], system="Be brief.")
    assert told(data) == ["Dataset is valid."]
    data.add(talk(("user", "Hi"), ("assistant", "")))
    assert told(data) == ["Example 12, message 1: The text of the 'assistant' message is empty. Write it, or take it out."]


def test_findings_are_a_list_of_texts_with_fields():
    errors = RactoDataset([talk(("user", "Hi"), ("assistant", ""))] * 10).validate()
    assert isinstance(errors, list)
    assert all(isinstance(error, str) for error in errors)
    assert "\n".join(errors).count("is empty") == 10
    assert errors[0].rule == "empty_content"
    assert errors[2:4] == [errors[2], errors[3]]


def test_warnings_and_hints_do_not_make_data_invalid():
    late = talk(("user", "Hi"), ("system", "Be brief."), ("assistant", "Hello."))
    findings = RactoDataset([late] * 10).validate()
    assert findings == []
    assert {finding.rule for finding in findings.warnings} == {"late_system"}
    assert [finding.rule for finding in findings.hints] == ["few_examples"]
    assert len(findings.all) == 11
    assert "10 warnings" in repr(findings)
    assert "late_system" in str(findings)


def test_findings_are_grouped_and_framed():
    findings = RactoDataset([talk(("human", "Hi"), ("assistant", ""))] * 2).validate(ignore="too_few_examples")
    assert {rule: len(group) for rule, group in findings.by_rule().items()} == {
        "empty_content": 2,
        "unknown_role": 2,
    }
    assert [finding.rule for finding in findings.fixable] == ["unknown_role"] * 2
    for library in ("polars", "pandas"):
        frame: Any = findings.to_frame(library=library)
        assert list(frame["example"]) == [0, 0, 1, 1]
        assert list(frame["rule"])[:2] == ["unknown_role", "empty_content"]
    assert len(Findings().to_frame()) == 0


def test_findings_survive_pickling():
    findings = RactoDataset([]).validate("anthropic")
    again = pickle.loads(pickle.dumps(findings))
    assert again == findings
    assert again.all[0].rule == findings.all[0].rule
    assert again.provider == "anthropic"


def test_a_finding_cannot_be_changed():
    with pytest.raises(AttributeError, match="cannot be changed"):
        Finding("a", "error", "b").rule = "c"


@pytest.mark.parametrize(("name", "near"), [("opnai", "openai"), ("vertx", "vertex"), ("antropic", "anthropic")])
def test_a_provider_that_nobody_knows_is_refused_with_the_nearest(name: str, near: str):
    for ask in (RactoDataset().validate, RactoDataset().fix):
        with pytest.raises(UsageError, match=near):
            ask(name)


def test_a_rule_that_nobody_knows_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="empty_content"):
        RactoDataset().validate(rules=["empty_contents"])
    with pytest.raises(UsageError, match="empty_content"):
        RactoDataset().validate(ignore="empty_contents")


def test_rules_are_named_one_by_one_or_by_their_group():
    data = RactoDataset([talk(("user", "Hi"), ("assistant", " Hello. I am ann@example.org"))])
    assert {finding.rule for finding in data.validate(rules="texts").all} == {"whitespace_at_ends"}
    assert {finding.rule for finding in data.validate(ignore=["sizes", "texts"]).all} == {"personal_data"}
    assert {finding.rule for finding in data.validate(rules=["texts", "sizes"], ignore="few_examples").all} == {
        "whitespace_at_ends",
        "too_few_examples",
    }


def test_validation_data_that_is_no_examples_is_refused():
    with pytest.raises(WrongTypeError, match="from_pair"):
        RactoDataset([GOOD]).validate(validation=["What is it?"])  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("provider", [*TARGETS, *OTHER_NAMES])
def test_plain_pairs_are_valid_everywhere_they_belong(provider: str):
    data = RactoDataset.from_pairs([(f"What is {n}?", f"{n} is a number.") for n in range(100)], system="Be brief.")
    if provider.endswith(("_dpo", "_preference", "_rft")):
        assert data.validate(provider)
    else:
        assert data.validate(provider).all == ()


@pytest.mark.parametrize("provider", ["openai_dpo", "gemini_preference"])
def test_good_preference_pairs_are_valid(provider: str):
    assert RactoDataset([pair(f"{n}.", "No.") for n in range(50)]).validate(provider).all == ()


@pytest.mark.parametrize("provider", ["sharegpt", "racto"])
def test_pairs_are_valid_where_they_stand_beside_answers(provider: str):
    assert RactoDataset([GOOD, pair("A.", "B.")]).validate(provider, ignore="texts").all == ()


def test_several_system_texts_are_refused_where_the_format_has_one():
    data = RactoDataset([RactoTrainingExample((SYSTEM, ASK, SYSTEM, ANSWER))] * 100)
    assert not data.validate("openai")
    assert {finding.rule for finding in data.validate("gemini").all} == {"late_system", "several_systems"}


def test_the_last_call_is_what_is_learnt_and_needs_no_answer():
    data = RactoDataset(
        [RactoTrainingExample((ASK, RactoTrainingMessage("assistant", tool_calls=(CALL,))), tools=call(CALL).tools)]
    )
    assert data.validate(rules=["call_pairing", "empty_content", "last_turn"]).all == ()


def test_calls_without_ids_are_numbered_by_fix_where_ids_are_needed():
    example = call(TrainingToolCall("weather", '{"city":"Oslo"}'), TrainingToolCall("weather", '{"city":"Rome"}'))
    answers = (RactoTrainingMessage("tool", "7"), RactoTrainingMessage("tool", "19"))
    example = RactoTrainingExample((*example.messages[:2], *answers, ANSWER), tools=example.tools)
    data = RactoDataset([example])
    assert data.validate("gemini", rules=["call_pairing"]).all == ()
    assert [error.fixable for error in data.validate("openai", rules=["call_pairing"])] == [True]
    fixed = data.fix("openai")
    assert [one.id for one in fixed[0].messages[1].tool_calls] == ["call_1", "call_2"]
    assert [message.tool_call_id for message in fixed[0].messages[2:4]] == ["call_1", "call_2"]
    assert fixed.validate("openai", rules=["call_pairing"]).all == ()


def test_an_address_is_a_picture_by_its_type_alone():
    from finetune.planted_mistakes import LINK

    data = RactoDataset([RactoTrainingExample((RactoTrainingMessage("user", "See", (LINK,) * 11), ANSWER))])
    assert [error.rule for error in data.validate(ignore="too_few_examples")] == ["too_many_images"]


def test_a_file_that_is_not_of_its_type_is_told_of():
    from finetune.planted_mistakes import NO_PNG

    data = RactoDataset([RactoTrainingExample((RactoTrainingMessage("user", "See", (NO_PNG, PNG)), ANSWER))])
    assert [warning.rule for warning in data.validate().warnings] == ["image_type"]


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("gpt-4o-mini-2024-07-18", 65_536),
        ("gpt-4o-mini", 65_536),
        ("ft:gpt-4.1-nano-2025-04-14:acme::id", 32_768),
        ("gpt-4o-9", None),
        ("gpt-4", None),
        (None, 65_536),
    ],
)
def test_the_figure_of_a_model_is_that_of_its_page(model: str | None, tokens: int | None):
    limit = token_limit("openai", model)
    assert (limit.tokens if limit else None) == tokens


def test_the_figure_of_gemini_is_found_under_the_names_it_goes_by():
    for model in ("models/gemini-2.5-flash", "gemini-2.5-flash-001", "publishers/google/models/gemini-2.5-flash"):
        assert token_limit("gemini", model) is not None
    assert token_limit("anthropic", None) is None


def test_ones_own_figure_of_tokens_counts():
    data = RactoDataset.from_pairs([("Count.", "one two three four five six seven eight nine ten " * 10)])
    found = data.validate(rules=["too_many_tokens"], max_tokens=50)
    assert [finding.severity for finding in found.all] == ["error"]
    assert "you allow 50" in found[0]
    assert data.validate(rules=["too_many_tokens"], max_tokens=500).all == ()


def test_too_many_examples_are_counted(monkeypatch: pytest.MonkeyPatch):
    from racto_nb.finetune.checking import images
    from racto_nb.finetune.checking.limits import Limits

    monkeypatch.setattr(images, "LIMITS", {"openai": Limits("", most=3, most_with_files=1)})
    picture = RactoTrainingExample((RactoTrainingMessage("user", "See", (PNG,)), ANSWER))
    found = RactoDataset([GOOD, GOOD, picture, picture]).validate(rules=["too_many_examples"])
    assert [finding.says for finding in found] == [
        "There are 4 examples; 'openai' takes 3.",
        "There are 2 examples with files; 'openai' takes 1.",
    ]


async def test_a_check_in_a_thread_finds_the_same():
    data = RactoDataset([talk(("human", "Hi"), ("assistant", ""))])
    assert await data.avalidate("gemini") == data.validate("gemini")
