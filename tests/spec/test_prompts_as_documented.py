"""The documents' examples of prompts and files, in our own words around their names and arguments; runs with nothing else at hand."""

from __future__ import annotations

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from racto_nb.prompts.engine import RactoFile, RactoPrompt

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01 a very small photo"
PNG = b"\x89PNG\r\n\x1a\n a very small chart"


class CodeReview(BaseModel):
    issues: list[str]
    severity: str
    suggestion: str


def reviewing_prompt(output_format: str | type[BaseModel] = "json", **more: Any) -> RactoPrompt:
    return RactoPrompt(
        role="You are a senior Python code reviewer at a Fortune 500 company.",
        aim="Review the given code for bugs, security vulnerabilities, and PEP-8 violations.",
        constraints=[
            "Only report issues you are certain about.",
            "Do not suggest stylistic preferences.",
            "If no issues are found, say so explicitly.",
            "Never fabricate code examples that you cannot verify.",
        ],
        tone="Professional and concise",
        output_format=output_format,
        **more,
    )


def chart_prompt() -> RactoPrompt:
    return RactoPrompt(
        role="You are a data analyst specialising in chart interpretation.",
        aim="Describe what the attached chart shows and extract the key insights.",
        constraints=["Only describe what is visible in the image.", "Never invent data points not shown in the chart."],
        tone="Clear and concise",
        output_format="text",
    )


def test_snippet_1_a_text_prompt_with_one_constraint():
    prompt = RactoPrompt(
        role="You are a helpful assistant.",
        aim="Answer the user's question clearly.",
        constraints=["Be concise."],
        tone="Friendly",
        output_format="text",
    )
    assert "[CONSTRAINTS]\n- Be concise.\n\n[TONE]\nFriendly\n" in prompt.compile()


def test_snippet_2_compiles_to_the_documented_text():
    assert (
        reviewing_prompt().compile()
        == """\
[ROLE]
You are a senior Python code reviewer at a Fortune 500 company.

[AIM]
Review the given code for bugs, security vulnerabilities, and PEP-8 violations.

[CONSTRAINTS]
- Only report issues you are certain about.
- Do not suggest stylistic preferences.
- If no issues are found, say so explicitly.
- Never fabricate code examples that you cannot verify.

[TONE]
Professional and concise

[OUTPUT]
Respond ONLY with valid JSON. Do NOT wrap the response in markdown code
fences (```json … ```) or add any commentary before or after the JSON object.

[GUARDRAILS]
- If you are unsure or lack sufficient information, state it explicitly rather than guessing.
- Do NOT fabricate facts, citations, URLs, statistics, or code that you cannot verify.
- Stick strictly to what is asked. Do not add unrequested information.
- If the answer requires assumptions, list each assumption explicitly before proceeding.
"""
    )


def test_snippet_3_a_model_prints_its_schema(capsys: pytest.CaptureFixture[str]):
    prompt = RactoPrompt(
        role="You are a code reviewer.",
        aim="Review the code.",
        constraints=["Only report real issues."],
        tone="Concise",
        output_format=CodeReview,
    )
    print(prompt.compile())  # noqa: T201  (the documents print it)
    shown = capsys.readouterr().out
    assert '    "issues": {"type": "array", "items": {"type": "string"}},\n' in shown
    assert '  "required": ["issues", "severity", "suggestion"]\n}\n\n[GUARDRAILS]' in shown


def test_snippet_4_examples_stand_between_output_and_guardrails():
    prompt = RactoPrompt(
        role="You are a sentiment classifier.",
        aim="Classify the sentiment of the user's text.",
        constraints=["Only output: positive, negative, or neutral."],
        tone="Concise",
        output_format="json",
        examples=[
            {"input": "I love this product!", "output": '{"sentiment": "positive"}'},
            {"input": "This is broken and useless.", "output": '{"sentiment": "negative"}'},
            {"input": "It arrived yesterday.", "output": '{"sentiment": "neutral"}'},
        ],
    )
    between = prompt.compile().split("[EXAMPLES]\n")[1].split("\n\n[GUARDRAILS]")[0]
    assert between.splitlines()[3:6] == [
        "Example 2:",
        "  Input: This is broken and useless.",
        '  Output: {"sentiment": "negative"}',
    ]
    assert prompt.lint() == []


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "generic"])
def test_snippet_5_messages_are_the_system_text_and_the_question(provider: str):
    prompt = reviewing_prompt()
    messages = prompt.to_messages("Review this: def add(a, b): return a + b", provider=provider)
    assert messages == [
        {"role": "system", "content": str(prompt)},
        {"role": "user", "content": "Review this: def add(a, b): return a + b"},
    ]


def test_snippet_29_files_come_from_paths_bytes_and_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("photo.jpg", "report.pdf", "notes.txt", "chart.png"):
        (tmp_path / name).write_bytes(name.encode())
    monkeypatch.chdir(tmp_path)
    paths = [tmp_path / "photo.jpg", str(tmp_path / "report.pdf"), "notes.txt"]
    files = [RactoFile.from_path(path) for path in paths]
    assert [file.mime_type for file in files] == ["image/jpeg", "application/pdf", "text/plain"]
    assert [(file.is_image, file.is_pdf, file.is_text) for file in files] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    with open("chart.png", "rb") as handle:  # noqa: PTH123  (as the documents open it)
        chart = RactoFile.from_bytes(handle.read(), "image/png", name="chart.png")
    assert (chart.data, chart.name, chart.base64_data) == (b"chart.png", "chart.png", "Y2hhcnQucG5n")
    response = SimpleNamespace(content=PNG)
    assert RactoFile.from_bytes(response.content, "image/png", name="diagram.png").is_image


def test_snippet_30_an_image_becomes_a_block_before_the_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "sales_q4.png").write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    prompt = chart_prompt()
    attachment = RactoFile.from_path("sales_q4.png")
    messages = prompt.to_messages("What does this chart show?", attachments=[attachment], provider="openai")
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert messages == [
        {"role": "system", "content": prompt.compile()},
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": url}},
                {"type": "text", "text": "What does this chart show?"},
            ],
        },
    ]


IMAGE_DATA = base64.b64encode(JPEG).decode()
BLOCKS = {
    "openai": [
        {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{IMAGE_DATA}"}},
        {"type": "text", "text": "Describe the image."},
    ],
    "anthropic": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": IMAGE_DATA}},
        {"type": "text", "text": "Describe the image."},
    ],
    "google": [{"inline_data": {"mime_type": "image/jpeg", "data": IMAGE_DATA}}, {"text": "Describe the image."}],
}


@pytest.mark.parametrize("provider", BLOCKS)
def test_snippets_31_32_33_each_provider_gets_its_own_blocks(provider: str):
    photo = RactoFile.from_bytes(JPEG, "image/jpeg", name="photo.jpg")
    user = chart_prompt().to_messages("Describe the image.", attachments=[photo], provider=provider)[1]
    assert user == {"role": "user", "content": BLOCKS[provider]}


def test_snippet_88_empty_strings_mean_no_constraints_and_no_tone():
    prompt = RactoPrompt(role="assistant", aim="answer briefly", constraints="", tone="", output_format="text")
    assert prompt.compile().startswith("[ROLE]\nassistant\n\n[AIM]\nanswer briefly\n\n[OUTPUT]\n")
    assert [hint.section for hint in prompt.lint()] == ["ROLE", "CONSTRAINTS", "TONE"]
