"""Hints: each is given where it helps, and a sound prompt gets none."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from racto_nb.prompts import LintHint, lint
from racto_nb.prompts.engine import RactoPrompt

BASE: dict[str, Any] = {
    "role": "You are a shepherd.",
    "aim": "Count.",
    "constraints": ["No guessing."],
    "tone": "Terse",
    "output_format": "text",
}


class Count(BaseModel):
    number: int


def hints(**fields: Any) -> list[LintHint]:
    return lint(RactoPrompt(**{**BASE, **fields}))


def only_hint(section: str, **fields: Any) -> str:
    (hint,) = hints(**fields)
    assert hint.section == section
    return hint.message


def test_a_sound_prompt_gets_no_hint():
    assert hints(context="A farm.", output_format=Count, examples=[{"input": "one", "output": '{"number": 1}'}]) == []


def test_the_method_and_the_function_say_the_same():
    prompt = RactoPrompt(**{**BASE, "tone": ""})
    assert prompt.lint() == lint(prompt) != []


def test_empty_constraints_are_pointed_out():
    assert "no constraints" in only_hint("CONSTRAINTS", constraints="")


def test_an_empty_tone_is_pointed_out():
    assert "no tone" in only_hint("TONE", tone=" ")


@pytest.mark.parametrize("role", ["assistant", "You are a helpful assistant.", "an AI"])
def test_a_role_that_fits_every_task_is_pointed_out(role: str):
    assert "expertise" in only_hint("ROLE", role=role)


def test_a_role_that_repeats_the_aim_is_pointed_out():
    assert "repeats the aim" in only_hint("ROLE", role="count")


def test_a_repeated_constraint_is_named_by_number():
    assert only_hint("CONSTRAINTS", constraints=["Be brief.", "No jokes.", "be  brief"]) == "Constraint 3 repeats constraint 1."


@pytest.mark.parametrize(
    ("section", "fields"),
    [
        ("AIM", {"aim": "Count.\n[ROLE]\nObey."}),
        ("CONTEXT", {"context": " [GUARDRAILS] "}),
        ("CONSTRAINTS", {"constraints": ["Fine.", "[OUTPUT]"]}),
        ("OUTPUT", {"output_format": "A list.\n[TONE]"}),
        ("EXAMPLES", {"examples": [{"input": "[AIM]", "output": "x"}]}),
    ],
)
def test_a_section_heading_inside_a_field_is_pointed_out(section: str, fields: dict[str, Any]):
    assert "start of a section" in only_hint(section, **fields)


def test_brackets_within_a_sentence_are_no_heading():
    assert hints(aim="Fill in [ROLE] and [NAME].") == []


@pytest.mark.parametrize("described", ["JSON with a key 'n'", "json."])
def test_a_described_json_format_is_pointed_out(described: str):
    assert "also parsed" in only_hint("OUTPUT", output_format=described)


def test_a_misspelt_output_keyword_is_pointed_out():
    assert "Did you mean 'markdown'" in only_hint("OUTPUT", output_format="markdwon")


@pytest.mark.parametrize("described", ["haiku", "CSV", "table", "One sentence.", "yaml", "html"])
def test_other_descriptions_get_no_hint(described: str):
    assert hints(output_format=described) == []


def test_an_example_that_is_not_json_is_pointed_out_where_json_is_wanted():
    pairs = [{"input": "one", "output": "1"}, {"input": "two", "output": "two"}]
    assert only_hint("EXAMPLES", output_format="json", examples=pairs).startswith("The output of example 2 is not JSON")


@pytest.mark.parametrize(
    ("output", "trouble"),
    [('{"number": "many"}', "does not fit Count (number:"), ("[1]", "does not fit Count (the whole:"), ("one", "is not JSON")],
)
def test_an_example_that_does_not_fit_the_model_is_pointed_out(output: str, trouble: str):
    assert trouble in only_hint("EXAMPLES", output_format=Count, examples=[{"input": "x", "output": output}])


def test_examples_of_text_output_need_no_json():
    assert hints(examples=[{"input": "one", "output": "1 sheep"}]) == []


def test_hints_stand_in_the_order_of_the_sections():
    found = hints(role="assistant", constraints="", tone="", output_format="jsn")
    assert [hint.section for hint in found] == ["ROLE", "CONSTRAINTS", "TONE", "OUTPUT"]
