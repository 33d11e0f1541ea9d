"""The compiled text, letter by letter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from racto_nb.exceptions import UsageError
from racto_nb.prompts.compiling import SECTIONS
from racto_nb.prompts.engine import RactoPrompt

BASE: dict[str, Any] = {
    "role": "You count.",
    "aim": "Count.",
    "constraints": ["No guessing."],
    "tone": "Terse",
    "output_format": "text",
}
GUARDRAILS = """\
[GUARDRAILS]
- If you are unsure or lack sufficient information, state it explicitly rather than guessing.
- Do NOT fabricate facts, citations, URLs, statistics, or code that you cannot verify.
- Stick strictly to what is asked. Do not add unrequested information.
- If the answer requires assumptions, list each assumption explicitly before proceeding.
"""


def prompt(**fields: Any) -> RactoPrompt:
    return RactoPrompt(**{**BASE, **fields})


def section(text: str, name: str) -> str:
    return text.split(f"[{name}]\n")[1].split("\n\n[", maxsplit=1)[0].rstrip("\n")


def headings(text: str) -> list[str]:
    return [line[1:-1] for line in text.splitlines() if line.startswith("[") and line[1:-1] in SECTIONS]


def test_every_section_stands_in_the_documented_order():
    full = prompt(context="A farm.", examples=[{"input": "two sheep", "output": "2"}])
    assert full.compile() == (
        "[ROLE]\nYou count.\n\n[AIM]\nCount.\n\n[CONTEXT]\nA farm.\n\n[CONSTRAINTS]\n- No guessing.\n\n[TONE]\nTerse\n\n"
        "[OUTPUT]\nRespond in plain text, without any markup.\n\n"
        "[EXAMPLES]\nExample 1:\n  Input: two sheep\n  Output: 2\n\n" + GUARDRAILS
    )


def test_str_of_a_prompt_is_its_compiled_text():
    assert str(prompt()) == prompt().compile()


def test_json_output_forbids_fences_in_two_lines():
    assert section(prompt(output_format="json").compile(), "OUTPUT") == (
        "Respond ONLY with valid JSON. Do NOT wrap the response in markdown code\n"
        "fences (```json … ```) or add any commentary before or after the JSON object."
    )


@pytest.mark.parametrize("word", ["json", "markdown", "text"])
def test_an_output_keyword_is_known_in_any_case_and_with_white_space(word: str):
    assert prompt(output_format=f"  {word.upper()}\n").compile() == prompt(output_format=word).compile()


def test_any_other_output_format_is_quoted_as_a_description():
    assert section(prompt(output_format="One haiku.").compile(), "OUTPUT") == "Use the following format:\nOne haiku."


def test_without_anti_hallucination_there_are_no_guardrails():
    assert "GUARDRAILS" not in prompt(anti_hallucination=False).compile()


@pytest.mark.parametrize("nothing", ["", "  ", []])
def test_empty_constraints_leave_the_section_out(nothing: object):
    assert headings(prompt(constraints=nothing).compile()) == ["ROLE", "AIM", "TONE", "OUTPUT", "GUARDRAILS"]


@pytest.mark.parametrize("field", ["tone", "context"])
def test_an_empty_field_leaves_its_section_out(field: str):
    assert field.upper() not in prompt(**{field: " "}).compile()


def test_no_examples_leave_the_section_out():
    assert prompt(examples=[]).compile() == prompt(examples=None).compile()


def test_later_lines_of_a_constraint_stay_in_its_bullet():
    assert section(prompt(constraints=["One\nrule.", "Two."]).compile(), "CONSTRAINTS") == "- One\n  rule.\n- Two."


def test_an_example_of_many_lines_keeps_its_indentation():
    text = prompt(examples=[{"input": "def f():\n    return 1", "output": "fine"}, {"input": "x", "output": ""}]).compile()
    assert section(text, "EXAMPLES") == (
        "Example 1:\n  Input:\n    def f():\n        return 1\n  Output: fine\nExample 2:\n  Input: x\n  Output:"
    )


def test_white_space_around_a_field_is_dropped():
    assert prompt(role="\n  You count.\n").compile() == prompt().compile()


def test_a_model_is_printed_as_the_documents_print_it():
    class CodeReview(BaseModel):
        issues: list[str]
        severity: str
        suggestion: str

    assert (
        section(prompt(output_format=CodeReview).compile(), "OUTPUT")
        == """\
Respond ONLY with valid JSON that conforms exactly to the following JSON Schema.
Do NOT wrap the JSON in markdown code fences or add any text before or after it.

JSON Schema:
{
  "type": "object",
  "properties": {
    "issues": {"type": "array", "items": {"type": "string"}},
    "severity": {"type": "string"},
    "suggestion": {"type": "string"}
  },
  "required": ["issues", "severity", "suggestion"]
}"""
    )


def test_a_model_without_a_json_schema_is_named_when_it_is_compiled():
    class Odd(BaseModel, arbitrary_types_allowed=True):
        lock: range

    with pytest.raises(UsageError, match="Odd cannot be an output format"):
        prompt(output_format=Odd).compile()


def test_one_prompt_compiles_to_one_text_in_many_threads():
    shared = prompt(context="A farm.")
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: shared.compile(), range(200)))) == 1


words = st.text(st.characters(codec="utf-8", exclude_characters="[]"), min_size=1).filter(str.strip)


@given(role=words, aim=words, constraints=st.lists(words), tone=words | st.just(""), context=st.none() | words)
def test_sections_are_whole_ordered_and_one_blank_line_apart(
    role: str, aim: str, constraints: list[str], tone: str, context: str | None
):
    made = RactoPrompt(role=role, aim=aim, constraints=constraints, tone=tone, output_format="text", context=context)
    text = made.compile()
    present = {
        "ROLE": role,
        "AIM": aim,
        "CONTEXT": context,
        "CONSTRAINTS": constraints,
        "TONE": tone,
        "OUTPUT": 1,
        "GUARDRAILS": 1,
    }
    assert headings(text) == [name for name in SECTIONS if present.get(name)]
    assert text.endswith(".\n")
    assert f"[ROLE]\n{role.strip()}\n\n[AIM]\n{aim.strip()}\n\n[" in text
