"""What a RactoPrompt accepts and refuses."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from racto_nb.prompts.engine import RactoPrompt

BASE: dict[str, Any] = {
    "role": "You count.",
    "aim": "Count.",
    "constraints": ["No guessing."],
    "tone": "Terse",
    "output_format": "text",
}


class Answer(BaseModel):
    number: int


def prompt(**fields: Any) -> RactoPrompt:
    return RactoPrompt(**{**BASE, **fields})


def refusal(**fields: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        prompt(**fields)
    return str(caught.value)


def test_a_single_constraint_may_be_a_string():
    assert prompt(constraints="Be brief.").constraints == ["Be brief."]


def test_an_empty_string_means_no_constraint():
    assert prompt(constraints="").constraints == []


def test_a_blank_constraint_is_named_by_its_place():
    assert "constraints[1] is blank" in refusal(constraints=["Be brief.", "  "])


@pytest.mark.parametrize("missing", ["role", "aim", "constraints", "tone", "output_format"])
def test_a_missing_field_is_named(missing: str):
    with pytest.raises(ValidationError) as caught:
        RactoPrompt(**{name: value for name, value in BASE.items() if name != missing})
    assert [error["loc"] for error in caught.value.errors()] == [(missing,)]


def test_a_misspelt_field_is_refused_with_the_nearest_name():
    assert "RactoPrompt has no field 'contraints'. Did you mean 'constraints'" in refusal(contraints=["x"])


@pytest.mark.parametrize("field", ["role", "aim"])
@pytest.mark.parametrize("nothing", ["", " \n"])
def test_role_and_aim_must_say_something(field: str, nothing: str):
    assert field in refusal(**{field: nothing})


def test_the_old_keyword_instructions_stands_for_the_aim():
    old = RactoPrompt(instructions="Count the sheep.", output_format="text")
    assert old.aim == "Count the sheep."
    assert all([old.role, old.constraints, old.tone])


def test_the_old_keyword_keeps_what_else_is_given():
    assert RactoPrompt(instructions="Count.", role="You count.", output_format="text").role == "You count."


def test_instructions_and_aim_together_are_refused():
    assert "old name of aim" in refusal(instructions="Count.")


@pytest.mark.parametrize(
    ("example", "complaint"),
    [
        ({"input": "a"}, "examples[0] needs exactly 'input' and 'output': 'output' is missing"),
        ({"input": "a", "output": "b", "note": "c"}, "'note' is unknown"),
        ({"input": "a", "output": {"n": 1}}, "examples[0]['output'] is dict: write it as text, with json.dumps(output)"),
        ({"input": "a", "output": range(3)}, "with str(output)"),
        ("a -> b", "examples[0] is str"),
    ],
)
def test_an_example_that_is_no_pair_of_texts_is_refused(example: object, complaint: str):
    assert complaint in refusal(examples=[example])


@pytest.mark.parametrize("wrong", ["", "  ", 7, None, dict, Answer(number=1), list[Answer]])
def test_an_output_format_that_is_neither_text_nor_a_model_is_refused(wrong: object):
    assert "output_format is 'json', 'markdown', 'text'" in refusal(output_format=wrong)


def test_an_instance_in_place_of_its_model_is_explained():
    assert "Pass the class Answer" in refusal(output_format=Answer(number=1))


@pytest.mark.parametrize(
    ("output_format", "wants_json", "model"),
    [("json", True, None), (" JSON ", True, None), ("text", False, None), ("JSON lines", False, None), (Answer, True, Answer)],
)
def test_a_prompt_knows_whether_it_wants_json_and_which_model(output_format: Any, wants_json: bool, model: object):
    made = prompt(output_format=output_format)
    assert (made.wants_json, made.output_model) == (wants_json, model)


def test_an_assignment_is_validated_too():
    made = prompt()
    made.constraints = "Be brief."
    assert made.constraints == ["Be brief."]
    with pytest.raises(ValidationError, match="Did you mean 'tone'"):
        made.tonne = "x"


def test_prompts_are_equal_by_their_fields():
    assert prompt() == prompt()
    assert prompt() != prompt(tone="Chatty")


def test_a_changed_copy_leaves_the_original_alone():
    original = prompt()
    copy = original.model_copy(update={"constraints": [*original.constraints, "Show your steps."]})
    assert original.constraints == ["No guessing."]
    assert "- Show your steps." in copy.compile()


def test_a_prompt_survives_pickling():
    made = prompt(output_format=Answer, examples=[{"input": "one", "output": '{"number": 1}'}])
    assert pickle.loads(pickle.dumps(made)) == made


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", "x\ud800"),
        ("aim", "\udfff"),
        ("constraints", ["fine", "x\ud800"]),
        ("constraints", "x\ud800"),
        ("tone", "\ud800"),
        ("output_format", "a list\ud800"),
        ("context", "\ud800"),
        ("examples", [{"input": "x", "output": "\ud800"}]),
    ],
)
def test_half_a_character_is_refused_in_every_field(field: str, value: object):
    fields = {"role": "You count.", "aim": "Count.", "constraints": "", "tone": "", "output_format": "text"}
    with pytest.raises(ValueError, match=f"{field} holds half a character"):
        RactoPrompt(**fields | {field: value})
