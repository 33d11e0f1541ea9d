"""An answer as a front end takes it: clean HTML and its text twin. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

from racto_nb.notebook.display.fencing import fenced, told_in
from racto_nb.notebook.display.sanitising import printable, safe_html
from racto_nb.notebook.display.steps import Step, steps_html, steps_text
from racto_nb.notebook.display.theme import beside, framed, inner, plain
from racto_nb.notebook.display.thinking import Thought, folded, note


@dataclass(frozen=True, slots=True)
class Drawn:
    """What an answer was made into, such as a table: clean HTML and its text twin.

    `below` is what a terminal, which shows the text already, adds to it: None for all of `text`.
    """

    html: str
    text: str
    below: str | None = None


class _More(TypedDict, total=False):
    """The fields of a `Pane` that are given by name."""

    warning: str
    code: str
    drawn: Drawn | None
    thought: Thought | None
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Pane:
    """An answer as it is shown, finished or not.

    With `code`, a language, the whole `text` is one block of it; `drawn` is shown in place of the text. `thought` stands folded
    above it; of that, the text twin has one line. `steps` are what came before, above all. `name` says whose answer it is where
    there are several.
    """

    text: str
    footer: str = ""
    warning: str = ""
    code: str = ""
    drawn: Drawn | None = None
    thought: Thought | None = None
    steps: Sequence[Step] = ()
    name: str = ""

    @property
    def html(self) -> str:
        """As clean HTML, without a frame."""
        above = steps_html(self.steps) + ("" if self.thought is None else folded(self.thought))
        shown = printable(self.text)  # first: what it takes away may stand between two backticks of a longer fence
        written = fenced(shown, told_in(self.code, shown)) if self.code else shown
        body = self.drawn.html if self.drawn is not None else safe_html(written)
        return inner(body, self.footer, warning=self.warning, above=above)

    @property
    def plain(self) -> str:
        """The text twin."""
        shown = printable(self.text) if self.drawn is None else self.drawn.text
        body = "\n\n".join(filter(None, (steps_text(self.steps), shown)))
        return plain(body, self.footer, warning=self.warning, below="" if self.thought is None else note(self.thought))


def bundle(text: str, footer: str = "", **more: Unpack[_More]) -> dict[str, str]:
    """An answer as HTML and its text twin. The arguments are the fields of a `Pane`."""
    pane = Pane(text, footer, **more)
    return {"text/html": framed(pane.html), "text/plain": pane.plain}


def side_by_side(panes: Sequence[Pane]) -> dict[str, str]:
    """Several answers, each under its name, as HTML and their text twin, where one stands below another."""
    return {
        "text/html": beside([(pane.name, pane.html) for pane in panes]),
        "text/plain": "\n\n".join(f"── {printable(pane.name)} ──\n{pane.plain.strip()}" for pane in panes),
    }
