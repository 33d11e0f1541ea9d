"""The documents' own code blocks on prompts."""

from __future__ import annotations

import ast

import pytest
from shared_material import MISSING, shared_path
from spec.originals import Runner, originals

from racto_nb.prompts.engine import RactoPrompt


def compiled_in_the_documents(start: str) -> str:
    """The compiled text that the documents print, from the line `start` to the end of its block."""
    folder = shared_path()
    if folder is None:
        pytest.skip(MISSING)
    (text,) = [page.read_text(encoding="utf-8") for page in sorted((folder / "spec" / "docs").glob("000*.txt"))]
    block = text.partition(f"\n{start}")[2]
    return (start + block).partition("\n\nPydantic Model as")[0].partition("\n\nFew-Shot")[0].rstrip("\n") + "\n"


@pytest.mark.parametrize("number", [2, 3, 4])
def test_blocks_2_3_4_make_prompts_that_compile(number: int, run: Runner):
    prompt = run(number)["prompt"]
    assert isinstance(prompt, RactoPrompt)
    assert prompt.compile().startswith(f"[ROLE]\n{prompt.role}\n\n[AIM]\n{prompt.aim}\n")


def test_block_2_compiles_to_the_text_that_the_documents_print(run: Runner):
    printed = compiled_in_the_documents("[ROLE]\nYou are a senior")
    assert run(2)["prompt"].compile() == printed


def test_block_3_prints_the_output_section_of_the_documents(run: Runner):
    printed = compiled_in_the_documents("[OUTPUT]\nRespond ONLY with valid JSON that")
    assert printed in "\n".join([*run(3).printed, ""])


def test_block_4_shows_its_examples_to_the_model(run: Runner):
    compiled = run(4)["prompt"].compile()
    examples = compiled.partition("[EXAMPLES]\n")[2].partition("\n\n[GUARDRAILS]")[0]
    assert examples.count("Input: ") == examples.count("Output: ") == 3
    assert 'Output: {"sentiment": "negative"}' in examples


def test_block_5_makes_the_messages_that_it_shows(run: Runner):
    prompt = run(2)["prompt"]
    messages = run(5, prompt=prompt)["messages"]
    shown = originals()[5].code.partition("# Output:\n")[2]
    lines = "\n".join(line.lstrip("# ") for line in shown.splitlines()).replace("<compiled RACTO system prompt>", "SYSTEM")
    system, question = ast.literal_eval(lines)
    assert messages == [{**system, "content": prompt.compile()}, question]
