"""An answer as a front end takes it: clean HTML and its text twin. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from racto_nb.notebook.display.sanitising import printable, safe_html
from racto_nb.notebook.display.theme import page, plain
from racto_nb.notebook.display.thinking import Thought, folded, note


@dataclass(frozen=True, slots=True)
class Drawn:
    """What an answer was made into, such as a table: clean HTML and its text twin."""

    html: str
    text: str


def bundle(
    text: str,
    footer: str = "",
    *,
    warning: str = "",
    code: str = "",
    drawn: Drawn | None = None,
    thought: Thought | None = None,
) -> dict[str, str]:
    """An answer as HTML and its text twin, finished or not.

    With `code`, a language, the whole text is one block of it; `drawn` is shown in place of the text. `thought` stands folded
    above it; of that, the text twin has one line.
    """
    above, below = ("", "") if thought is None else (folded(thought), note(thought))
    if drawn is not None:
        html, shown = drawn.html, drawn.text
    else:
        shown = printable(text)  # first: what it takes away may stand between two backticks of a longer fence
        html = safe_html(fenced(shown, code) if code else shown)
    return {
        "text/html": page(html, footer, warning=warning, above=above),
        "text/plain": plain(shown, footer, warning=warning, below=below),
    }


def fenced(text: str, language: str) -> str:
    """`text`, which is printable, as one fenced block that nothing inside it can end."""
    longest = max((len(run) for run in _runs_of_backticks(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _runs_of_backticks(text: str) -> list[str]:
    return [run for run in "".join(char if char == "`" else " " for char in text).split() if run]
