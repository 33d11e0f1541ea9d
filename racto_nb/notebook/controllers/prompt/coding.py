"""A draft as Python that makes the prompt. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from racto_nb.notebook.controllers.prompt.drafts import CLASS, DESCRIPTION, FIELDS, Draft
from racto_nb.notebook.controllers.prompt.fields import class_code, troubles

_WIDE = 100


def python_of(draft: Draft) -> str:
    """The cell that makes the prompt of `draft`. A class of the notebook is named, not written again."""
    head, output = _output(draft)
    arguments = [
        ("role", quoted(draft.role)),
        ("aim", quoted(draft.aim)),
        ("constraints", _listed([quoted(row["text"], 2) for row in draft.constraints if row["text"].strip()])),
        ("tone", quoted(draft.tone)),
        ("output_format", output),
    ]
    if draft.context:
        arguments.append(("context", quoted(draft.context)))
    pairs = [
        f'{{"input": {quoted(row["input"], 2)}, "output": {quoted(row["output"], 2)}}}'
        for row in draft.examples
        if row["input"] or row["output"]
    ]
    if pairs:
        arguments.append(("examples", _listed(pairs)))
    if not draft.guardrails:
        arguments.append(("anti_hallucination", "False"))
    lines = [*head, "prompt = RactoPrompt(", *(f"    {name}={value}," for name, value in arguments), ")"]
    return "\n".join(lines) + "\n"


def _output(draft: Draft) -> tuple[list[str], str]:
    """The lines before the prompt, and its output."""
    imports = ["from racto_nb.prompts import RactoPrompt", ""]
    if draft.output == DESCRIPTION:
        return imports, quoted(draft.description)
    if draft.output == FIELDS:
        if troubles(draft.class_name, draft.fields):
            return imports, '""'
        code = class_code(draft.class_name, draft.fields)
        needs = ["BaseModel", "Field"] if any("Field(" in line for line in code) else ["BaseModel"]
        typing = ["from typing import Literal", ""] if any(": Literal[" in line for line in code) else []
        return [*typing, f"from pydantic import {', '.join(needs)}", "", *imports, "", *code, "", ""], draft.class_name
    if draft.output.startswith(CLASS):
        return imports, draft.output.removeprefix(CLASS)
    return imports, quoted(draft.output)


def quoted(text: str, depth: int = 1) -> str:
    """`text` as Python writes it, in double quotes; several lines as one literal each."""
    lines = text.splitlines(keepends=True) if len(text) + 4 * depth > _WIDE else [text]
    if len(lines) < 2:  # noqa: PLR2004  (nothing to put below one another)
        return _literal(text)
    inside = "".join(f"{' ' * 4 * (depth + 1)}{_literal(line)}\n" for line in lines)
    return f"(\n{inside}{' ' * 4 * depth})"


def _literal(text: str) -> str:
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return json.dumps(text, ensure_ascii=False)
    return repr(text)


def _listed(items: Sequence[str]) -> str:
    if not items:
        return "[]"
    return "[\n" + "".join(f"        {item},\n" for item in items) + "    ]"
