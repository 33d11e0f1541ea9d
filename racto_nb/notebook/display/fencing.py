"""A text as one block of code in Markdown, whatever stands in it. Pure."""

from __future__ import annotations

_JSON_WORDS = ("true", "false", "null")


def fenced(text: str, language: str) -> str:
    """`text`, which is printable, as one fenced block that nothing inside it can end."""
    longest = max((len(run) for run in _runs_of_backticks(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def told_in(language: str, text: str) -> str:
    """`language`, or "text" where JSON was asked for and `text` is prose: coloured as JSON, letters of its words stand out.

    >>> told_in("json", '{"a": 1}'), told_in("json", "It is West.")
    ('json', 'text')
    """
    first = text.lstrip()
    is_prose = first[:1].isalpha() and not first.startswith(_JSON_WORDS)
    return "text" if language == "json" and is_prose else language


def _runs_of_backticks(text: str) -> list[str]:
    return [run for run in "".join(char if char == "`" else " " for char in text).split() if run]
