"""From the fields of a prompt to its text. Pure; the exact words are part of the contract and are tested letter by letter."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from pydantic import BaseModel

from racto_nb.prompts.schemas import schema_of, schema_text

SECTIONS = ("ROLE", "AIM", "CONTEXT", "CONSTRAINTS", "TONE", "OUTPUT", "EXAMPLES", "GUARDRAILS")
KEYWORDS = ("json", "markdown", "text")

_OUTPUT = {
    "json": (
        "Respond ONLY with valid JSON. Do NOT wrap the response in markdown code\n"
        "fences (```json … ```) or add any commentary before or after the JSON object."
    ),
    "markdown": "Respond in well-structured Markdown.",
    "text": "Respond in plain text, without any markup.",
}
_OUTPUT_MODEL = (
    "Respond ONLY with valid JSON that conforms exactly to the following JSON Schema.\n"
    "Do NOT wrap the JSON in markdown code fences or add any text before or after it.\n"
    "\n"
    "JSON Schema:\n"
)
_GUARDRAILS = (
    "- If you are unsure or lack sufficient information, state it explicitly rather than guessing.\n"
    "- Do NOT fabricate facts, citations, URLs, statistics, or code that you cannot verify.\n"
    "- Stick strictly to what is asked. Do not add unrequested information.\n"
    "- If the answer requires assumptions, list each assumption explicitly before proceeding."
)


class PromptFields(Protocol):
    """What compiling and linting read of a `RactoPrompt`; a protocol, so that neither imports the engine above them."""

    role: str
    aim: str
    constraints: list[str]
    tone: str
    output_format: str | type[BaseModel]
    context: str | None
    examples: list[dict[str, str]] | None
    anti_hallucination: bool

    @property
    def wants_json(self) -> bool: ...

    @property
    def output_model(self) -> type[BaseModel] | None: ...


def compiled(prompt: PromptFields, *, without: Collection[str] = ()) -> str:
    """The whole system text of `prompt`, but for the sections `without`."""
    return "\n\n".join(f"[{section}]\n{body}" for section, body in sections(prompt, without=without)) + "\n"


def sections(prompt: PromptFields, *, without: Collection[str] = ()) -> list[tuple[str, str]]:
    """The sections of `prompt` that say something, each with its text, in their order. Its fields need not be complete."""
    bodies = {
        "ROLE": prompt.role,
        "AIM": prompt.aim,
        "CONTEXT": prompt.context or "",
        "CONSTRAINTS": "\n".join(_bullet(constraint) for constraint in prompt.constraints),
        "TONE": prompt.tone,
        "OUTPUT": output_rules(prompt.output_format) if prompt.output_format else "",
        "EXAMPLES": _examples(prompt.examples or []),
        "GUARDRAILS": _GUARDRAILS if prompt.anti_hallucination else "",
    }
    written = ((section, bodies[section].strip()) for section in SECTIONS if section not in without)
    return [(section, body) for section, body in written if body]


def keyword_of(output_format: str | type[BaseModel]) -> str | None:
    """`"json"`, `"markdown"` or `"text"` when `output_format` is that word in any case; None for all else.

    >>> keyword_of(" JSON ")
    'json'
    """
    if not isinstance(output_format, str):
        return None
    word = output_format.strip().lower()
    return word if word in KEYWORDS else None


def output_rules(output_format: str | type[BaseModel]) -> str:
    if not isinstance(output_format, str):
        return _OUTPUT_MODEL + schema_text(schema_of(output_format))
    keyword = keyword_of(output_format)
    return f"Use the following format:\n{output_format.strip()}" if keyword is None else _OUTPUT[keyword]


def _bullet(constraint: str) -> str:
    # Later lines are indented, so that they read as part of the same rule.
    return "- " + "\n  ".join(constraint.strip().splitlines())


def _examples(examples: list[dict[str, str]]) -> str:
    return "\n".join(
        f"Example {number}:\n{_labelled('Input', example['input'])}\n{_labelled('Output', example['output'])}"
        for number, example in enumerate(examples, start=1)
    )


def _labelled(label: str, text: str) -> str:
    lines = text.strip("\n").splitlines()
    if len(lines) > 1:
        return "\n".join([f"  {label}:", *(f"    {line}" if line.strip() else "" for line in lines)])
    return f"  {label}: {''.join(lines)}".rstrip()
