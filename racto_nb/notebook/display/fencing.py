"""A text as one block of code in Markdown, whatever stands in it. Pure."""

from __future__ import annotations


def fenced(text: str, language: str) -> str:
    """`text`, which is printable, as one fenced block that nothing inside it can end."""
    longest = max((len(run) for run in _runs_of_backticks(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _runs_of_backticks(text: str) -> list[str]:
    return [run for run in "".join(char if char == "`" else " " for char in text).split() if run]
